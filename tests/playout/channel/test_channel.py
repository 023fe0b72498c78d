"""A channel on air, from files of different formats to one continuous stream, frame by frame."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.playout.mpegts.analyser import StreamReport, analyse
from retrovue_tui.rundown.positions import Position
from tests.media_factory import numbers, shelf
from tests.playout.studio import NTSC, Recorder, Studio, entry, studio

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOP = Position(0, 0, 0)
FILM = list(range(120))


def aired(recorder: Recorder) -> list[int]:
    """The numbers in the pictures that a viewer saw; the slate has none."""
    return [number for number in numbers(recorder.data) if number is not None]


def check(recorder: Recorder) -> StreamReport:
    report = analyse(recorder.data, NTSC)
    assert report.clean, report
    assert report.largest_audio_error <= 1_920
    assert report.largest_pcr_gap <= 3_600
    assert recorder.longest_silence < 1.0
    return report


def deck_of(stage: Studio) -> int:
    assert stage.channel.decks.on_air is not None
    assert stage.channel.decks.on_air.deck.pid is not None
    return stage.channel.decks.on_air.deck.pid


def another_deck(stage: Studio, pid: int) -> Callable[[], bool]:
    """Whether a deck other than that one is on air."""
    return lambda: stage.channel.decks.on_air is not None and deck_of(stage) != pid


def after(recorder: Recorder, pictures: int) -> Callable[[], bool]:
    """Whether this number of further pictures has arrived."""
    wanted = recorder.pictures + pictures
    return lambda: recorder.pictures >= wanted


async def test_a_break_inside_a_piece_of_another_format_is_exact(tmp_path: Path) -> None:
    """The film's frames around the break air once each, in order; so does the loop back to the top."""
    film, spot = shelf("h264"), shelf("mpeg2")
    rundown = [entry(film, 0, 77), entry(spot, spot=True), entry(film, 77)]
    async with studio(tmp_path) as stage:
        await stage.prepared(rundown)
        recorder = stage.record()
        stage.channel.start(rundown, TOP)
        await stage.until(lambda: stage.channel.airing is not None and stage.channel.airing.loop == 1)
        await stage.until(after(recorder, 30))
        seen = aired(recorder)
        check(recorder)
    cut = seen.index(77) if seen.index(77) == 77 else 77
    assert seen[:cut] == FILM[:77]
    back = len(seen) - seen[::-1].index(119) - 1
    assert seen[back - 42 : back + 1] == FILM[77:]
    assert seen[back + 1 : back + 20] == FILM[:19]
    spot_frames = seen[cut : back - 42]
    assert sorted(set(spot_frames)) == list(range(100))  # 25 a second in 29.97: some twice, none lost


async def test_a_killed_deck_is_replaced_at_the_very_next_frame(tmp_path: Path) -> None:
    film = shelf("h264")
    async with studio(tmp_path) as stage:
        await stage.prepared([entry(film)])
        recorder = stage.record()
        stage.channel.start([entry(film)], TOP)
        await stage.until(lambda: stage.channel.state == "on_air")
        for _ in range(3):
            pid = deck_of(stage)
            await stage.until(after(recorder, 20))
            os.kill(pid, signal.SIGKILL)
            await stage.until(another_deck(stage, pid))
        await stage.until(after(recorder, 60))
        seen = aired(recorder)
        check(recorder)
        assert stage.channel.decks.restarts == 3
    assert seen == (FILM * 20)[: len(seen)]


async def test_a_deck_that_hangs_is_replaced(tmp_path: Path) -> None:
    film = shelf("h264")
    async with studio(tmp_path) as stage:
        await stage.prepared([entry(film)])
        recorder = stage.record()
        stage.channel.start([entry(film)], TOP)
        await stage.until(lambda: stage.channel.state == "on_air")
        pid = deck_of(stage)
        os.kill(pid, signal.SIGSTOP)
        await stage.until(another_deck(stage, pid))
        await stage.until(after(recorder, 30))
        seen = aired(recorder)
        check(recorder)
        assert "stalled" in " ".join(event.message for event in stage.events.after(0))
    assert seen == (FILM * 20)[: len(seen)]


async def test_the_slate_bridges_media_that_is_not_prepared_yet(tmp_path: Path) -> None:
    film = shelf("h264")
    async with studio(tmp_path) as stage:
        await stage.know([film])
        recorder = stage.record()
        stage.channel.start([entry(film)], TOP)
        await stage.until(lambda: stage.channel.state == "slate" and recorder.pictures > 0)
        await stage.until(lambda: stage.channel.state == "on_air")
        await stage.until(after(recorder, 40))
        seen = aired(recorder)
        check(recorder)
    assert seen == FILM[: len(seen)]


