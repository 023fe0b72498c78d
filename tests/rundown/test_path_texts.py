"""How a rundown names its files stays as a person wrote it, so that a home can be moved."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.rundown import break_edits, entry_edits
from retrovue_tui.rundown.edit_helpers import Spot
from retrovue_tui.rundown.file_format.ffconcat import dump, load, save
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.rundown.entries import Entry, Rundown

NTSC = FrameRate(30_000, 1_001)
LENGTH = 3_000
SCRIPT = """\
ffconcat version 1.0
file ../media/film.mp4
file './../media//Ünï film.mp4'
file ../../common/series/one.mkv
file {home}/media/absolute.mp4
file file:{home}/media/url.mp4
"""


def lengths(entry: Entry) -> int:
    return LENGTH


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "disk" / "home"
    for folder in ("channels", "media", "ads"):
        (home / folder).mkdir(parents=True)
    (home / "channels" / "1.ffconcat").write_text(SCRIPT.format(home=home))
    return home


def script_of(home: Path) -> Path:
    return home / "channels" / "1.ffconcat"


def edited_everywhere(rundown: Rundown, home: Path) -> Rundown:
    """Every entry split in two, its second half trimmed, with a break between them, and each first half moved."""
    spot = Spot(home / "ads" / "cola.mp4", "Cola")
    for entry in rundown.entries:
        rundown = entry_edits.split(rundown, entry.id, 1_000, lengths=lengths, rate=NTSC).rundown
        second = rundown.entries[(rundown.index(entry.id) or 0) + 1]
        rundown = entry_edits.trim(rundown, second.id, None, 2_500, lengths=lengths, rate=NTSC).rundown
        rundown = break_edits.insert_break(rundown, second.id, 2_000, [spot], lengths=lengths, rate=NTSC).rundown
        rundown = entry_edits.move_entry(rundown, entry.id, after=rundown.entries[-1].id, rate=NTSC).rundown
    return rundown


def file_lines(script: Path) -> list[str]:
    return [
        line.removeprefix("file ").strip("'") for line in script.read_text().splitlines() if line.startswith("file")
    ]


def test_each_part_of_an_entry_is_named_as_it_was(home: Path) -> None:
    before = load(script_of(home), NTSC)
    after = edited_everywhere(before, home)
    save(after, script_of(home), NTSC)
    written = file_lines(script_of(home))
    for text in file_lines_of(home):
        assert written.count(text) >= 3, text
    assert set(written) == {*file_lines_of(home), "../ads/cola.mp4"}
    assert load(script_of(home), NTSC) == after


def file_lines_of(home: Path) -> list[str]:
    return [line.removeprefix("file ").strip("'") for line in SCRIPT.format(home=home).splitlines()[1:]]


def test_a_home_that_was_moved_airs_the_same_under_the_same_ids(home: Path, tmp_path: Path) -> None:
    relative = "".join(SCRIPT.splitlines(keepends=True)[:4])
    script_of(home).write_text(relative)
    rundown = edited_everywhere(load(script_of(home), NTSC), home)
    film = Spot(home.parent / "common" / "series" / "one.mkv")
    rundown = entry_edits.insert(rundown, entry_edits.Part(film, "programme"), lengths=lengths, rate=NTSC).rundown
    save(rundown, script_of(home), NTSC)
    before = load(script_of(home), NTSC)
    (tmp_path / "disk").rename(tmp_path / "other disk")
    moved = tmp_path / "other disk" / "home"
    after = load(script_of(moved), NTSC)
    assert [entry.id for entry in after.entries] == [entry.id for entry in before.entries]
    for old, new in itertools.zip_longest(before.entries, after.entries):
        assert new.file == moved.parent / old.file.relative_to(home.parent)
    assert "disk" not in script_of(moved).read_text()
    assert dump(after, script_of(moved), NTSC) == script_of(moved).read_text()


def test_another_file_in_an_entrys_place_has_a_name_of_its_own(home: Path) -> None:
    rundown = load(script_of(home), NTSC)
    spot = Spot(home / "ads" / "cola.mp4")
    rundown = break_edits.insert_break(rundown, rundown.entries[2].id, 500, [spot], lengths=lengths, rate=NTSC).rundown
    (old,) = (entry for entry in rundown.entries if entry.kind == "spot")
    save(rundown, script_of(home), NTSC)
    rundown = load(script_of(home), NTSC)
    soap = home / "ads" / "soap.mp4"
    rundown = break_edits.replace_spot(rundown, old.id, soap, rate=NTSC).rundown
    save(rundown, script_of(home), NTSC)
    assert soap in [entry.file for entry in load(script_of(home), NTSC).entries]
    assert "../ads/soap.mp4" in file_lines(script_of(home))


def test_written_elsewhere_the_files_stay_the_same(home: Path, tmp_path: Path) -> None:
    rundown = edited_everywhere(load(script_of(home), NTSC), home)
    elsewhere = tmp_path / "copy.ffconcat"
    save(rundown, elsewhere, NTSC)
    assert [entry.file for entry in load(elsewhere, NTSC).entries] == [entry.file for entry in rundown.entries]
