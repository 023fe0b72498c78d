"""When a channel that ought to move counts as dead, and what the alarm says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from retrovue_tui.protocol.answers.pictures import ALARM_S, Monitor
from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, DeckFigures, PrepareState
from retrovue_tui.tui.rooms.control_room.stall_detector import DEAD_S, ENOUGH_S, LATE_S, StallDetector, alarm, faults
from tests.tui.station import NOW, channel, station


def deck(frame: int, pid: int = 1) -> DeckFigures:
    return DeckFigures(pid, frame, 29.97, 1.0, 3_000.0, 0, 0, 1.0)


def dead_after(seconds: float, before: ChannelSnapshot, after: ChannelSnapshot) -> float:
    detector = StallDetector()
    detector.observe(station(before, at=NOW))
    detector.observe(station(after, at=NOW + seconds))
    return detector.dead_for(before.id)


def test_a_channel_whose_frame_stands_still_is_dead() -> None:
    still = channel(deck=deck(100))
    assert dead_after(DEAD_S - 0.1, still, still) == 0.0
    assert dead_after(DEAD_S, still, still) == DEAD_S


@pytest.mark.parametrize("after", [deck(101), deck(100, pid=2)], ids=["next frame", "other FFmpeg"])
def test_a_channel_that_moves_is_not(after: DeckFigures) -> None:
    assert dead_after(60, channel(deck=deck(100)), channel(deck=after)) == 0.0


def test_one_without_ffmpeg_has_longer() -> None:
    none = channel(deck=None)
    assert dead_after(LATE_S - 0.1, none, none) == 0.0
    assert dead_after(LATE_S, none, none) == LATE_S


def test_on_the_slate_it_ought_to_move_only_with_enough_prepared() -> None:
    slate = channel(state="slate", deck=None, prepare=PrepareState(ENOUGH_S - 1, 0, 0.0, 0.0))
    assert dead_after(60, slate, slate) == 0.0
    ready = replace(slate, prepare=PrepareState(ENOUGH_S, 0, 0.0, 0.0))
    assert dead_after(60, ready, ready) == 60.0


def test_a_stopped_channel_and_an_unknown_one_are_not_dead() -> None:
    stopped = channel(state="stopped", deck=None)
    assert dead_after(60, stopped, stopped) == 0.0
    assert StallDetector().dead_for("9") == 0.0


def test_silence_and_black_are_an_alarm_once_they_last() -> None:
    seen = channel(monitor=Monitor(NOW, 1, silent_since=NOW - ALARM_S, black_since=NOW - ALARM_S + 1))
    assert faults(seen, NOW) == (("SILENT", NOW - ALARM_S),)
    assert alarm(seen, NOW, 0.0).endswith("SILENT")
    assert alarm(seen, NOW + 1, 0.0).endswith("SILENT BLACK")
    assert "DEAD" in alarm(seen, NOW + 1, 4.0)
    assert alarm(channel(monitor=None), NOW, 0.0) == ""
