"""The candidates of planned programmes: who hears of new ones, and of better ones."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from retrovue_tui.break_candidate import BreakCandidate
from retrovue_tui.cli.checks.media_facts import probe_file
from retrovue_tui.media.analysis.analyser import Analyser
from retrovue_tui.media.analysis.review_store import ReviewStore
from retrovue_tui.media.asset import Asset
from retrovue_tui.media.ffmpeg.locate import FFmpeg, find_ffmpeg
from retrovue_tui.playout.scheduling.programme_breaks import ProgrammeBreaks
from retrovue_tui.schedule.series_memory import Programme
from retrovue_tui.timecode import FrameRate
from tests.media.analysis.films import film

FILM = Asset(Path("/media/film.mp4"), "film", 1000, 1, Fraction(200))
GOOD = BreakCandidate(2000, 80.0, "fade", 0.9, "a fade")
OTHER = BreakCandidate(4000, 160.0, "scene", 0.2, "another scene")
WEAK = BreakCandidate(3000, 120.0, "scene", 0.2, "a new scene")


async def test_other_good_candidates_are_reported_and_weak_ones_are_only_kept(tmp_path: Path) -> None:
    found: list[Path] = []
    refined: list[Path] = []
    breaks = ProgrammeBreaks(
        FFmpeg(Path("ffmpeg"), "0", frozenset()), FrameRate(25), tmp_path, ReviewStore(tmp_path, FrameRate(25)),
        {FILM.path: FILM}.get, found.append, refined.append,
    )  # fmt: skip
    assert breaks.want("1", [FILM.path]) == {FILM.path}
    assert breaks.is_wanted("1", FILM.path)
    assert not breaks.is_wanted("2", FILM.path)
    put = breaks._analysis.put
    put(FILM, (GOOD,))
    assert (found, refined) == ([FILM.path], [])
    put(FILM, (GOOD, WEAK))
    assert (found, refined) == ([FILM.path], [])
    put(FILM, (WEAK,))
    assert (found, refined) == ([FILM.path], [FILM.path])
    await breaks.open()
    await breaks.shown(FILM)
    assert not breaks.is_awaited(FILM.path)
    put(FILM, (WEAK,))
    assert (found, refined) == ([FILM.path], [FILM.path])
    put(FILM, (WEAK, OTHER))  # a timeline shows the file without the other one
    assert (found, refined) == ([FILM.path, FILM.path], [FILM.path])
    assert breaks.want("1", [FILM.path]) == set()


async def test_stored_candidates_are_taken_before_a_channel_is_planned(tmp_path: Path) -> None:
    (asset,) = [await probe_file(film(), find_ffmpeg().path, ())]
    rate = FrameRate.parse("30000/1001")
    analyser = Analyser(find_ffmpeg(), rate, tmp_path / "analysis")
    expected = (await analyser.analyse(asset)).candidates
    assert expected
    found: list[Path] = []
    breaks = ProgrammeBreaks(
        find_ffmpeg(), rate, tmp_path / "analysis", ReviewStore(tmp_path, rate), {asset.path: asset}.get, found.append,
        lambda _: None,
    )  # fmt: skip
    await breaks.open()
    await breaks.recall("1", [asset.path, Path("/media/gone.mp4")])
    assert breaks.want("1", [asset.path]) == set()
    programme = Programme(asset.path, ("film.mp4",), asset.frames(rate), "film", analysed=False)
    assert await breaks.known([programme]) == [replace(programme, analysed=True, candidates=expected)]


async def test_a_programme_counts_as_analysed_once_its_candidates_are_known(tmp_path: Path) -> None:
    breaks = ProgrammeBreaks(
        FFmpeg(Path("ffmpeg"), "0", frozenset()), FrameRate(25), tmp_path, ReviewStore(tmp_path, FrameRate(25)),
        {FILM.path: FILM}.get, lambda _: None, lambda _: None,
    )  # fmt: skip
    await breaks.open()
    breaks.want("1", [FILM.path])
    chapter = BreakCandidate(1500, 60.0, "chapter", 0.7, "chapter")
    programme = Programme(FILM.path, ("film.mp4",), 5000, "film", candidates=(chapter,), analysed=False)
    assert await breaks.known([programme]) == [programme]
    breaks._analysis.put(FILM, ())
    assert await breaks.known([programme]) == [replace(programme, analysed=True)]
    breaks._analysis.put(FILM, (GOOD,))
    assert await breaks.known([programme]) == [replace(programme, analysed=True, candidates=(GOOD,))]
