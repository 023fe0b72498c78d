"""The commands that edit the rundown, as functions by command name. Each checks what may still change while the channel
is on air, makes the edit, and returns its result."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.playout.automation.edits.edit_session import EditOutcome
from retrovue_tui.playout.automation.ruled_spots import BreakSlot
from retrovue_tui.rundown import break_edits, entry_edits
from retrovue_tui.rundown.edit_helpers import EditError, EditResult, end_of, in_break, index_of, name_of, title_of
from retrovue_tui.rundown.positions import span

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from retrovue_tui.playout.automation.edits.edit_session import EditSession
    from retrovue_tui.protocol.commands import Command
    from retrovue_tui.rundown.entries import Entry


# ── breaks ───────────────────────────────────────────────────────────────────────────────────────


def _insert_break(draft: EditSession, arguments: Mapping[str, Any]) -> EditOutcome:
    entry_id, at = str(arguments["entry"]), draft.frame_of(arguments)
    draft.not_aired(entry_id, at)
    slot = BreakSlot(draft.frames_until(entry_id, at))
    spots = draft.pool.spots(arguments, slot=slot, prepared_only=draft.airs_soon(entry_id, at))
    made = break_edits.insert_break(draft.rundown, entry_id, at, spots, lengths=draft.lengths, rate=draft.rate)
    return EditOutcome(made, f"break at {draft.rate.timecode(at)}", spots)


def _move_break(draft: EditSession, arguments: Mapping[str, Any]) -> EditOutcome:
    break_id, at = str(arguments["break"]), draft.frame_of(arguments)
    block = break_edits.break_entries(draft.rundown, break_id)
    draft.not_on_air(block, "that break is on air; return from it instead")
    entry_id = str(arguments.get("entry") or _segment_at(draft, block, at))
    for part in break_edits.segments(
        draft.rundown, entry_id
    ):  # the frame may lie in the segment on the other side of the break
        first, end = span(part, draft.lengths(part))
        if first <= at <= end:
            draft.not_aired(part.id, at)
    made = break_edits.move_break(draft.rundown, break_id, entry_id, at, lengths=draft.lengths, rate=draft.rate)
    return EditOutcome(made, f"break {break_id} moved to {draft.rate.timecode(at)}")


def _segment_at(draft: EditSession, block: Sequence[Entry], at: int) -> str:
    """Return the id of the segment that contains frame `at`. The candidates are the segments directly before and after
    a break, which are parts of a programme."""
    entries = draft.rundown.entries
    index = draft.rundown.index(block[0].id) or 0
    around = [each for each in reversed(entries[:index]) if each.kind == "programme"][:1]
    around += [each for each in entries[index:] if each.kind == "programme"][:1]
    for segment in around:
        for part in break_edits.segments(draft.rundown, segment.id):
            first, end = span(part, draft.lengths(part))
            if first <= at <= end:
                return part.id
    raise EditError(f"the programme around that break has no frame {at}; name an entry to move it to")


def _remove_break(draft: EditSession, arguments: Mapping[str, Any]) -> EditOutcome:
    break_id = str(arguments["break"])
    return EditOutcome(break_edits.remove_break(draft.rundown, break_id, rate=draft.rate), f"break {break_id} removed")


def _replace_spot(draft: EditSession, arguments: Mapping[str, Any]) -> EditOutcome:
    entry_id = str(arguments["entry"])
    block = [entry for entry in draft.rundown.entries if entry.id == entry_id]
    slot = BreakSlot(draft.frames_until(entry_id, block[0].in_frame)) if block else None
    spot = draft.pool.spot(str(arguments["file"]), slot)
    draft.not_on_air(block, "that spot is on air; skip it, or return from the break instead")
    made = break_edits.replace_spot(draft.rundown, entry_id, spot.file, rate=draft.rate, title=spot.title)
    return EditOutcome(made, f"{title_of(block[0]) if block else entry_id} replaced")


def _fill(draft: EditSession, arguments: Mapping[str, Any]) -> EditOutcome:
    """Choose new spots for a break. If the break is on air, the entries that have begun stay and count towards its
    length."""
    break_id, seconds = str(arguments["break"]), arguments.get("seconds")
    block = break_edits.break_entries(draft.rundown, break_id)
    begun, _ = draft.parted(block)
    away = 0 if begun else draft.frames_until(block[0].id, block[0].in_frame)
    slot = BreakSlot(away, gone=frozenset(entry.id for entry in block))
    if seconds is None:
        spots = draft.pool.spots(arguments, slot=slot)
    else:
        prepared_only = bool(begun) or draft.airs_soon(block[0].id, block[0].in_frame)
        spots = draft.pool.filling(
            seconds, begun, entry_edits.airtime(begun, draft.lengths), slot=slot, prepared_only=prepared_only
        )
    made = entry_edits.refill(
        draft.rundown, break_id, spots, begun=begun, seconds=seconds, lengths=draft.lengths, rate=draft.rate
    )
    return EditOutcome(made, f"break {break_id} refilled", spots)


def _lift(draft: EditSession, arguments: Mapping[str, Any]) -> EditOutcome:
    """Replace a break, an entry, or the part of an entry from a frame on, with spots. In a break that is on air, only
    the entries that have not begun are replaced."""
    rundown, changes, lengths, rate = draft.rundown, tuple[str, ...](), draft.lengths, draft.rate
    gone: Sequence[Entry]
    if (break_id := arguments.get("break")) is not None:
        if "at_frame" in arguments or "at_s" in arguments:
            raise EditError("a break is lifted as a whole; to lift only a part of it, name one of its entries")
        _, gone = draft.parted(break_edits.break_entries(rundown, break_id))
        if not gone:
            raise EditError(
                "the last spot of that break is on air, and nothing is left to lift; return from it instead"
            )
        label = f"break {break_id} lifted"
    else:
        cut, gone = _lifted_of(draft, arguments)
        rundown, changes = cut.rundown, cut.changes
        label = f"{title_of(gone[0])} lifted"
    for entry in gone:
        end_of(entry, lengths, "remove it")
    # The split-off part has no id in the session yet, so look the frame up in the whole entry.
    place = str(arguments.get("entry", gone[0].id)), gone[0].in_frame
    inside = break_id is None and in_break(gone[0])
    slot = BreakSlot(draft.frames_until(*place), gone=frozenset(entry.id for entry in gone), inside=inside)
    if arguments.get("spots") is not None:
        spots = draft.pool.spots(arguments, slot=slot)
    else:
        prepared_only = draft.airs_soon(*place)
        spots = draft.pool.instead(gone, entry_edits.airtime(gone, lengths), slot=slot, prepared_only=prepared_only)
    made = entry_edits.lift(rundown, gone, spots, lengths=lengths, rate=rate)
    return EditOutcome(EditResult(made.rundown, (*changes, *made.changes)), label, spots)


def _lifted_of(draft: EditSession, arguments: Mapping[str, Any]) -> tuple[EditResult, Sequence[Entry]]:
    """Return the entry to replace, and the rundown that contains it. If only the part from a frame on is to be
    replaced, split the entry there first."""
    rundown, rate = draft.rundown, draft.rate
    index = index_of(rundown, str(arguments["entry"]))
    entry = rundown.entries[index]
    if "at_frame" in arguments or "at_s" in arguments:
        at = draft.frame_of(arguments)
        draft.not_aired(entry.id, at)
        if at != entry.in_frame:
            cut = entry_edits.split(rundown, entry.id, at, lengths=draft.lengths, rate=rate)
            return cut, cut.rundown.entries[index + 1 : index + 2]
    if in_break(entry):
        draft.not_on_air([entry], "that spot is on air; skip it, or return from the break instead")
    earliest = draft.air.frame + draft.lock
    draft.not_on_air([entry], f"{name_of(entry)} is on air; name the first frame to lift with at_frame;"
                              f" the earliest is {earliest} ({rate.timecode(earliest)})")  # fmt: skip
    return EditResult(rundown, ()), [entry]


# ── single entries ───────────────────────────────────────────────────────────────────────────────


def _trim(draft: EditSession, arguments: Mapping[str, Any]) -> EditOutcome:
    entry = _entry(draft, arguments)
    first, end = arguments.get("in_frame"), arguments.get("out_frame")
    if first not in (None, entry.in_frame):
        draft.not_on_air([entry], f"{name_of(entry)} is on air, and its beginning has aired; trim its end instead")
    if end is not None and end != span(entry, draft.lengths(entry))[1]:
        draft.not_aired(entry.id, end)
    made = entry_edits.trim(draft.rundown, entry.id, first, end, lengths=draft.lengths, rate=draft.rate)
    return EditOutcome(made, f"{title_of(entry)} trimmed")


def _split(draft: EditSession, arguments: Mapping[str, Any]) -> EditOutcome:
    entry, at = _entry(draft, arguments), draft.frame_of(arguments)
    draft.not_aired(entry.id, at)
    made = entry_edits.split(draft.rundown, entry.id, at, lengths=draft.lengths, rate=draft.rate)
    return EditOutcome(made, f"{title_of(entry)} split at {draft.rate.timecode(at)}")


def _insert(draft: EditSession, arguments: Mapping[str, Any]) -> EditOutcome:
    before, after = arguments.get("before"), arguments.get("after")
    _not_before_the_air(draft, before)
    spot, break_id = draft.pool.spot(str(arguments["file"])), arguments.get("break")
    kind = arguments.get("kind") or ("spot" if break_id else draft.pool.kind(spot.file))
    part = entry_edits.Part(spot, kind, arguments.get("in_frame", 0), arguments.get("out_frame"), break_id)
    made = entry_edits.insert(draft.rundown, part, before=before, after=after, lengths=draft.lengths, rate=draft.rate)
    return EditOutcome(made, f"{title_of(spot)} inserted")


def _move_entry(draft: EditSession, arguments: Mapping[str, Any]) -> EditOutcome:
    entry, before, after = _entry(draft, arguments), arguments.get("before"), arguments.get("after")
    draft.not_on_air([entry], f"{name_of(entry)} is on air and cannot be moved")
    _not_before_the_air(draft, before)
    made = entry_edits.move_entry(draft.rundown, entry.id, before=before, after=after, rate=draft.rate)
    return EditOutcome(made, f"{title_of(entry)} moved")


def _not_before_the_air(draft: EditSession, before: str | None) -> None:
    """Raise `EditError` if `before` names an entry on air: the time before that entry has passed."""
    if before is not None:
        entry = draft.rundown.entries[index_of(draft.rundown, before)]
        draft.not_on_air([entry], f"{name_of(entry)} is on air; nothing can be placed before it")


def _remove(draft: EditSession, arguments: Mapping[str, Any]) -> EditOutcome:
    entry = _entry(draft, arguments)
    made = break_edits.remove_entries(draft.rundown, [entry.id], rate=draft.rate)
    return EditOutcome(made, f"{title_of(entry)} removed")


def _entry(draft: EditSession, arguments: Mapping[str, Any]) -> Entry:
    return draft.rundown.entries[index_of(draft.rundown, str(arguments["entry"]))]


DRAFT_EDITS: Final[Mapping[str, Callable[[EditSession, Mapping[str, Any]], EditOutcome]]] = MappingProxyType(
    {
        "insert_break": _insert_break,
        "move_break": _move_break,
        "remove_break": _remove_break,
        "replace_spot": _replace_spot,
        "fill": _fill,
        "lift": _lift,
        "trim": _trim,
        "split": _split,
        "insert": _insert,
        "move_entry": _move_entry,
        "remove": _remove,
    }
)
"""The edit functions by command name. Each may take a long time, and raises `EditError`."""


def do(draft: EditSession, command: Command) -> None:
    """Make one edit in a session. Raises `EditError`; the session is then unchanged."""
    edit = DRAFT_EDITS.get(command.name)
    if edit is None:
        raise EditError(f"{command.name!r} is not an edit of a rundown")
    arguments = draft.here(command.arguments)
    draft.take(command.name, arguments, edit(draft, arguments))


def do_all(draft: EditSession, commands: Sequence[Command]) -> EditSession:
    """Make all edits in one session, in order. Raises `EditError`; if there are several edits, the message names the
    one that was refused."""
    for number, command in enumerate(commands, 1):
        try:
            do(draft, command)
        except EditError as error:
            if len(commands) == 1:
                raise
            raise EditError(f"edit {number} of {len(commands)}: {error.message}") from error
    return draft
