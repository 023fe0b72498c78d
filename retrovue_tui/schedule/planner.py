"""Plans a channel ahead: chooses programmes by the calendar's rules, and fills the time around them exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from retrovue_tui.schedule.break_builder import NEAR_S
from retrovue_tui.schedule.break_placement import PlacementRules, place_breaks
from retrovue_tui.schedule.planned_slot import PlanRow, Slot
from retrovue_tui.schedule.series_memory import Choice, Planned

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from retrovue_tui.break_candidate import BreakCandidate
    from retrovue_tui.config.plan import PlanRules
    from retrovue_tui.schedule.air_calendar import AirCalendar, Rules
    from retrovue_tui.schedule.break_builder import BreakBuilder
    from retrovue_tui.schedule.series_memory import Chooser, Programme, SeriesMemory
    from retrovue_tui.schedule.time_grid import TimeGrid

SHORTEST_ACT: Final = 0.4
"""The shortest part of a programme between two breaks, as a share of the target length."""
EDGE_ACT: Final = 0.3
"""The shortest first and last part of a programme, as a share of the target length."""
LEAST_BREAK_S: Final = 15.0
"""A programme has only as many breaks as can be at least this long (s)."""
LONGEST_BREAK_S: Final = 240.0
"""The longest break (s). A longer time is filled with several breaks in a row."""
LONGEST_WAIT_S: Final = 300.0
"""The longest time that is filled so that a programme can begin on the grid (s). If more would have to be filled, as
after a film that overran its block, the programme begins at once, and the next one on the grid."""
FILLING_S: Final = 1_800.0
"""The longest stretch of filling without a programme that is planned as one slot (s)."""
_LEAST_CUT_S: Final = 60.0
"""A programme that would be cut to less than this is not begun (s)."""


@dataclass
class SchedulePlanner:
    """Plans one channel. `memory` and the builder's history note everything that is planned; pass copies to try a plan.

    The same inputs always give the same plan.
    """

    calendar: AirCalendar
    chooser: Chooser
    grid: TimeGrid
    breaks: BreakBuilder
    memory: SeriesMemory

    def plan(self, start: int, until: int) -> Iterator[Slot]:
        """Yield slots from frame `start` on, without a gap, until one ends at or after frame `until`."""
        frame = start
        while frame < until:
            slot = self._slot(frame)
            assert slot.end > frame
            yield slot
            frame = slot.end

    def fill(self, start: int, end: int, coming: Container[Path]) -> Iterator[Slot]:
        """Yield slots from frame `start` to exactly frame `end`: programmes that need not follow the order of their
        series (see `Chooser.filler`), and spots and cards where none fits."""
        frame = start
        while frame < end:
            rules = self.calendar.at(self.grid.within(frame))
            at = self.calendar.local(self.grid.time(frame))
            choice = self.chooser.filler(rules.rules, self.memory, end - frame, at, coming)
            if choice is None:
                stop = min(end, frame + self.grid.rate.count(FILLING_S))
                slot = self._filling(frame, stop, rules, "filled to the next fixed start")
            else:
                slot = self._programme(frame, end, rules, choice, choice.programme.frames)
            yield replace(slot, fixed=False)
            frame = slot.end

    def _slot(self, frame: int) -> Slot:
        moment = self.grid.within(frame)
        rules, end = self.calendar.at(moment), self.grid.frame(self.calendar.until(moment))
        if rules.rules.align_s is not None:
            grid = self.grid.frame(self.calendar.next_multiple(self.grid.before(frame), rules.rules.align_s))
            if frame < grid <= frame + self.grid.rate.count(LONGEST_WAIT_S):
                return self._filling(frame, min(grid, end), rules, "filled to the next full time")
        room = end - frame
        choice = self._choice(rules, frame, room if rules.rules.overrun == "skip" else None)
        if choice is None:
            scope = self.chooser.programmes(rules.rules)
            why = "no programme fits before the next block" if scope else "no programmes found"
            limit = self.grid.rate.count(FILLING_S)
            warnings = () if scope else (f"{rules.name}: no programmes in {', '.join(rules.rules.programmes)}",)
            return self._filling(frame, min(end, frame + limit), rules, why, warnings)
        length = choice.programme.frames
        if rules.rules.overrun == "cut" and length > room:
            if room < self.grid.rate.count(_LEAST_CUT_S):
                return self._filling(frame, end, rules, "too little time before the next block")
            length = room
        return self._programme(frame, end, rules, choice, length)

    def _choice(self, rules: Rules, frame: int, fits: int | None) -> Choice | None:
        at = self.calendar.local(self.grid.time(frame))
        if rules.rules.rerun_of is not None:
            choice = self._repeat(rules, rules.rules.rerun_of, self.grid.within(frame))
            if choice is not None:
                return choice
        return self.chooser.next(rules.name, rules.rules, self.memory, fits, at)

    def _repeat(self, rules: Rules, source: str, moment: datetime) -> Choice | None:
        """Return the next programme of a block that repeats the block `source`; None if all has been repeated. It
        depends only on what has aired, so that a plan that begins in the middle of the block goes on."""
        today = self.calendar.day_of(rules.name, moment)
        begin = self.calendar.begin_of(rules.name, today).replace(tzinfo=None)
        day = self.calendar.day_of(source, self.calendar.moment(begin - timedelta(seconds=rules.rules.after_s)))
        count = sum(each.turn == "repeat" for each in self._aired(rules.name, today))
        return self.chooser.repeat(rules.rules, self._aired(source, day), day, count)

    def _aired(self, block: str, day: date) -> Iterator[Planned]:
        """Yield what a block has aired since it began on a day."""
        for each in self.memory.recent:
            if each.block == block:
                moment = self.grid.within(self.grid.frame(each.start))
                if self.calendar.day_of(block, moment) == day:
                    yield each

    # ── one programme ────────────────────────────────────────────────────────────────────────────

    def _programme(self, frame: int, end: int, rules: Rules, choice: Choice, length: int) -> Slot:
        programme, wanted = choice.programme, self.grid.rate.count(rules.rules.break_s)
        placement = place_breaks(programme.candidates, length, self._placement_rules(rules.rules))
        points = list(placement.breaks)
        slot_end = self._end_of_slot(frame, end, rules, length, len(points))
        extra = (len(points) + 1) * wanted if slot_end is None else slot_end - frame - length
        if slot_end is not None:
            most = max(0, extra // max(1, self.grid.rate.count(LEAST_BREAK_S)) - 1)
            points = _best(points, most)
        rows, gave_way = self._rows(frame, programme, length, points, extra, rules, exact=slot_end is not None)
        pending = not programme.analysed and rules.rules.breaks in ("natural", "every")
        warnings = [f"{programme.name}: {placement.missing}"] if placement.missing and not pending else []
        left_out = _left_out(rows, len(points), exact=slot_end is not None)
        if left_out and self.breaks.spots:  # a pool without spots is known before anything is planned
            said = f"{left_out} of {len(points) + 1} breaks left out: no spot may air in them"
            warnings.append(f"{programme.name}: {said}")
        airing = Planned(
            self.grid.time(frame), rules.name, programme.file, programme.series, programme.order, choice.round,
            choice.turn,
        )  # fmt: skip
        self.memory.note(airing)
        total = sum(row.frames for row in rows)
        fixed = self._on_grid(frame, rules) or self._begins_block(frame)
        return Slot(
            frame, frame + total, rules.name, rows, choice.why, fixed, programme, airing, tuple(warnings),
            tuple(gave_way),
        )  # fmt: skip

    def _placement_rules(self, rules: PlanRules) -> PlacementRules:
        act = self.grid.rate.count(rules.segment_s)
        return PlacementRules(
            rules.breaks, act, int(act * SHORTEST_ACT), int(act * EDGE_ACT), int(act * EDGE_ACT), rules.most_breaks,
            rules.unnatural_breaks,
        )  # fmt: skip

    def _on_grid(self, frame: int, rules: Rules) -> bool:
        every = rules.rules.align_s
        return every is not None and frame == self.grid.frame(
            self.calendar.next_multiple(self.grid.before(frame), every)
        )

    def _begins_block(self, frame: int) -> bool:
        before = self.grid.within(frame - 1)
        return self.calendar.at(before).name != self.calendar.at(self.grid.within(frame)).name

    def _end_of_slot(self, frame: int, end: int, rules: Rules, length: int, breaks: int) -> int | None:
        """Return the frame at which the slot of a programme must end exactly; None if its end is free."""
        wanted = self.grid.rate.count(rules.rules.break_s)
        if rules.rules.align_s is not None:
            least = frame + length + (breaks + 1) * wanted // 2
            grid = self.grid.frame(self.calendar.next_multiple(self.grid.before(least), rules.rules.align_s))
            if frame + length > end:
                return None
            return min(end, grid)
        return end if frame + length <= end < frame + length + (breaks + 1) * wanted else None

    def _rows(
        self, frame: int, programme: Programme, length: int, points: list[BreakCandidate], extra: int, rules: Rules, *,
        exact: bool,
    ) -> tuple[tuple[PlanRow, ...], list[str]]:  # fmt: skip
        """Return the rows of a slot: the programme in parts, a break after each. With `exact`, the breaks together have
        exactly `extra` frames; otherwise at most."""
        rows: list[PlanRow] = []
        gave_way: list[str] = []
        at, begun, left = frame, 0, extra
        longest = self.grid.rate.count(LONGEST_BREAK_S)
        for number, point in enumerate(points):
            share = min(left // (len(points) + 1 - number), longest)
            moment = self.calendar.local(self.grid.time(at + point.frame - begun))
            built = self.breaks.build(moment, share, number, rules.rules, exact=False)
            if not built.rows:
                continue
            rows.append(PlanRow("programme", programme.file, begun, point.frame, programme.name))
            rows += built.rows if exact else self._short(built.rows, share - built.frames)
            at += point.frame - begun + built.frames
            begun, left = point.frame, left - built.frames
            gave_way += built.gave_way
        whole = length == programme.frames
        rows.append(PlanRow("programme", programme.file, begun, length, programme.name, whole=whole))
        at += length - begun
        share = left if exact else min(left, extra // (len(points) + 1))
        closing, more = self._closing(at, share, len(points), rules, exact=exact)
        return (*rows, *closing), [*gave_way, *more]

    def _closing(
        self, frame: int, frames: int, number: int, rules: Rules, *, exact: bool
    ) -> tuple[list[PlanRow], list[str]]:
        """Return the break after a programme. A long one is built as several, so that no spot comes too often."""
        rows: list[PlanRow] = []
        gave_way: list[str] = []
        longest = self.grid.rate.count(LONGEST_BREAK_S)
        while frames > 0:
            last = frames <= longest + longest // 2
            moment = self.calendar.local(self.grid.time(frame))
            build = partial(self.breaks.build, moment, number=number, rules=rules.rules, card="next")
            built = build(frames if last else longest, exact=exact and last)
            if not built.rows and not last:
                last, built = True, build(frames, exact=exact)
            rows += self._short(built.rows, frames - built.frames) if last and not exact else built.rows
            gave_way += built.gave_way
            frame, frames, number = frame + built.frames, frames - built.frames, number + 1
            if last:
                break
        return rows, gave_way

    def _filling(self, frame: int, end: int, rules: Rules, why: str, warnings: tuple[str, ...] = ()) -> Slot:
        rows, gave_way = self._closing(frame, end - frame, 0, rules, exact=True)
        return Slot(frame, end, rules.name, tuple(rows), why, warnings=warnings, gave_way=tuple(gave_way))

    def _short(self, rows: Sequence[PlanRow], frames: int) -> Sequence[PlanRow]:
        """Return the rows of a break. If they are too short, the first one has a mark with the missing frames. In a
        slot that must end exactly, a later break makes up for it."""
        if not rows or frames <= self.grid.rate.count(NEAR_S):
            return rows
        return [replace(rows[0], short=frames), *rows[1:]]


def _left_out(rows: Sequence[PlanRow], points: int, *, exact: bool) -> int:
    """Return how many of the breaks at the points of a programme, and after it, got no rows. In a slot that must end
    exactly, the time of a break may go to the others, and the last one may have no time left."""
    built = {row.break_number for row in rows if row.break_number is not None}
    inside = points - len(built & set(range(points)))
    return inside + int(not exact and not built - set(range(points)))


def _best(points: list[BreakCandidate], most: int) -> list[BreakCandidate]:
    """Return the best `most` points, in order."""
    kept = sorted(points, key=lambda point: (-point.score, point.frame))[:most]
    return sorted(kept, key=lambda point: point.frame)
