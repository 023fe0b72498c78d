"""Counts the audience of one channel: who joins and who leaves, for each airing.

The work is done when a viewer joins or leaves and when an entry begins, never for each picture. Nothing about a viewer
is written down: the table has counts only.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.playout.asrun.audience_rows import AudienceRow, CurveSteps
from retrovue_tui.playout.asrun.break_audience import PART, BreakAudience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from retrovue_tui.playout.asrun.audience_rows import AnyAudienceRow

REMEMBERED_S: Final = 300.0
"""How long the counts of an airing can still change after its end (s). The station notices late that a viewer of HLS is
gone."""
MOST_REMEMBERED: Final = 200
"""The most airings that can still change. Very short entries could otherwise use much memory."""


class ViewersOf(NamedTuple):
    """The kind of a viewer. `rendition`: the house format that it takes. `delivery`: `ts` or `hls`."""

    rendition: str
    delivery: str


ALL: Final = ViewersOf("", "")
"""The key of the row for all viewers of an airing together."""


@dataclass(slots=True)
class _Viewer:
    """`whole_to`: it sees the spot itself in all splits that began up to this time. `first`: the number of the airing
    during which it joined; -1 if nothing was on air."""

    joined_at: float
    kind: ViewersOf
    key: str
    whole_to: float = float("-inf")
    first: int = -1


@dataclass(slots=True)
class _Count:
    """The audience of one airing, of one group and kind. `counted_at`: up to when `seconds` is complete."""

    counted_at: float
    now: int = 0
    start: int = 0
    peak: int = 0
    joined: int = 0
    left: int = 0
    left_start: int = 0
    left_break: int = 0
    seconds: float = 0.0
    curve: CurveSteps = field(default_factory=CurveSteps)
    written: bool = False

    def add(self, viewers: int) -> None:
        """Add viewers who are there when the airing begins."""
        self.now += viewers
        self.start += viewers
        self.peak += viewers

    def count_to(self, now: float) -> None:
        """Add the viewer-seconds up to now."""
        self.seconds += self.now * max(0.0, now - self.counted_at)
        self.counted_at = max(now, self.counted_at)


@dataclass(slots=True)
class _Airing:
    """An entry on air, or one that was lately. `of_break`: the break of which it is a spot. `group_of` returns the
    group of a viewer's key; None: there is no split. `ended_at` None: it is on air. `uncounted`: the viewers who
    were there when it began and are not counted yet; None: all are counted."""

    id: str
    number: int
    began_at: float
    of_break: BreakAudience | None
    group_of: Callable[[str], str] | None
    ended_at: float | None = None
    uncounted: Iterator[_Viewer] | None = None
    counts: dict[tuple[str, ViewersOf], _Count] = field(default_factory=dict)

    @property
    def break_number(self) -> int:
        """The number of the airing with which its break began; its own number outside of breaks."""
        return self.number if self.of_break is None else self.of_break.number

    def over_at(self, now: float) -> float:
        """Return when the airing ended; the present time if it is on air."""
        return now if self.ended_at is None else self.ended_at

    def count(self, group: str, kind: ViewersOf) -> _Count:
        found = self.counts.get((group, kind))
        if found is None:
            found = self.counts[group, kind] = _Count(self.began_at)
        return found

    def of(self, viewer: _Viewer) -> tuple[_Count, _Count]:
        """Return the counts to which a viewer belongs: that of all viewers, and that of its group and kind."""
        group = "" if self.group_of is None or self.began_at <= viewer.whole_to else self.group_of(viewer.key)
        return self.count("", ALL), self.count(group, viewer.kind)

    def count_there(self) -> bool:
        """Count some of the viewers who were there when it began. Return whether there are more."""
        part = list(islice(self.uncounted or (), PART))
        for viewer in part:
            for count in self.of(viewer):
                count.add(1)
                count.seconds += count.counted_at - self.began_at
        if len(part) < PART:
            self.uncounted = None
        return self.uncounted is not None

    def rows(self) -> Iterator[AudienceRow]:
        """Yield the rows with viewers; none before all who were there at the start are counted."""
        if self.uncounted is not None:
            return
        for (group, kind), each in self.counts.items():
            if each.start or each.joined or each.left or each.written:
                each.written = True
                yield AudienceRow(
                    self.id, group, kind.rendition, kind.delivery, each.start, each.peak, each.now, each.joined,
                    each.left, each.left_start, each.left_break, round(max(0.0, each.seconds), 3),
                    each.curve.text(),
                )  # fmt: skip


class AudienceRecorder:
    """Counts the viewers of one channel, for each airing. Call it in the event loop's thread."""

    def __init__(
        self,
        put: Callable[[AnyAudienceRow], None],
        clock: Callable[[], float] = monotonic,
        later: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        """`put` queues a row to be written soon, in place of an earlier one with the same key. `clock` returns seconds
        that never jump. `later` does a part of longer work a moment later, so that it never holds the loop; None: all
        of it is done at once."""
        self._put, self._clock, self._later = put, clock, later
        self.rendition = ""
        """The house format that viewers of the channel take unless they ask for another."""
        self._viewers: dict[object, _Viewer] = {}
        self._kinds: Counter[ViewersOf] = Counter()
        self._airings: deque[_Airing] = deque()
        self._break: BreakAudience | None = None

    # ── what airs ────────────────────────────────────────────────────────────────────────────────

    def airing_began(
        self,
        id: str,
        *,
        break_airing: str | None = None,
        slate: bool = False,
        group_of: Callable[[str], str] | None = None,
    ) -> None:
        """Count for the airing with this id from now on. `break_airing`: the id of the first airing of its break; None
        outside of breaks. `slate`: it is a slate, which does not end the break of the airing before it. `group_of`:
        returns the group of a viewer from its key, for an airing that splits the viewers."""
        now = self._clock()
        self.airing_ended()
        number = self._airings[-1].number + 1 if self._airings else 0
        if not slate and self._break is not None and self._break.id != break_airing:
            self._break.end()
            self._break = None
        if break_airing == id:
            self._break = BreakAudience(id, number, now)
        of_break = None if break_airing is None else self._break
        airing = _Airing(id, number, now, of_break, group_of)
        if group_of is None:
            for kind, viewers in (*self._kinds.items(), (ALL, len(self._viewers))):
                airing.count("", kind).add(viewers)
        else:
            airing.uncounted = iter(tuple(self._viewers.values()))
        self._airings.append(airing)
        while len(self._airings) > MOST_REMEMBERED or self._airings[0].over_at(now) < now - REMEMBERED_S:
            self._airings.popleft()
        if group_of is None:
            return
        self._in_parts(airing.count_there, lambda: self._write(airing))
        if of_break is not None:
            there = [viewer.key for viewer in self._viewers.values() if viewer.first < of_break.number]
            of_break.split(id, group_of, there, now)
            self._in_parts(of_break.catch_up, lambda: self._write_break(of_break))

    def _in_parts(self, part: Callable[[], bool], then: Callable[[], None]) -> None:
        """Do work that takes long for many viewers. `part` does some of it, and returns whether there is more. `then`
        is called once all is done."""
        while part():
            if self._later is not None:
                self._later(lambda: self._in_parts(part, then))
                return
        then()

    def airing_ended(self) -> None:
        """Count no longer for the airing on air. No effect if it has ended already."""
        if self._airings and (airing := self._airings[-1]).ended_at is None:
            airing.ended_at = self._clock()
            self._write(airing)

    def checkpoint(self) -> None:
        """Write the counts of the airing on air as they are now."""
        if self._airings and self._airings[-1].ended_at is None:
            self._write(self._airings[-1])

    def now(self) -> dict[ViewersOf, int]:
        """Return the number of viewers of each kind."""
        return {kind: count for kind, count in self._kinds.items() if count}

    # ── viewers ──────────────────────────────────────────────────────────────────────────────────

    def joined(
        self, viewer: object, kind: ViewersOf, key: str = "", ago_s: float = 0.0, whole_to: float = float("-inf")
    ) -> None:
        """Count a viewer who sees the stream from now on. `key`: what its group is found with. `ago_s`: it sees what
        aired so many seconds ago. `whole_to`: in splits that began up to this time of the clock, it sees the spot
        itself, whatever its group is; it belongs to no group there, because chance did not choose what it sees."""
        if viewer in self._viewers:
            return
        at = self._clock() - max(0.0, ago_s)
        found = self._viewers[viewer] = _Viewer(at, kind, key, whole_to)
        self._kinds[kind] += 1
        self._change(found, at, 1)

    def left(self, viewer: object, ago_s: float = 0.0) -> None:
        """Count a viewer no longer. `ago_s`: the last that it saw aired so many seconds ago. No effect if it has not
        joined."""
        found = self._viewers.pop(viewer, None)
        if found is None:
            return
        self._kinds[found.kind] -= 1
        if not self._kinds[found.kind]:
            del self._kinds[found.kind]
        self._change(found, max(found.joined_at, self._clock() - max(0.0, ago_s)), -1)

    def _change(self, viewer: _Viewer, at: float, sign: int) -> None:
        """Add a viewer to all airings from the time `at` on, or remove it from them."""
        for airing in reversed(self._airings):
            if airing.ended_at is not None and airing.ended_at <= at:
                break
            for count in airing.of(viewer):
                self._change_count(airing, count, viewer, at, sign)
            self._change_break(airing, viewer, at, sign)
            if sign > 0 and airing.began_at <= at:
                viewer.first = airing.number
            if airing.ended_at is not None:
                self._write(airing)

    def _change_count(self, airing: _Airing, count: _Count, viewer: _Viewer, at: float, sign: int) -> None:
        until = airing.over_at(self._clock())
        count.count_to(until)
        count.now += sign
        if airing.began_at <= at:
            count.seconds += sign * (until - at)
            self._came_or_went(airing, count, viewer, at, sign)
            return
        count.seconds += sign * (until - airing.began_at)
        count.start += sign
        count.peak += sign

    @staticmethod
    def _came_or_went(airing: _Airing, count: _Count, viewer: _Viewer, at: float, sign: int) -> None:
        second = at - airing.began_at
        if sign > 0:
            count.joined += 1
            count.peak = max(count.peak, count.now)
            count.curve.note(second, 0)
            return
        count.left += 1
        count.curve.note(second, 1)
        if viewer.first < airing.number:
            count.left_start += 1
            count.curve.note(second, 2)
        if viewer.first < airing.break_number:
            count.left_break += 1
            count.curve.note(second, 3)

    @staticmethod
    def _change_break(airing: _Airing, viewer: _Viewer, at: float, sign: int) -> None:
        found = airing.of_break
        if found is None:
            return
        if airing.began_at <= at:
            found.changed(viewer.key, at, sign, of_start=viewer.first < found.number, whole_to=viewer.whole_to)
        elif airing.number == found.number:
            found.start_changed(viewer.key, sign, viewer.whole_to)

    def _write(self, airing: _Airing) -> None:
        until = airing.over_at(self._clock())
        for count in airing.counts.values():
            count.count_to(until)
        for row in airing.rows():
            self._put(row)
        if airing.of_break is not None:
            self._write_break(airing.of_break)

    def _write_break(self, found: BreakAudience) -> None:
        for row in found.rows():
            self._put(row)
