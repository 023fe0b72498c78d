"""Splice messages: however a rundown is edited while it airs, a receiver knows at each picture whether a break is on.

The channel here is a rundown without pictures, so that an hour of it airs in a moment."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue_tui.playout.channel.splice_cues import SpliceCues
from retrovue_tui.playout.output.splicer import Splicer
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.positions import UNCUT, Position, stretches
from retrovue_tui.timecode import FrameRate
from tests.playout.channel.splice_receiver import Receiver, decoded, sections, ticks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrovue_tui.playout.decks.deck_queue import DeckQueue
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.rundown.positions import Stretch

NTSC = FrameRate(30_000, 1_001)
PIECE, QUEUED = 180, 3


@dataclass
class Air:
    """A channel that airs a rundown without pictures. It stands for the deck queue and the planner, too."""

    entries: list[Entry]
    rate: FrameRate = NTSC
    start: int = 90_000
    loop: bool = False
    troubled: bool = False
    slate: int = 0
    at: Position = field(default_factory=lambda: Position(0, 0, 0))
    spots: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    looks: int = 0

    def __post_init__(self) -> None:
        self.splicer = Splicer(self.rate, "Test", start=self.start)
        self.cues = SpliceCues(cast("DeckQueue", self), cast("Planner", self), self.splicer, program=7)
        self.cues.turn(True)
        self.receiver = Receiver()
        self.sent: list[tuple[int, bytes]] = []
        self._on_air: tuple[Any, ...] | None = None
        self._dark = False

    # ── as the deck queue and the planner ────────────────────────────────────────────────────────

    def committed(self) -> list[Stretch]:
        self.looks += 1
        at = replace(self.at, frame=self.at.frame + 7) if self.troubled else self.at
        return list(islice(self._stretches(at, PIECE), QUEUED))

    @property
    def continues_at(self) -> Position:
        queued = list(islice(self._stretches(self.at, PIECE), QUEUED))
        return queued[-1].following if queued else Position(9, 0, 0)

    def entries_from(self, start: Position) -> Iterator[Stretch]:
        return self._stretches(start, UNCUT)

    def _stretches(self, start: Position, piece: int) -> Iterator[Stretch]:
        if start.loop >= 9:
            return iter(())
        return stretches(self.entries, start, lambda entry: 100_000, piece, self.loop)

    # ── on air ───────────────────────────────────────────────────────────────────────────────────

    def air(self, frames: int) -> None:
        """Air this number of pictures, and check at each one what the receiver knows."""
        for _ in range(frames):
            self._picture()

    def _picture(self) -> None:
        frame = self.splicer.frame
        now = None if self.slate else next(self._stretches(self.at, UNCUT), None)
        spot = now is not None and now.entry.kind == "spot"
        if now is None:
            if not self._dark:
                self.cues.slate()
            self._dark, self._on_air, self.slate = True, None, max(0, self.slate - 1)
        else:
            name = (now.loop, now.index, now.entry.id)
            self._dark = False
            self.at = Position(now.loop, now.index, now.first + 1)
            if name != self._on_air:
                self._on_air = name
                self.cues.entry(now, now.first)
        data = self.cues.packets(frame)
        messages = sections(data)
        self.sent += [(frame, message) for message in messages]
        self.receiver.picture(self.splicer.pts(frame), messages)
        assert (self.receiver.out is not None) == spot, (frame, spot)
        self.spots += [frame] if spot else []
        self.splicer.frame += 1

    # ── edits ────────────────────────────────────────────────────────────────────────────────────

    def break_now(self, frames: int, id: str) -> None:
        """Cut into the programme on air, with the next picture."""
        self._insert(self.at.frame, frames, id)

    def insert(self, ahead: int, frames: int, id: str) -> None:
        """Insert a break into the entry on air, this number of frames ahead."""
        self._insert(self.at.frame + ahead, frames, id)

    def _insert(self, cut: int, frames: int, id: str) -> None:
        index = self.at.index
        if index >= len(self.entries) or self.entries[index].kind != "programme":
            return
        entry = self.entries[index]
        if not entry.in_frame < cut < cast("int", entry.out_frame):
            return
        self.entries[index : index + 1] = [
            entry.between(entry.in_frame, cut), spot(frames, id), entry.between(cut, entry.out_frame, f"{entry.id}+"),
        ]  # fmt: skip
        self.cues.edited()

    def remove_next_break(self) -> None:
        """Remove the spots that follow the programme on air."""
        at = self.at.index + 1
        while at < len(self.entries) and self.entries[at].kind == "spot":
            del self.entries[at]
        self.cues.edited()

    def resize_next_spot(self, frames: int) -> None:
        """Give the next spot another length, be it on air."""
        for index in range(self.at.index, len(self.entries)):
            entry = self.entries[index]
            if entry.kind == "spot":
                first = self.at.frame if index == self.at.index else 0
                self.entries[index] = entry.between(0, max(first + 1, frames))
                self.cues.edited()
                return

    def skip(self) -> None:
        """Cut to the next entry."""
        if self.at.index + 1 < len(self.entries):
            self.at = Position(self.at.loop, self.at.index + 1, self.entries[self.at.index + 1].in_frame)
            self.cues.edited()

    def commands(self, frame: int | None = None) -> list[Any]:
        """The messages before a picture, or all, without heartbeats."""
        found = [decoded(message) for at, message in self.sent if frame in (None, at)]
        return [each for each in found if each.command.command_type]


def film(frames: int, id: str = "film", first: int = 0) -> Entry:
    return Entry(id, "programme", Path(f"/media/{id.rstrip('+')}.mp4"), first, first + frames)


def spot(frames: int, id: str) -> Entry:
    return Entry(id, "spot", Path(f"/media/{id}.mp4"), 0, frames)


def inserts(air: Air) -> list[tuple[int, Any]]:
    found = [(at, decoded(message)) for at, message in air.sent]
    return [(at, each.command) for at, each in found if each.command.command_type == 5]


@pytest.mark.parametrize("rate", ["24000/1001", "25", "30000/1001", "60000/1001"])
@pytest.mark.parametrize("start", [90_000, (1 << 33) - 1_500_000])
def test_a_planned_break_is_announced_three_times(rate: str, start: int) -> None:
    """8, 6 and 4 s before its first picture, also where the clock wraps."""
    frames = FrameRate.parse(rate)
    second = frames.nominal
    air = Air(
        [film(20 * second), spot(3 * second, "a"), spot(2 * second, "b"), film(900, first=20 * second)], frames, start
    )
    air.air(30 * second)
    found = inserts(air)
    assert [int(each.splice_event_id) >> 28 for _, each in found] == [4, 4, 4]
    assert len({int(each.splice_event_id) for _, each in found}) == 1
    begin = air.splicer.pts(20 * second)
    for (at, command), lead in zip(found, (8, 6, 4), strict=True):
        assert ticks(command.pts_time) == begin
        assert lead * 90_000 <= (begin - air.splicer.pts(at)) % (1 << 33) < lead * 90_000 + frames.ticks(1) + 2
        assert ticks(command.break_duration) == (air.splicer.pts(25 * second) - begin) % (1 << 33)
        assert command.break_auto_return
        assert command.unique_program_id == 7
    assert air.receiver.outs == [int(found[0][1].splice_event_id)]


def test_a_break_by_hand_is_immediate_and_an_operators() -> None:
    air = Air([film(3_000)])
    air.air(500)
    air.break_now(90, "a")
    air.air(200)
    ((at, command),) = inserts(air)
    assert at == 500
    assert int(command.splice_event_id) >> 28 == 6
    assert (command.splice_immediate_flag, command.pts_time) == (True, None)
    assert ticks(command.break_duration) == air.splicer.pts(590) - air.splicer.pts(500)


def test_an_early_return_is_reported_with_the_programmes_first_picture() -> None:
    air = Air([film(3_000)])
    air.air(500)
    air.break_now(300, "a")
    air.air(100)
    air.skip()
    air.air(400)
    (_, out), (at, back) = inserts(air)
    assert at == 600
    assert (int(back.splice_event_id), back.out_of_network_indicator) == (int(out.splice_event_id), False)


def test_a_break_that_is_removed_is_cancelled_before_its_time() -> None:
    air = Air([film(600), spot(90, "a"), film(900, first=600)])
    air.air(450)
    air.remove_next_break()
    air.air(400)
    assert [each.splice_event_cancel_indicator for _, each in inserts(air)] == [False, False, True]
    assert air.receiver.cancelled == 1
    assert air.receiver.outs == []


def test_a_break_fired_early_cancels_the_announcement() -> None:
    """An operator skips to a break that was announced: the same picture brings the cancellation and the break."""
    air = Air([film(600), spot(90, "a"), film(900, first=600)])
    air.air(450)
    air.skip()
    air.air(300)
    found = inserts(air)[-2:]
    assert [at for at, _ in found] == [450, 450]
    assert sorted(each.splice_event_cancel_indicator for _, each in found) == [False, True]


def test_a_break_that_becomes_longer_on_air_goes_on_as_another() -> None:
    air = Air([film(600), spot(300, "a"), film(900, first=600)])
    air.air(650)
    air.resize_next_spot(500)
    air.air(600)
    first, rest = air.receiver.outs
    assert len(air.spots) == 500
    assert [lead // 90_000 for lead in air.receiver.heard[rest]] == [8, 6, 4]
    assert first != rest


def test_a_break_that_becomes_longer_at_its_end_goes_on_at_once() -> None:
    air = Air([film(600), spot(300, "a"), film(900, first=600)])
    air.air(890)
    air.resize_next_spot(500)
    air.air(400)
    at, command = inserts(air)[-1]
    assert (at, command.splice_immediate_flag, int(command.splice_event_id) >> 28) == (900, True, 6)
    assert ticks(command.break_duration) == air.splicer.pts(1_100) - air.splicer.pts(900)


def test_while_a_failed_deck_is_replaced_an_announced_break_stays() -> None:
    """Its pictures that are still to come are in no list then, so what follows seems to be too early."""
    air = Air([film(600), spot(90, "a"), film(900, first=600)])
    for troubled in (False, True, False):
        air.troubled = troubled
        air.cues.changed()
        air.air({False: 400, True: 20}[troubled])
    assert [each.splice_event_cancel_indicator for _, each in inserts(air)] == [False, False, False]


def test_the_start_of_each_programme_is_signalled_and_no_continuation() -> None:
    air = Air(
        [film(400, "one"), spot(60, "a"), film(400, "one+", 400), film(300, "two"), film(300, "three")], loop=True
    )
    air.air(3_000)
    round_ = 400 + 60 + 400 + 600
    wanted = [0, 860, 1_160, round_, round_ + 860, round_ + 1_160, 2 * round_]
    assert air.receiver.programmes == [air.splicer.pts(frame) for frame in wanted]


def test_without_anything_to_say_there_is_a_heartbeat() -> None:
    air = Air([film(10_000)])
    air.air(3_000)
    assert [at for at, _ in air.sent] == [0, *range(299, 3_000, 299)]
    assert air.receiver.nulls == len(air.sent) - 1
    assert air.looks <= 3_000 / 29 + 12


def test_a_break_on_air_at_the_first_picture_is_reported_at_once() -> None:
    air = Air([spot(90, "a"), film(900)])
    air.air(200)
    ((at, command),) = inserts(air)
    assert (at, int(command.splice_event_id) >> 28) == (0, 4)


def test_while_it_is_off_nothing_is_sent() -> None:
    air = Air([film(600), spot(90, "a"), film(900, first=600)])
    air.cues.turn(False)
    assert [air.cues.packets(frame) for frame in range(100)] == [b""] * 100


def test_a_break_that_never_ends_has_no_length() -> None:
    air = Air([film(300), spot(90, "a"), film(300, "x")])
    air.entries[2:] = [spot(90, f"s{n}") for n in range(900)]
    air.air(1_000)
    assert not inserts(air)[0][1].duration_flag


OPERATIONS = st.lists(
    st.tuples(
        st.integers(1, 400),
        st.sampled_from(["break_now", "insert", "remove", "resize", "skip", "slate", "trouble", "calm"]),
        st.integers(1, 400),
        st.integers(1, 300),
    ),
    max_size=25,
)
ROWS = st.lists(st.tuples(st.booleans(), st.integers(1, 500)), min_size=1, max_size=12)


def rundown(rows: list[tuple[bool, int]]) -> list[Entry]:
    return [spot(n, f"s{at}") if is_spot else film(n, f"f{at}") for at, (is_spot, n) in enumerate(rows)]


@settings(deadline=None, max_examples=40)
@given(ROWS, OPERATIONS, st.booleans())
def test_whatever_happens_a_receiver_knows_which_pictures_are_breaks(
    rows: list[tuple[bool, int]], operations: list[tuple[int, str, int, int]], loop: bool
) -> None:
    air = Air(rundown(rows), loop=loop)
    for number, (wait, what, one, other) in enumerate(operations):
        air.air(wait)
        match what:
            case "break_now":
                air.break_now(other, f"now{number}")
            case "insert":
                air.insert(one, other, f"in{number}")
            case "remove":
                air.remove_next_break()
            case "resize":
                air.resize_next_spot(other)
            case "skip":
                air.skip()
            case "slate":
                air.slate = one % 40
            case _:
                air.troubled = what == "trouble"
    air.air(600)


def test_a_hundred_breaks_planned_and_by_hand() -> None:
    chance = random.Random(1)
    rows: list[Entry] = []
    for number in range(50):
        rows += [film(chance.randint(200, 700), f"f{number}"), spot(chance.randint(15, 300), f"s{number}")]
    air = Air([*rows, film(900, "end")])
    by_hand = 0
    while air.at.index < len(air.entries) - 1:
        air.air(1)
        room = air.entries[air.at.index]
        if by_hand < 50 and room.kind == "programme" and air.at.frame > 100 and "+" not in room.id:
            air.break_now(chance.randint(15, 100), f"hand{by_hand}")
            by_hand += 1
            air.air(2)
    air.air(300)
    sources = [event >> 28 for event in air.receiver.outs]
    assert (len(sources), len(set(air.receiver.outs))) == (100, 100)
    assert sources.count(6) >= 50