async def test_a_rundown_may_end_on_the_slate(tmp_path: Path) -> None:
    film = shelf("h264")
    async with studio(tmp_path, loop=False) as stage:
        rundown = [entry(film, 60, 120)]
        await stage.prepared(rundown)
        recorder = stage.record()
        stage.channel.start(rundown, TOP)
        await stage.until(lambda: stage.channel.state == "on_air")
        await stage.until(lambda: stage.channel.state == "slate")
        await stage.until(after(recorder, 30))
        check(recorder)
        assert aired(recorder) == FILM[60:]
        assert stage.channel.decks.restarts == 0


async def test_a_piece_that_has_vanished_is_made_again(tmp_path: Path) -> None:
    """Pieces go missing behind the station's back: the slate bridges, and no frame is lost or aired twice."""
    film, spot = shelf("h264"), shelf("hevc")
    rundown = [entry(film), entry(spot), entry(film)]
    async with studio(tmp_path) as stage:
        await stage.prepared(rundown)
        for file in (film, spot):
            piece = stage.store.find(stage.assets[file], 0, stage.store.frames(stage.assets[file]))
            assert piece is not None
            piece.unlink()
        recorder = stage.record()
        stage.channel.start(rundown, TOP)
        await stage.until(lambda: stage.channel.airing is not None and stage.channel.airing.index == 2)
        await stage.until(after(recorder, 30))
        seen = aired(recorder)
        check(recorder)
    assert seen[:120] == FILM
    assert sorted(set(seen[120:-30])) == list(range(96))


async def test_stopping_leaves_nothing_behind(tmp_path: Path) -> None:
    film = shelf("h264")
    async with studio(tmp_path) as stage:
        await stage.prepared([entry(film)])
        recorder = stage.record()
        stage.channel.start([entry(film)], TOP)
        await stage.until(lambda: stage.channel.state == "on_air")
        pid = deck_of(stage)
    assert recorder.closed
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_file_that_goes_is_left_out_of_what_waits(tmp_path: Path) -> None:
    """The entry on air is finished; what was to follow it is planned without the file, and with it when it is back."""
    film, spot = shelf("h264"), shelf("hevc")
    rundown = [entry(film, id="first"), entry(spot), entry(film, id="last")]
    async with studio(tmp_path) as stage:
        await stage.prepared(rundown)
        recorder = stage.record()
        stage.channel.start(rundown, TOP)
        await stage.until(lambda: stage.channel.state == "on_air")
        generation = stage.channel.generation
        stage.channel.replan()
        assert stage.channel.generation == generation  # nothing has changed, so nothing is touched
        gone = stage.assets.pop(spot)
        stage.channel.replan()
        await stage.until(lambda: stage.channel.airing is not None and stage.channel.airing.index == 2)
        stage.assets[spot] = gone
        stage.channel.replan()
        await stage.until(lambda: stage.channel.airing is not None and stage.channel.airing.loop == 1)
        await stage.until(lambda: stage.channel.airing is not None and stage.channel.airing.index == 1)
        seen = aired(recorder)
        check(recorder)
    assert seen[:360] == FILM * 3


async def test_the_slate_before_the_rundown_is_read_has_another_reason_than_an_empty_rundown(tmp_path: Path) -> None:
    async with studio(tmp_path) as stage:
        await stage.until(lambda: stage.channel.state == "slate")
        (shown,) = [each for each in stage.events.after(0) if each.kind == "slate"]
        assert (shown.level, shown.data["why"]) == ("info", "the rundown is being read")
        assert stage.channel.snapshot().warnings == ()
        stage.channel.start((), TOP)
        await stage.until(lambda: stage.channel.state == "slate")
        shown = [each for each in stage.events.after(0) if each.kind == "slate"][-1]
        assert (shown.level, shown.data["why"]) == ("warning", "the rundown has no entries")
        assert stage.channel.snapshot().warnings == ("the rundown has no entries: viewers see the slate",)


async def test_the_slate_while_no_file_is_known_does_not_say_that_nothing_follows(tmp_path: Path) -> None:
    async with studio(tmp_path) as stage:
        await stage.until(lambda: stage.channel.state == "slate")
        stage.channel.start((entry(tmp_path / "new.mp4"),), TOP)
        await stage.until(lambda: len([each for each in stage.events.after(0) if each.kind == "slate"]) == 2)
        shown = [each for each in stage.events.after(0) if each.kind == "slate"][-1]
        assert shown.data["why"] == "none of the rundown's entries can air yet"
