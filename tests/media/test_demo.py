"""The demo is made out of nothing, most urgent first, and never shows a half-written film."""

from __future__ import annotations

import asyncio
import dataclasses
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from retrovue_tui.config.config_file import load_config
from retrovue_tui.decoding.probe import probe
from retrovue_tui.media.demo import films, home
from retrovue_tui.media.demo.home import make_demo_home, make_demo_media
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.rundown.file_format import ffconcat

if TYPE_CHECKING:
    from retrovue_tui.rundown.entries import Rundown


def rundowns(home: Path) -> list[Rundown]:
    config = load_config(home)
    return [ffconcat.load(config.rundown_path(c.id), config.house.rate, config.spot_folders) for c in config.channels]


def test_the_home_is_right_before_any_film_exists(tmp_path: Path) -> None:
    make_demo_home(tmp_path)
    config = load_config(tmp_path)
    assert [channel.name for channel in config.channels] == ["Retro One", "Retro Two"]
    made = {tmp_path / "media" / film.file for film in films.demo_films()}
    for rundown in rundowns(tmp_path):
        files = [entry.file for entry in rundown.entries]
        assert set(files) <= made
        cuts = [entry.out_frame for entry in rundown.entries if entry.kind == "programme" and entry.out_frame]
        assert cuts
        assert all(cut % 180 for cut in cuts), "breaks fall inside pieces"
        assert all(entry.break_id for entry in rundown.entries if entry.kind == "spot")
        for number, entry in enumerate(rundown.entries):  # what was cut goes on at the very frame
            if entry.out_frame and entry.kind == "programme":
                later = next(e for e in rundown.entries[number + 1 :] if e.kind == "programme")
                assert (later.file, later.in_frame) == (entry.file, entry.out_frame)


def test_the_operators_changes_stay(tmp_path: Path) -> None:
    make_demo_home(tmp_path)
    rundown = tmp_path / "channels" / "1.ffconcat"
    rundown.write_text("ffconcat version 1.0\n")
    make_demo_home(tmp_path)
    assert rundown.read_text() == "ffconcat version 1.0\n"


def test_the_films_are_a_mixed_lot() -> None:
    every = films.demo_films()
    programmes = [film for film in every if film.file.startswith("programmes/")]
    assert len(programmes) >= 4
    assert all(60 <= film.seconds <= 120 for film in programmes)
    spots = [film for film in every if film.file.startswith("ads/")]
    assert len(spots) >= 8
    assert all(5 <= film.seconds <= 15 for film in spots)
    assert {Path(film.file).suffix for film in programmes} == {".mp4", ".mpg", ".mkv", ".webm"}
    assert len({film.rate for film in programmes}) == 3
    assert any(film.tune is None for film in spots)
    assert any(film.size[0] < film.size[1] for film in spots)
    assert len({film.tune for film in every}) > 8
    assert [film.file for film in every[:2]] == ["programmes/night-drive.mp4", "programmes/test-card-theatre.mpg"]


@pytest.fixture
def short_films(monkeypatch: pytest.MonkeyPatch) -> tuple[films.DemoFilm, ...]:
    """One film of each container, one without audio, one upright; a second long."""
    wanted = ("bright-o.webm", "colour-bars.mpg", "moon-tuna.mkv", "silent-clock.mp4", "tall-phone.mp4")
    every = [film for film in films.demo_films() if Path(film.file).name in wanted]
    short = tuple(dataclasses.replace(film, seconds=1) for film in every)
    monkeypatch.setattr(home, "demo_films", lambda: short)
    return short


async def test_films_are_made_in_their_formats(tmp_path: Path, short_films: tuple[films.DemoFilm, ...]) -> None:
    home = tmp_path / "it's, a [home]: with; marks"
    make_demo_home(home)
    said: list[str] = []
    await make_demo_media(find_ffmpeg(), home, said.append)
    assert len(said) == len(short_films)
    codecs = set()
    for film in short_films:
        asset = await asyncio.to_thread(probe, home / "media" / film.file)
        assert asset.video is not None
        assert (asset.video.width, asset.video.height) == film.size
        assert asset.video.rate == Fraction(film.rate)
        assert abs(asset.duration - 1) < 0.1
        assert (asset.audio is None) == (film.tune is None)
        codecs.add((asset.video.codec, asset.audio.codec if asset.audio else None))
    assert codecs == {
        ("vp9", "opus"), ("mpeg2video", "mp2"), ("hevc", "ac3"), ("h264", None), ("h264", "aac"),
    }  # fmt: skip
    assert not list(home.rglob(".*")), "nothing half-made is left"
    await make_demo_media(find_ffmpeg(), home, said.append)
    assert len(said) == len(short_films), "there was nothing left to make"


async def test_a_cancelled_making_leaves_nothing_behind_and_goes_on_later(
    tmp_path: Path, short_films: tuple[films.DemoFilm, ...]
) -> None:
    make_demo_home(tmp_path)
    begun = asyncio.Event()
    task = asyncio.create_task(make_demo_media(find_ffmpeg(), tmp_path, lambda _: begun.set()))
    await asyncio.wait_for(begun.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not [child for child in psutil.Process().children() if "ffmpeg" in child.name()]
    media = tmp_path / "media"
    made = [path for path in media.rglob("*") if path.is_file()]
    assert 1 <= len(made) < len(short_films)
    assert not [path for path in made if path.name.startswith(".")]
    stamps = {path: path.stat().st_mtime_ns for path in made}
    await make_demo_media(find_ffmpeg(), tmp_path)
    assert all((media / film.file).exists() for film in short_films)
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items()), "what was there is kept"
