"""A rundown under edit, away from the air: one edit after another, with the frame that airs next carried along."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.playout.moves import LOCK_S
from retrovue_tui.rundown import edits
from retrovue_tui.rundown.airlist import Position, span
from retrovue_tui.rundown.carry import carry_over
from retrovue_tui.rundown.edited import title_of
from retrovue_tui.rundown.edits import Edited, EditError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from retrovue_tui.control.commands import Command
    from retrovue_tui.playout.pool import Shelf
    from retrovue_tui.rundown.airlist import Lengths
    from retrovue_tui.rundown.entries import Entry, Rundown
    from retrovue_tui.timecode import FrameRate


@dataclass
class Draft:
    """What edits come to. Every one of them may take its time: work on it in another thread.

    `air` is where the frame that airs next is in `rundown`; `on_air`, whether anything of it is on air at all.
    `lock`: so many frames from there on have left, or are on their way. `room`: how many frames the air may go on
    before one of the edits so far comes too late; None where that is all the same.
    """

    rundown: Rundown
    air: Position
    lengths: Lengths
    rate: FrameRate
    shelf: Shelf
    lock: int
    on_air: bool
    room: int | None = None
    changes: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    steps: list[Sequence[Entry]] = field(default_factory=list)
    """The entries before the first edit, and behind each."""

    def do(self, command: Command) -> None:
        """One more edit; raises `EditError`, with the draft as it was."""
        edit = _EDITS.get(command.name)
        if edit is None:
            raise EditError(f"{command.name!r} is no edit of the rundown")
        made, label = edit(self, command.arguments)
        self.steps = [*(self.steps or [self.rundown.entries]), made.rundown.entries]
        self.air = carried(self.steps[-2:], self.air, self.lengths)
        self.rundown = made.rundown
        self.changes += made.changes
        self.labels.append(label)

    def do_all(self, commands: Sequence[Command]) -> Draft:
        """All of them; an `EditError` says which of several is refused, and why."""
        for number, command in enumerate(commands, 1):
            try:
                self.do(command)
            except EditError as error:
                if len(commands) == 1:
                    raise
                raise EditError(f"edit {number} of {len(commands)}: {error.message}") from error
        return self

    # ── what is protected ────────────────────────────────────────────────────────────────────────

    def airing(self) -> Entry | None:
        """The entry that the air is in."""
        entries = self.rundown.entries
        return entries[self.air.index] if 0 <= self.air.index < len(entries) else None

    def frame_of(self, arguments: Mapping[str, Any]) -> int:
        """The frame that `at_frame` or `at_s` says."""
        if (frame := arguments.get("at_frame")) is not None:
            return int(frame)
        return int(self.rate.nearest(float(arguments["at_s"])))

    def not_aired(self, entry_id: str, at: int) -> None:
        """Refuse a frame of the entry on air that has left, or is about to."""
        airing = self.airing()
        if airing is None or airing.id != entry_id:
            return
        earliest = self.air.frame + self.lock
        if at < earliest:
            said = f"frame {at} ({self.rate.timecode(at)}) has left, or leaves within {LOCK_S:g} s"
            raise EditError(f"{said}; the earliest is {earliest} ({self.rate.timecode(earliest)})")
        self.room = at - earliest if self.room is None else min(self.room, at - earliest)

    def not_on_air(self, block: Sequence[Entry], reason: str) -> None:
        """Refuse what is on air."""
        airing = self.airing()
        if self.on_air and airing is not None and airing.id in {entry.id for entry in block}:
            raise EditError(reason)


def carried(steps: Sequence[Sequence[Entry]], position: Position, lengths: Lengths) -> Position:
    """Where the frame at `position` of the first of these is in the last; the top, where nothing is left."""
    for number in range(1, len(steps)):
        there = carry_over(steps[number - 1], steps[number], position, lengths)
        position = Position(position.loop, 0, 0) if there is None else there
    return position


# ── the edits ────────────────────────────────────────────────────────────────────────────────────


def _insert_break(draft: Draft, arguments: Mapping[str, Any]) -> tuple[Edited, str]:
    entry_id, at = str(arguments["entry"]), draft.frame_of(arguments)
    draft.not_aired(entry_id, at)
    spots = draft.shelf.spots(arguments)
    made = edits.insert_break(draft.rundown, entry_id, at, spots, lengths=draft.lengths, rate=draft.rate)
    return made, f"break at {draft.rate.timecode(at)}"


def _move_break(draft: Draft, arguments: Mapping[str, Any]) -> tuple[Edited, str]:
    break_id, at = str(arguments["break"]), draft.frame_of(arguments)
    block = edits.break_entries(draft.rundown, break_id)
    draft.not_on_air(block, "that break is on air; return from it instead")
    entry_id = str(arguments.get("entry") or _segment_at(draft, block, at))
    draft.not_aired(entry_id, at)
    made = edits.move_break(draft.rundown, break_id, entry_id, at, lengths=draft.lengths, rate=draft.rate)
    return made, f"break {break_id} moved to {draft.rate.timecode(at)}"


def _segment_at(draft: Draft, block: Sequence[Entry], at: int) -> str:
    """The segment of the programme around a break that has a frame."""
    entries = draft.rundown.entries
    index = draft.rundown.index(block[0].id) or 0
    around = [each for each in reversed(entries[:index]) if each.kind == "programme"][:1]
    around += [each for each in entries[index:] if each.kind == "programme"][:1]
    for segment in around:
        for part in edits.segments(draft.rundown, segment.id):
            first, end = span(part, draft.lengths(part))
            if first <= at <= end:
                return part.id
    raise EditError(f"the programme around that break has no frame {at}; name an entry to move it to")


def _remove_break(draft: Draft, arguments: Mapping[str, Any]) -> tuple[Edited, str]:
    break_id = str(arguments["break"])
    return edits.remove_break(draft.rundown, break_id, rate=draft.rate), f"break {break_id} removed"


def _replace_spot(draft: Draft, arguments: Mapping[str, Any]) -> tuple[Edited, str]:
    entry_id, spot = str(arguments["entry"]), draft.shelf.spot(str(arguments["file"]))
    block = [entry for entry in draft.rundown.entries if entry.id == entry_id]
    draft.not_on_air(block, "that spot is on air; skip it, or return from the break instead")
    made = edits.replace_spot(draft.rundown, entry_id, spot.file, rate=draft.rate, title=spot.title)
    return made, f"{title_of(block[0]) if block else entry_id} replaced"


_EDITS: Final[Mapping[str, Callable[[Draft, Mapping[str, Any]], tuple[Edited, str]]]] = MappingProxyType(
    {
        "insert_break": _insert_break,
        "move_break": _move_break,
        "remove_break": _remove_break,
        "replace_spot": _replace_spot,
    }
)
