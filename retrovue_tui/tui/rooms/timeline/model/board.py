"""The state of one channel's timeline, independent of the screen: its rundown, the staged edits, the cursor and the
selection."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from retrovue_tui.tui.rooms.timeline.model import cursor as moves
from retrovue_tui.tui.rooms.timeline.model import edit_requests
from retrovue_tui.tui.rooms.timeline.model.changes import Changes, between, first_difference
from retrovue_tui.tui.rooms.timeline.model.geometry import snapped
from retrovue_tui.tui.rooms.timeline.model.lane_drawing import Scene
from retrovue_tui.tui.rooms.timeline.model.line_plan import LinePlan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from retrovue_tui.protocol.answers.asrun import AsRunEntry
    from retrovue_tui.protocol.answers.pictures import AssetFacts
    from retrovue_tui.protocol.answers.receipts import Receipt
    from retrovue_tui.protocol.answers.rundown import RundownSnapshot
    from retrovue_tui.tui.rooms.timeline.model.cursor import Chosen, Mark
    from retrovue_tui.tui.rooms.timeline.model.geometry import Axis, View
    from retrovue_tui.tui.rooms.timeline.model.line_plan import Break, Item
    from retrovue_tui.tui.rooms.timeline.model.staging import Staging

LATER_S: Final = 1.0
"""The station's clock may be this much earlier than the time drawn on screen (s)."""


