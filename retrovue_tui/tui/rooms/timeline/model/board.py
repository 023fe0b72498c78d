"""One channel on the line, without a screen: its rundown, what is staged on it, and where the operator is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from retrovue_tui.tui.rooms.timeline.model import cursor as moves
from retrovue_tui.tui.rooms.timeline.model import edit_requests
from retrovue_tui.tui.rooms.timeline.model.changes import Changes, between, first_difference
from retrovue_tui.tui.rooms.timeline.model.geometry import snapped
from retrovue_tui.tui.rooms.timeline.model.lane_drawing import Scene
from retrovue_tui.tui.rooms.timeline.model.line_plan import Plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from retrovue_tui.protocol.asrun import AsRunEntry
    from retrovue_tui.protocol.pictures import AssetFacts
    from retrovue_tui.protocol.receipts import Receipt
    from retrovue_tui.protocol.rundown import RundownSnapshot
    from retrovue_tui.tui.rooms.timeline.model.cursor import Chosen, Mark
    from retrovue_tui.tui.rooms.timeline.model.geometry import Axis, View
    from retrovue_tui.tui.rooms.timeline.model.line_plan import Break, Item
    from retrovue_tui.tui.rooms.timeline.model.staging import Staging

LOCK_S: Final = 0.3
"""What airs within so many seconds is on its way already: the station refuses to change it."""
LATER_S: Final = 1.0
"""How far the station's clock may be behind what is drawn."""


@dataclass
class Board:
    """What one channel's timeline is about; kept while the operator is elsewhere."""

    axis: Axis
    staging: Staging
    plan: Plan | None = None
    """The rundown as it is."""
    shown: Plan | None = None
    """The rundown as it would be with what is staged; the same as `plan` where nothing is."""
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
    """Of what was applied last."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Edits wait for one another: each is made on what the one before it left."""
    due: tuple[int, ...] = ()
    """Frames of the line: as the lock line comes to one, the station is asked whether what is staged can be made."""
    turned_back: int = 0
    """Edits of the rundown that were undone here since something was staged: they are done again before it."""
    taken_at: float = 0.0
    """When the rundown was told (Unix time): of one that waits, it goes on with what would have aired then."""
    asks: bool = False
    """The lock line has reached a frame of `due`, and the station has not been asked about it yet."""
    _rundown: RundownSnapshot | None = None
    _aired: Sequence[AsRunEntry] = ()
    _scene: Scene | None = None

    @property
    def length(self) -> int:
        """How many entries the rundown has."""
        return len(self._rundown.entries) if self._rundown else 0

    # --- what is known ----------------------------------------------------------------------------------------------

    def take(self, rundown: RundownSnapshot, aired: Sequence[AsRunEntry], now: float) -> None:
        """The rundown as it is now, and the as-run log."""
        first = self.plan is None
        self.taken_at = now
        self._rundown, self._aired = rundown, aired
        self.plan = Plan(rundown, self.axis, now, before=self.plan, aired=aired)
        self.staging.breaks = frozenset(row.break_id for row in rundown.entries)
        if not self.staging.steps:
            self.staging.revision = rundown.revision
        self.lay_out(now)
        if first:
            self.cursor = self.axis.frame(now)

    def lay_out(self, now: float) -> None:
        """Lay out what is staged, on the places where things are shown."""
        if self.plan is None:
            return
        before, here = self.shown, self.item
        seen = self.staging.seen
        if seen is None:
            self.shown, self.changes, self.due = self.plan, Changes(), ()
        else:
            self.shown = Plan(seen, self.axis, now, before=self.plan, aired=self._aired)
            self.changes = between(self.plan, self.shown)
            self._note_due(now)
        if self.chosen is not None and self.chosen.extent(self.shown) is None:
            self.chosen = None
        if before is not None and here is not None and here.index >= 0:
            self.cursor = moves.carried(self.shown, moves.Mark.at(here, self.cursor), self.cursor)

    def _note_due(self, now: float) -> None:
        """Where what is staged begins to be another rundown; and a moment later: the station's clock may be behind."""
        assert self.plan is not None
        assert self.shown is not None
        place = first_difference(self.plan, self.shown, self.axis.frame(now + LOCK_S))
        self.due = () if place is None else (place, place + self.axis.frames(LATER_S))

    def is_due(self, now: float) -> bool:
        """Whether the lock line has come to a place at which to ask; it is not asked there again."""
        lock = self.axis.frame(now + LOCK_S)
        passed = sum(frame <= lock for frame in self.due)
        self.due = self.due[passed:]
        return passed > 0

    def scene(self, facts: Mapping[str, AssetFacts], width: int, air: int) -> Scene:
        """All that is drawn; the same object while nothing of it is another."""
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

    # --- where the operator is ------------------------------------------------------------------------------------

    def go(self, frame: int) -> None:
        """Put the cursor at a frame, where there is one, and have it seen."""
        if self.shown is not None:
            self.cursor = moves.held(self.shown, frame)
            if self.view is not None:
                self.view = self.view.showing(self.cursor)

    @property
    def item(self) -> Item | None:
        """What airs at the cursor."""
        return self.shown.at(self.cursor) if self.shown else None

    @property
    def marks(self) -> tuple[int | None, int | None]:
        """The frames of the line that are marked as first and last."""
        plan = self.shown
        found = [mark.frame(plan) if mark and plan else None for mark in (self.mark_in, self.mark_out)]
        return found[0], found[1]

    def mark(self, which: str) -> None:
        """Mark the frame at the cursor; a mark on another entry is forgotten. Raises `CannotEdit`."""
        item = self.item
        if item is None or item.index < 0:
            raise edit_requests.CannotEdit("nothing that is to come is here to mark")
        made = moves.Mark.at(item, self.cursor)
        other = self.mark_out if which == "in" else self.mark_in
        if other is not None and (other.entry, other.round) != (made.entry, made.round):
            other = None
        self.mark_in, self.mark_out = (made, other) if which == "in" else (other, made)

    def aim(self) -> tuple[Item, Break | None]:
        """What an edit is about: what is chosen, else the break or the segment at the cursor. Raises `CannotEdit`."""
        assert self.shown is not None
        frame, single = self.cursor, False
        if self.chosen is not None and (extent := self.chosen.extent(self.shown)):
            frame, single = extent[0], self.chosen.kind == "entry"
            if single and (index := self.shown.index_of.get(self.chosen.name)) is not None:
                return self.shown.item(index, self.chosen.round), None
        return edit_requests.target(self.shown, frame, single=single)

    def block(self) -> Break:
        """The break that an edit is about. Raises `CannotEdit`."""
        assert self.shown is not None
        item, block = self.aim()
        block = block or self.shown.break_of(item)
        if block is None:
            raise edit_requests.CannotEdit("there is no break here; [ and ] go to one")
        return block

    def near(self, frame: int, facts: Mapping[str, AssetFacts], besides: Sequence[str]) -> int:
        """Where something dragged to a frame comes to lie."""
        if not self.snap or self.shown is None or self.view is None:
            return frame
        marks = [mark for mark in self.marks if mark is not None]
        places = moves.attracting(self.shown, self.view, facts, marks, besides)
        return snapped(frame, places, moves.SNAP_COLUMNS * self.view.step)
