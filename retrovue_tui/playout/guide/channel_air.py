"""The air of a channel for its guide: the as-run log up to now, the rundown from now on, and the plan's forecast after
it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from retrovue_tui.compute_turn import give_way
from retrovue_tui.guide.air_run import AirRun
from retrovue_tui.rundown.plan_marks import is_planned
from retrovue_tui.rundown.positions import Position, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrovue_tui.playout.asrun.guide_rows import AiredRun
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.rundown.positions import Stretch
    from retrovue_tui.schedule.planned_slot import Slot
    from retrovue_tui.timecode import FrameRate


@dataclass(frozen=True)
class AirState:
    """Where a channel is at a moment. `entries` from `position` on air after `left` more frames of an entry that was
    removed while it aired. The next picture airs at frame `due` of the clock. `loop`: the rundown begins again at its
    end; if not, only the slate airs then, unless `planned`: then the plan goes on."""

    entries: Sequence[Entry]
    position: Position
    due: int
    left: int
    loop: bool
    planned: bool
    finishing: Stretch | None = None

    @classmethod
    def of(cls, channel: Channel) -> AirState:
        """Return the present state of a channel. One that is stopped airs nothing until somebody starts it."""
        if channel.state == "stopped":
            now = channel.house.rate.nearest(time.time())
            return cls((), Position(0, 0, 0), now, 0, loop=False, planned=False)
        finishing, planned = channel.decks.finishing, channel.config.plan is not None
        return cls(
            channel.planner.entries, channel.position, channel.house.rate.nearest(channel.next_due_at()),
            0 if finishing is None else finishing.frames, channel.planner.loop and not planned, planned, finishing,
        )  # fmt: skip


class Pass(NamedTuple):
    """One pass through a rundown. `spans`: the frames [first, end) of its file that each entry airs. `begins`: the
    frame of the pass at which each entry begins, and the length of the pass at the end."""

    spans: Sequence[tuple[int, int]]
    begins: Sequence[int]

    @classmethod
    def of(cls, entries: Sequence[Entry], planner: Planner) -> Pass:
        """Measure the entries of a rundown. Call it in a thread."""
        spans: list[tuple[int, int]] = []
        begins = [0]
        for entry in entries:
            give_way()
            first, end = span(entry, planner.length(entry))
            spans.append((first, end))
            begins.append(begins[-1] + end - first)
        return cls(spans, begins)

    @property
    def frames(self) -> int:
        """The length of the pass."""
        return self.begins[-1]

    def place(self, position: Position) -> int:
        """Return the frame at which a position airs, counted from the beginning of pass 0."""
        index = min(max(position.index, 0), len(self.spans))
        inside = 0
        if index < len(self.spans):
            first, end = self.spans[index]
            inside = min(max(position.frame, first), end) - first
        return position.loop * self.frames + self.begins[index] + inside


@dataclass(frozen=True)
class AirTimes:
    """When the positions of a rundown air, as computed at one moment. It is cheap to compare with the present."""

    entries: Sequence[Entry]
    passed: Pass
    origin: int
    """The frame of the clock at which pass 0 would have begun."""

    @classmethod
    def of(cls, state: AirState, passed: Pass) -> AirTimes:
        """Return the times that follow from a state."""
        return cls(state.entries, passed, state.due + state.left - passed.place(state.position))

    def drift(self, state: AirState) -> int:
        """Return how many frames later the entries air now than computed; negative: earlier."""
        return state.due + state.left - self.passed.place(state.position) - self.origin


# ── runs ─────────────────────────────────────────────────────────────────────────────────────────


def past_runs(rows: Sequence[AiredRun], state: AirState, rate: FrameRate) -> Iterator[AirRun]:
    """Yield what has aired, up to the end of an entry on air that was removed from the rundown."""
    for number, row in enumerate(rows):
        start, end = rate.nearest(row.started_at), rate.nearest(row.ended_at)
        if row.is_open and number == len(rows) - 1:
            end = state.due + state.left
        file = Path(row.file) if row.file else None
        title = row.title if row.kind == "programme" else ""
        yield AirRun(start, end - start, row.kind == "programme" and file is not None, file, row.asset_frame, title)
    if not rows and state.finishing is not None:
        entry = state.finishing.entry
        yield AirRun(state.due, state.left, entry.kind == "programme", entry.file, state.finishing.first, entry.title)


def coming_runs(state: AirState, passed: Pass, until: int) -> Iterator[AirRun]:
    """Yield what the rundown airs from now on, until frame `until` of the clock or the rundown's end."""
    at, index = state.due + state.left, max(state.position.index, 0)
    inside = state.position.frame
    kinds = [_kind_and_title(entry) for entry in state.entries]
    while at < until:
        while index < len(state.entries) and at < until:
            give_way()
            first, end = passed.spans[index]
            first = max(first, inside)
            if end > first:
                programme, title = kinds[index]
                yield AirRun(at, end - first, programme, state.entries[index].file, first, title)
                at += end - first
            index, inside = index + 1, 0
        if not state.loop or passed.frames == 0:
            break
        index = 0
    if at < until and not state.planned:
        yield AirRun(at, until - at, programme=False)


def _kind_and_title(entry: Entry) -> tuple[bool, str]:
    """Return whether an entry is part of a programme, and what a person calls it."""
    return entry.kind == "programme", "" if is_planned(entry) else entry.title


def forecast_runs(slots: Sequence[Slot], after: int, until: int) -> Iterator[AirRun]:
    """Yield what the plan forecasts from frame `after` of the clock on, until frame `until`."""
    for slot in slots:
        if slot.start >= until:
            return
        at = slot.start
        for row in slot.rows:
            if at + row.frames > after:
                yield AirRun(at, row.frames, row.kind == "programme", row.file, row.in_frame)
            at += row.frames
        if at < slot.end and slot.end > after:
            yield AirRun(at, slot.end - at, programme=False)
