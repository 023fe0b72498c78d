"""An edit session: a copy of the rundown that can be edited without a change on air, with the position of the frame
that airs next."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.playout.automation.edits.edit_lock import why_locked
from retrovue_tui.protocol.commands import Command
from retrovue_tui.rundown.break_edits import EditError
from retrovue_tui.rundown.edit_helpers import index_of
from retrovue_tui.rundown.edit_steps import EditSteps, carried
from retrovue_tui.rundown.entry_edits import airtime
from retrovue_tui.rundown.positions import Position, distance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from retrovue_tui.playout.automation.spot_pool import SpotPoolSnapshot
    from retrovue_tui.rundown.break_edits import Spot
    from retrovue_tui.rundown.edit_helpers import EditResult
    from retrovue_tui.rundown.entries import Entry, Rundown
    from retrovue_tui.rundown.positions import Lengths
    from retrovue_tui.timecode import FrameRate

SOON_S: Final = 120.0
"""A break that airs within this time (s) gets only prepared spots; a later break may get any spot of the pool. See
`EditSession.airs_soon`."""
NAMING: Final = ("entry", "break", "before", "after")
"""The arguments of a command that name an entry or a break."""


@dataclass(frozen=True)
class EditOutcome:
    """The result of an edit, the edit's label in the history, and the spots that it chose, if any."""

    edited: EditResult
    label: str
    spots: Sequence[Spot] | None = None


@dataclass
class EditSession:
    """The edits made so far, and the rundown after them. An edit may take a long time, so make edits in another thread.

    `air` is the position in `rundown` of the frame that airs next. `on_air` is whether any entry of the rundown is on
    air. `lock` is the number of frames from `air` on that can no longer change, because they are sent or about to be
    sent. `room` is the number of frames that may still air before one of the edits would come too late; None when no
    edit can come too late.
    """

    rundown: Rundown
    air: Position
    lengths: Lengths
    rate: FrameRate
    pool: SpotPoolSnapshot
    lock: int
    on_air: bool
    loop: bool = True
    room: int | None = None
    changes: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    made: list[Command] = field(default_factory=list)
    """The edits made so far. Each includes the spots that were chosen and the ids of the breaks and entries that were
    made."""
    names: dict[str, str] = field(default_factory=dict)
    """The ids of new breaks and entries in this rundown, by the names that the argument `ids` of an edit gives them."""

    steps: EditSteps = field(init=False)
    """The entries before the first edit, and what each edit has changed."""

    def __post_init__(self) -> None:
        self.steps = EditSteps(self.rundown.entries)

    def take(self, name: str, arguments: Mapping[str, Any], made: EditOutcome) -> None:
        """Record one more edit. `arguments` are the ones that `here` returned."""
        before, self.rundown = self.rundown, made.edited.rundown
        self.steps.add(self.rundown.entries)
        self.air = carried(before.entries, self.rundown.entries, self.air, self.lengths, loop=self.loop)
        self.changes += made.edited.changes
        self.labels.append(made.label)
        ids = new_names(before, self.rundown)
        self.names.update(zip(arguments.get("ids", ()), ids, strict=False))
        self.made.append(_as_made(name, arguments, made.spots, ids))

    def here(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the arguments with each name of an entry or a break replaced by its id in this rundown."""
        return {key: self.names.get(value, value) if key in NAMING else value for key, value in arguments.items()}

    # ── protection of what is on air ─────────────────────────────────────────────────────────────

    def airing(self) -> Entry | None:
        """Return the entry on air."""
        entries = self.rundown.entries
        return entries[self.air.index] if 0 <= self.air.index < len(entries) else None

    def frame_of(self, arguments: Mapping[str, Any]) -> int:
        """Return the frame that the argument `at_frame` or `at_s` names."""
        if (frame := arguments.get("at_frame")) is not None:
            return int(frame)
        return int(self.rate.nearest(float(arguments["at_s"])))

    def airs_soon(self, entry_id: str, frame: int) -> bool:
        """Return whether a frame of an entry airs within `SOON_S`, so that there is little time for preparation."""
        return self.on_air and self.frames_until(entry_id, frame) < self.rate.count(SOON_S)

    def frames_until(self, entry_id: str, frame: int) -> int:
        """Return the number of frames that air before a frame of an entry."""
        there = Position(self.air.loop, index_of(self.rundown, entry_id), frame)
        left = distance(self.rundown.entries, self.air, there, self.lengths)
        if left < 0:  # the frame airs in the next pass through the rundown
            left += airtime(self.rundown.entries, self.lengths)
        return left

    def not_aired(self, entry_id: str, at: int) -> None:
        """Raise `EditError` if frame `at` of the entry on air is already sent or about to be sent. For a later frame,
        lower `room` accordingly."""
        airing = self.airing()
        if airing is None or airing.id != entry_id:
            return
        earliest = self.air.frame + self.lock
        if at < earliest:
            reason = why_locked(at, self.rate)
            raise EditError(f"{reason}; the earliest is {earliest} ({self.rate.timecode(earliest)})")
        self.room = at - earliest if self.room is None else min(self.room, at - earliest)

    def parted(self, block: Sequence[Entry]) -> tuple[Sequence[Entry], Sequence[Entry]]:
        """Return two lists: the entries of a break that have begun, and those that have not."""
        airing = self.airing()
        if self.on_air and airing is not None:
            for index, entry in enumerate(block):
                if entry.id == airing.id:
                    return block[: index + 1], block[index + 1 :]
        return (), block

    def not_on_air(self, block: Sequence[Entry], reason: str) -> None:
        """Raise `EditError`, with this reason, if one of the entries in `block` is on air."""
        airing = self.airing()
        if self.on_air and airing is not None and airing.id in {entry.id for entry in block}:
            raise EditError(reason)


def new_names(before: Rundown, after: Rundown) -> tuple[str, ...]:
    """Return the ids of the breaks and entries that an edit has added, in the order of the rundown."""
    old = {name for entry in before.entries for name in (entry.id, entry.break_id)}
    named = (name for entry in after.entries for name in (entry.break_id, entry.id))
    return tuple(dict.fromkeys(name for name in named if name is not None and name not in old))


def _as_made(name: str, arguments: Mapping[str, Any], spots: Sequence[Spot] | None, ids: tuple[str, ...]) -> Command:
    """Return an edit as a command that gives the same result each time it is carried out."""
    given = {key: value for key, value in arguments.items() if key != "ids"}
    if spots is not None:
        given.pop("seconds", None)
        given["spots"] = tuple(str(spot.file) for spot in spots)
    if ids:
        given["ids"] = ids
    return Command(name, MappingProxyType(given))
