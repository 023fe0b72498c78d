"""When pictures are due, and what a standstill does to it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from retrovue_tui.playout.channel import air_clock
from retrovue_tui.playout.channel.air_clock import AirClock
from retrovue_tui.rundown.positions import Position
from retrovue_tui.timecode import HOUSE_RATES, FrameRate
from tests.playout.studio import small_house

NOW, UNIX = 5_000.0, 1_795_000_000.0


class Scene:
    """A clock that has sent `frame` pictures of a rundown of one entry."""

    def __init__(self, rate: FrameRate, frame: int) -> None:
        self.splicer = SimpleNamespace(frame=frame)
        self.decks = SimpleNamespace(ahead=Position(0, 0, 700), finishing=None, on_air=None, starts=[])
        self.decks.start_from = self.decks.starts.append
        self.planner = SimpleNamespace(entries=[SimpleNamespace(id="film")], has_rotated=False)
        self.frame_s = float(rate.seconds(1))
        anything: Any = self.decks, self.planner, small_house(rate), self.splicer
        self.clock = AirClock(*anything)


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(air_clock, "monotonic", lambda: NOW)
    monkeypatch.setattr("retrovue_tui.playout.channel.air_clock.time.time", lambda: UNIX)
    monkeypatch.setattr(air_clock, "unix_offset", lambda: UNIX - NOW)


@pytest.mark.parametrize("rate", [FrameRate.parse(text) for text in HOUSE_RATES], ids=HOUSE_RATES)
def test_each_tick_that_comes_on_a_frame_makes_that_frame_due(rate: FrameRate) -> None:
    scene = Scene(rate, 100)
    assert not scene.clock.running
    scene.clock.begin(NOW)
    for frame in range(100, 400):
        assert scene.clock.frames_due(NOW + (frame - 100) * scene.frame_s) == frame + 1
        assert scene.clock.frames_due(NOW + (frame - 99.5) * scene.frame_s) == frame + 1


def test_times_of_pictures() -> None:
    scene = Scene(FrameRate(25, 1), 100)
    scene.clock.begin(NOW)
    assert scene.clock.began == pytest.approx(NOW - 4)
    assert scene.clock.due() == pytest.approx(NOW)
    assert scene.clock.frames_until(NOW + 2) == 50
    assert scene.clock.air_time(125) == pytest.approx(UNIX + 1, abs=1e-6)
    assert scene.clock.airs_in(50) == pytest.approx(2)
    scene.splicer.frame = 90  # ten pictures late
    assert scene.clock.airs_in(5) == 0.0


def test_before_it_begins_pictures_have_no_times() -> None:
    scene = Scene(FrameRate(25, 1), 100)
    assert (scene.clock.began, scene.clock.air_time(7), scene.clock.airs_in(50)) == (NOW, UNIX, 2.0)
    scene.clock.begin(NOW)
    scene.clock.halt()
    assert not scene.clock.running


def test_the_resume_point_is_the_next_frame_and_stays_while_the_channel_is_off_air() -> None:
    scene = Scene(FrameRate(25, 1), 100)
    scene.clock.begin(NOW)
    point = scene.clock.resume_point()
    assert point is not None
    assert (point.entry, point.index, point.frame) == ("film", 0, 700)
    assert point.at == pytest.approx(UNIX)
    scene.clock.go_off_air()
    scene.splicer.frame += 500
    assert scene.clock.resume_point() == point
    scene.planner.entries = []
    assert scene.clock.resume_point() is None


def test_an_entry_that_finishes_before_the_rundown_goes_on_puts_its_frame_later() -> None:
    scene = Scene(FrameRate(25, 1), 100)
    scene.clock.begin(NOW)
    scene.decks.finishing = SimpleNamespace(frames=50)
    point = scene.clock.resume_point()
    assert point is not None
    assert point.at == pytest.approx(UNIX + 2, abs=1e-6)


def test_after_a_standstill_no_burst_is_due_and_the_channel_follows_its_clock() -> None:
    scene = Scene(FrameRate(25, 1), 100)
    scene.clock.begin(NOW - 6)  # six seconds of pictures were not sent
    assert scene.clock.frames_due(NOW) == 251
    point = scene.clock.resume_point()
    scene.clock.stood_still(6.0, overdue=True, follow=True)
    assert scene.clock.frames_due(NOW) == 101
    assert scene.clock.start is not None
    assert scene.clock.start.point == point
    assert scene.decks.starts == [Position(0, 0, 700)]


def test_after_a_standstill_without_a_clock_to_follow_it_goes_on_where_it_was() -> None:
    scene = Scene(FrameRate(25, 1), 100)
    scene.clock.begin(NOW - 6)
    scene.clock.stood_still(6.0, overdue=True, follow=False)
    assert scene.clock.frames_due(NOW) == 101
    assert not scene.clock.pending
