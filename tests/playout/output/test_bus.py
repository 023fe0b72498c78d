"""The bus: joins, fan-out, and viewers that do not keep up."""

from __future__ import annotations

import itertools

import pytest

from retrovue_tui.playout.output.bus import BACKLOG_LIMIT, CROWD, PATIENCE_S, Bus
from retrovue_tui.timecode import FrameRate


class Screen:
    """A viewer whose peer takes nothing while `stuck`."""

    def __init__(self, name: str = "screen") -> None:
        self.name = name
        self.got: list[bytes] = []
        self.stuck = False
        self.waiting = 0
        self.closed = False

    def write(self, data: bytes) -> None:
        self.got.append(data)
        self.waiting = self.waiting + len(data) if self.stuck else 0

    def backlog(self) -> int:
        return self.waiting

    def close(self) -> None:
        self.closed = True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def air(bus: Bus, first: int, end: int, *, size: int = 4, gop: int = 60) -> None:
    for frame in range(first, end):
        bus.push(frame, frame.to_bytes(4, "big") + b"." * (size - 4), key=frame % gop == 0)
        bus.flush()


def frames(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 4], "big") for at in range(0, len(data), 4)]


def test_a_join_begins_at_the_newest_key_frame_that_is_old_enough() -> None:
    bus = Bus(FrameRate(30))
    assert bus.join() == []
    air(bus, 0, 1_000)
    assert frames(b"".join(bus.join())) == list(range(780, 1_000))  # 5.5 s are 165 pictures: 834 is the latest start
    assert frames(b"".join(bus.join(burst=False))) == list(range(960, 1_000))


def test_a_join_before_there_is_that_much_begins_at_the_first_key_frame() -> None:
    bus = Bus(FrameRate(30))
    air(bus, 0, 100)
    assert frames(b"".join(bus.join())) == list(range(100))


def test_join_and_attach_leave_no_gap_and_every_viewer_gets_the_same_object() -> None:
    bus = Bus(FrameRate(30))
    air(bus, 0, 70)
    bus.push(70, (70).to_bytes(4, "big"), key=False)
    one, two = Screen(), Screen()
    joined = b"".join(bus.join())
    bus.attach(one)
    bus.attach(two)
    air(bus, 71, 80)
    assert frames(joined + b"".join(one.got)) == list(range(80))
    assert all(a is b for a, b in zip(one.got, two.got, strict=True))


def test_a_slow_viewer_skips_to_a_key_frame_and_others_are_not_touched() -> None:
    bus = Bus(FrameRate(30))
    slow, quick = Screen("slow"), Screen("quick")
    bus.attach(slow)
    bus.attach(quick)
    slow.stuck = True
    size = BACKLOG_LIMIT // 500
    air(bus, 0, 700, size=size)
    assert len(quick.got) == 700
    assert len(slow.got) <= 502
    assert slow.waiting <= BACKLOG_LIMIT + size
    slow.stuck, slow.waiting = False, 0
    taken = len(slow.got)
    air(bus, 700, 730, size=size)
    assert [frames(chunk[:4])[0] for chunk in slow.got[taken:]] == list(range(720, 730))
    seen = [frames(chunk[:4])[0] for chunk in slow.got]
    assert sum(after != before + 1 for before, after in itertools.pairwise(seen)) == 1


def test_the_losses_of_a_slow_viewer_are_counted() -> None:
    bus = Bus(FrameRate(30))
    slow, quick = Screen("slow"), Screen("quick")
    bus.attach(slow)
    bus.attach(quick)
    size = BACKLOG_LIMIT // 500
    for jump in (1, 2):
        slow.stuck = True
        air(bus, 1_000 * jump, 1_000 * jump + 700, size=size)
        slow.stuck, slow.waiting = False, 0
        air(bus, 1_000 * jump + 700, 1_000 * jump + 1_000, size=size)
        assert bus.skips(slow).jumps == jump
    sent = sum(map(len, slow.got))
    assert sent + bus.skips(slow).bytes == 2_000 * size
    assert bus.skips(slow).bytes % size == 0
    assert bus.skips(quick) == (0, 0)
    assert bus.skips(Screen("a stranger")) == (0, 0)


