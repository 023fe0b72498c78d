"""The facts of real files: the `.nfo` file first, then the tags, then the names; pictures beside the file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.media.metadata.media_tags import known_tags
from retrovue_tui.media.metadata.reader import MetadataReader

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A library's folder with one episode."""
    season = tmp_path / "tv" / "Night Court" / "Season 2"
    season.mkdir(parents=True)
    (season / "night.court.s02e05.mkv").touch()
    return tmp_path / "tv"


def episode(top: Path) -> Path:
    return top / "Night Court" / "Season 2" / "night.court.s02e05.mkv"


def test_names_alone(top: Path) -> None:
    facts = MetadataReader([top]).read(episode(top))
    assert (facts.title, facts.series, facts.season, facts.episode) == ("Night Court", "Night Court", 2, 5)
    assert facts.sources == {"title": "name", "series": "name", "season": "name", "episode": "name"}
    assert facts.artwork is None


def test_the_most_trusted_source_decides_each_fact(top: Path) -> None:
    file = episode(top)
    file.with_suffix(".NFO").write_text("<episodedetails><title>From nfo</title><episode>6</episode></episodedetails>")
    (top / "Night Court" / "tvshow.nfo").write_text("<tvshow><title>NIGHT COURT</title><genre>Law</genre></tvshow>")
    tags = known_tags({"title": "From tags", "show": "Tagged", "season_number": "9", "date": "1985"})
    facts = MetadataReader([top]).read(file, tags)
    assert (facts.title, facts.series, facts.season, facts.episode) == ("From nfo", "NIGHT COURT", 9, 6)
    assert (facts.year, facts.genres) == (1985, ("Law",))
    assert facts.sources == {
        "title": "nfo", "series": "nfo", "season": "tags", "episode": "nfo", "year": "tags", "genres": "nfo",
    }  # fmt: skip


def test_a_film_by_its_nfo_is_no_episode(top: Path) -> None:
    episode(top).with_name("movie.nfo").write_text("<movie><title>The Film</title></movie>")
    facts = MetadataReader([top]).read(episode(top))
    assert (facts.title, facts.series, facts.season, facts.episode) == ("The Film", "", None, None)
    (episode(top).parent / "another.mkv").touch()
    assert MetadataReader([top]).read(episode(top)).series == "Night Court", "movie.nfo is about a single file"


def test_other_files_are_ignored(top: Path) -> None:
    file, nfo = episode(top), episode(top).with_suffix(".nfo")
    os.mkfifo(nfo)
    assert MetadataReader([top]).read(file).title == "Night Court"
    nfo.unlink()
    nfo.write_text("https://example.org/title/1")
    assert MetadataReader([top]).read(file).title == "Night Court"
    nfo.unlink()
    nfo.symlink_to("/nowhere")
    assert MetadataReader([top]).read(file).title == "Night Court"


def test_nothing_above_the_library_is_read(top: Path) -> None:
    (top.parent / "tvshow.nfo").write_text("<tvshow><title>Outside</title></tvshow>")
    assert MetadataReader([top]).read(episode(top)).series == "Night Court"


def test_pictures(top: Path) -> None:
    file = episode(top)
    (top / "poster.jpg").touch()
    assert MetadataReader([top]).read(file).artwork is None, "this one belongs to no programme"
    show = top / "Night Court" / "Poster.PNG"
    show.touch()
    assert MetadataReader([top]).read(file).artwork == show
    own = file.with_name("Night.Court.S02E05-thumb.jpg")
    own.touch()
    assert MetadataReader([top]).read(file).artwork == own


def test_a_name_that_is_not_text(top: Path) -> None:
    file = top / os.fsdecode(b"caf\xe9 \xff.mkv")
    file.touch()
    facts = MetadataReader([top]).read(file)
    assert facts.title == "caf\ufffd \ufffd"
    assert facts.file == file
