"""A real film, measured and searched as the commands do it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.break_candidate import NATURAL
from retrovue_tui.errors import MediaError
from retrovue_tui.media.analysis.analyser import Analyser
from retrovue_tui.media.analysis.measuring.sound_levels import sound_levels
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.workers import tasks
from retrovue_tui.timecode import FrameRate
from tests.media.analysis.films import CHAPTER_S, FADE, GREY, LOUD, bare, film, only, twice

if TYPE_CHECKING:
    from pathlib import Path

PAL = FrameRate(25)
NTSC = FrameRate(30_000, 1_001)


@pytest.mark.parametrize("rate", [PAL, NTSC])
async def test_the_breaks_of_a_film_are_found_to_the_frame(rate: FrameRate) -> None:
    reports: list[float] = []
    analysis = await Analyser(find_ffmpeg(), rate).analyse(await tasks.probe(film()), reports.append)
    natural = [each for each in analysis.candidates if each.score >= NATURAL]
    assert [each.kind for each in natural] == ["fade", "black and silence"]
    for each, (first, end) in zip(natural, (FADE, GREY), strict=True):
        assert abs(each.at_s - (first + end) / 50) <= 1.5 / 25
        assert each.at_s == round(float(rate.seconds(each.frame)), 3)
    others = {each.kind: each for each in analysis.candidates if each.score < NATURAL}
    assert abs(others["chapter"].at_s - CHAPTER_S) < 0.05
    assert LOUD[0] <= others["black"].at_s * 25 <= LOUD[1]
    assert "sound goes on" in others["black"].why
    assert analysis.frames == rate.nearest(184)
    assert analysis.warnings == ()
    assert reports == sorted(reports)
    assert reports[-1] == 1.0


async def test_a_second_analysis_comes_from_the_store_until_the_marks_change(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    shutil.copy(film(), path)
    asset = await tasks.probe(path)
    analyser = Analyser(find_ffmpeg(), PAL, tmp_path / "store")
    first = await analyser.analyse(asset)
    reports: list[float] = []
    assert await analyser.analyse(asset, reports.append) == first
    assert reports == []
    (tmp_path / "film.edl").write_text("100.00\t100.00\t2\n")
    marked = await analyser.analyse(asset)
    assert [each.at_s for each in marked.candidates if each.kind == "edl"] == [100.0]
    (tmp_path / "film.edl").write_text("100.00 2\n")
    broken = await analyser.analyse(asset)
    (warning,) = broken.warnings
    assert warning.startswith(f"{tmp_path}/film.edl:1: not a line of an EDL: '100.00 2'")
    assert broken.candidates == first.candidates


async def test_sound_alone_and_pictures_alone_are_searched() -> None:
    heard = await Analyser(find_ffmpeg(), PAL).analyse(await tasks.probe(only("a")))
    assert {each.kind for each in heard.candidates} == {"silence"}
    seen = await Analyser(find_ffmpeg(), PAL).analyse(await tasks.probe(only("v")))
    assert [each.kind for each in seen.candidates] == ["fade", "black", "black"]
    assert all("there is no sound" in each.why for each in seen.candidates)


async def test_joined_files_and_bare_streams_are_searched_in_their_own_frames() -> None:
    joined = await Analyser(find_ffmpeg(), PAL).analyse(await tasks.probe(twice()))
    natural = [each.frame for each in joined.candidates if each.score >= NATURAL]
    half = joined.frames // 2
    spans = [(first + start, end + start) for start in (0, half) for first, end in (FADE, GREY)]
    assert len(natural) == 4
    assert all(first - 1 <= frame <= end for frame, (first, end) in zip(natural, spans, strict=True))
    plain = await Analyser(find_ffmpeg(), PAL).analyse(await tasks.probe(bare()))
    assert [each.kind for each in plain.candidates] == ["fade", "black", "black"]
    assert FADE[0] - 1 <= plain.candidates[0].frame <= FADE[1]


async def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    shutil.copy(film(), path)
    asset = await tasks.probe(path)
    path.unlink()
    with pytest.raises(MediaError, match=r"film\.mp4: its packets cannot be read"):
        await Analyser(find_ffmpeg(), PAL).analyse(asset)


async def test_levels_are_those_of_the_sound() -> None:
    levels = await sound_levels(find_ffmpeg(), await tasks.probe(film()))
    assert len(levels) == 184 * 25
    assert levels[(FADE[0] + FADE[1]) // 2] < -100
    assert -30 < levels[2000] < -15