def test_the_rate_of_the_stream_is_that_of_the_ring() -> None:
    bus = Bus(FrameRate(30_000, 1_001))
    assert bus.bytes_per_s == 0.0
    air(bus, 0, 1, size=100)
    assert bus.bytes_per_s == pytest.approx(100 * 30_000 / 1_001)
    air(bus, 1, 1_000, size=1_000)
    assert bus.bytes_per_s == pytest.approx(1_000 * 30_000 / 1_001)


def test_a_viewer_that_stays_behind_is_let_go() -> None:
    clock = Clock()
    seen: list[str] = []
    bus = Bus(FrameRate(30), clock=clock, on_viewer=lambda what, viewer: seen.append(f"{viewer.name} {what}"))
    stuck = Screen("stuck")
    bus.attach(stuck)
    stuck.stuck, stuck.waiting = True, BACKLOG_LIMIT + 1
    air(bus, 0, 10)
    assert not stuck.closed
    clock.now = PATIENCE_S + 1
    air(bus, 10, 11)
    assert stuck.closed
    assert bus.viewers == 0
    assert seen == ["stuck joined", "stuck left"]


def test_the_ring_stays_bounded() -> None:
    bus = Bus(FrameRate(30))
    air(bus, 0, 10_000)
    assert len(b"".join(bus.join())) // 4 <= 165 + 60 + 1
    assert frames(bus.recent(9_990, 20_000)) == list(range(9_990, 10_000))


def test_a_crowd_takes_turns_and_nobody_misses_a_picture() -> None:
    bus = Bus(FrameRate(30))
    air(bus, 0, 100)
    crowd = [Screen(str(number)) for number in range(2 * CROWD + 1)]
    for screen in crowd:
        screen.got += bus.join()
        bus.attach(screen)
    air(bus, 100, 200)
    most = max(len(screen.got) for screen in crowd)
    assert most < 60
    late = Screen("late")
    late.got += bus.join()
    bus.attach(late)
    air(bus, 200, 230)
    bus.close()
    for screen in (*crowd, late):
        seen = frames(b"".join(screen.got))
        assert seen == list(range(seen[0], 230))


def test_all_who_join_within_a_second_share_one_burst() -> None:
    """A thousand who come one after another would keep a copy of megabytes for each picture that went by."""
    bus = Bus(FrameRate(30))
    air(bus, 0, 905)
    first = bus.join()
    air(bus, 905, 925)
    second = bus.join()
    assert second[0] is first[0]
    assert frames(b"".join(second)) == list(range(frames(first[0])[0], 925))
    air(bus, 925, 940)
    assert bus.join()[0] is not first[0]
    assert frames(b"".join(bus.join()))[-1] == 939


def test_outputs_of_the_station_are_served_and_are_no_audience() -> None:
    seen: list[str] = []
    bus = Bus(FrameRate(30), on_viewer=lambda what, viewer: seen.append(f"{viewer.name} {what}"))
    person, output = Screen("person"), Screen("output")
    bus.attach(person)
    bus.attach(output, audience=False)
    assert (bus.viewers, bus.receivers) == (1, 2)
    bus.push(0, b"A", key=True)
    bus.flush()
    assert output.got == person.got == [b"A"]
    bus.detach(output)
    bus.detach(output)
    assert (bus.viewers, bus.receivers) == (1, 1)
    assert seen == ["person joined"]


def test_a_tap_gets_each_picture_and_may_leave_while_it_gets_one() -> None:
    bus, got, other = Bus(FrameRate(25)), [], []

    def once(frame: int, data: bytes, key: bool) -> None:
        got.append((frame, data, key))
        if frame == 61:
            bus.untap(once)

    bus.tap(once)
    bus.tap(lambda frame, data, key: other.append(frame))
    air(bus, 59, 64)
    assert [(frame, key) for frame, _, key in got] == [(59, False), (60, True), (61, False)]
    assert got[1][1] == (60).to_bytes(4, "big")
    assert other == [59, 60, 61, 62, 63]
    assert bus.viewers == 0
    bus.untap(once)