@dataclass
class Board:
    """The state of one channel's timeline. It stays while the operator works elsewhere. Frames are frames of the
    timeline: house frames since local midnight."""

    axis: Axis
    staging: Staging
    lock_s: float
    """Entries that air within this time (s) can no longer change: `StationSnapshot.lock_s`."""
    plan: LinePlan | None = None
    """The current rundown, laid out on the timeline."""
    shown: LinePlan | None = None
    """The rundown with the staged edits, laid out; the same object as `plan` if nothing is staged."""
    changes: Changes = field(default_factory=Changes)
    cursor: int = 0
    view: View | None = None
    snap: bool = True
    speed: int = 0
    mark_in: Mark | None = None
    mark_out: Mark | None = None
    chosen: Chosen | None = None
    search: str = ""
    applied: Receipt | None = None
    """The receipt of the last apply."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """The lock of an edit: each edit is made on the result of the one before it."""
    due: tuple[int, ...] = ()
    """The frames at which the staged edits may become too late. When the lock line (the end of the locked time) reaches
    one of them, the room asks the station again."""
    turned_back: int = 0
    """How many edits of the rundown the operator undid here since the last staged edit; redo repeats these first."""
    taken_at: float = 0.0
    """When the rundown arrived (Unix time). While the channel shows the slate, the rundown will continue with the frame
    planned for this time."""
    asks: bool = False
    """Whether the lock line has reached a frame of `due`, and the room still has to ask the station."""
    _rundown: RundownSnapshot | None = None
    _aired: Sequence[AsRunEntry] = ()
    _scene: Scene | None = None

    @property
    def length(self) -> int:
        """The number of entries of the rundown."""
        return len(self._rundown.entries) if self._rundown else 0

    # --- state of the station ---------------------------------------------------------------------------------------

    def take(self, rundown: RundownSnapshot, aired: Sequence[AsRunEntry], now: float) -> None:
        """Set the current rundown and the as-run log, and lay out the plan. `now`: Unix time (s)."""
        first = self.plan is None
        self.taken_at = now
        self._rundown, self._aired = rundown, aired
        self.plan = LinePlan(rundown, self.axis, now, before=self.plan, aired=aired)
        self.staging.breaks = frozenset(row.break_id for row in rundown.entries)
        if not self.staging.steps:
            self.staging.revision = rundown.revision
        self.lay_out(now)
        if first:
            self.cursor = self.axis.frame(now)

    def lay_out(self, now: float) -> None:
        """Lay out the rundown with the staged edits; unchanged entries keep their places, and the cursor stays on its
        frame of the programme."""
        if self.plan is None:
            return
        before, here = self.shown, self.item
        seen = self.staging.seen
        if seen is None:
            self.shown, self.changes, self.due = self.plan, Changes(), ()
        else:
            self.shown = LinePlan(seen, self.axis, now, before=self.plan, aired=self._aired)
            self.changes = between(self.plan, self.shown)
            self._note_due(now)
        if self.chosen is not None and self.chosen.extent(self.shown) is None:
            self.chosen = None
        if before is not None and here is not None and here.index >= 0:
            self.cursor = moves.carried(self.shown, moves.Mark.at(here, self.cursor), self.cursor)

    def _note_due(self, now: float) -> None:
        """Set `due`: the first frame at which the staged rundown differs from the current one, and the frame `LATER_S`
        later, because the station's clock may be earlier."""
        assert self.plan is not None
        assert self.shown is not None
        place = first_difference(self.plan, self.shown, self.axis.frame(now + self.lock_s))
        self.due = () if place is None else (place, place + self.axis.frames(LATER_S))

    def is_due(self, now: float) -> bool:
        """Return whether the lock line (the end of the locked time) has reached a frame of `due`; remove the frames
        that it has reached."""
        lock = self.axis.frame(now + self.lock_s)
        passed = sum(frame <= lock for frame in self.due)
        self.due = self.due[passed:]
        return passed > 0

    def scene(self, facts: Mapping[str, AssetFacts], width: int, air: int) -> Scene:
        """Return the scene to draw; the same object as before if nothing has changed. `width`: columns of the view.
        `air`: the frame on air."""
        assert self.shown is not None
        if self.view is None:
            self.view = moves.opening(self.shown, air, width)
        elif self.view.width != width:
            self.view = self.view.resized(width)
        old = self._scene
        targets = {name: self.axis.frames(seconds) for name, seconds in self.staging.targets.items()}
        if (
            old is None
            or old.plan is not self.shown
            or old.view != self.view
            or old.facts is not facts
            or old.changes is not self.changes
            or old.targets != targets
        ):
            self._scene = Scene(self.shown, self.view, self.changes, facts, targets)
        assert self._scene is not None
        return self._scene

    # --- the operator's position ----------------------------------------------------------------------------------

    def go(self, frame: int) -> None:
        """Move the cursor to the frame, or to the nearest known one, and scroll there."""
        if self.shown is not None:
            self.cursor = moves.held(self.shown, frame)
            if self.view is not None:
                self.view = self.view.showing(self.cursor)

    @property
    def item(self) -> Item | None:
        """The entry under the cursor; None if there is none."""
        return self.shown.at(self.cursor) if self.shown else None

    @property
    def marks(self) -> tuple[int | None, int | None]:
        """The marked in and out points, as frames of the timeline; both belong to the marked entry."""
        plan = self.shown
        found = [mark.frame(plan) if mark and plan else None for mark in (self.mark_in, self.mark_out)]
        return found[0], found[1]

    def mark(self, which: str) -> None:
        """Set the in or out mark (`which`) at the cursor. Drop the other mark if it is on another entry. Raises
        `CannotEdit`."""
        item = self.item
        if item is None or item.index < 0:
            raise edit_requests.CannotEdit("nothing here is still to air, so there is nothing to mark")
        made = moves.Mark.at(item, self.cursor)
        other = self.mark_out if which == "in" else self.mark_in
        if other is not None and (other.entry, other.round) != (made.entry, made.round):
            other = None
        self.mark_in, self.mark_out = (made, other) if which == "in" else (other, made)

    def aim(self) -> tuple[Item, Break | None]:
        """Return the entry, and the break if the edit is for a whole break: those selected, or else those under the
        cursor. Raises `CannotEdit`."""
        assert self.shown is not None
        frame, single = self.cursor, False
        if self.chosen is not None and (extent := self.chosen.extent(self.shown)):
            frame, single = extent[0], self.chosen.kind == "entry"
            if single and (index := self.shown.index_of.get(self.chosen.name)) is not None:
                return self.shown.item(index, self.chosen.round), None
        return edit_requests.target(self.shown, frame, single=single)

    def block(self) -> Break:
        """Return the break that an edit acts on: the selected one, or else the one under the cursor. Raises
        `CannotEdit`."""
        assert self.shown is not None
        item, block = self.aim()
        block = block or self.shown.break_of(item)
        if block is None:
            raise edit_requests.CannotEdit("there is no break here; [ and ] go to one")
        return block

    def near(self, frame: int, facts: Mapping[str, AssetFacts], besides: Sequence[str]) -> int:
        """Return the frame to which a break or spot snaps when the mouse drags it to `frame`. `besides`: ids of the
        dragged entries, to which nothing snaps."""
        if not self.snap or self.shown is None or self.view is None:
            return frame
        marks = [mark for mark in self.marks if mark is not None]
        places = moves.attracting(self.shown, self.view, facts, marks, besides)
        return snapped(frame, places, moves.SNAP_COLUMNS * self.view.step)
