"""Computes the air changes of edits that keep the entry on air: one edit, several at once, or a whole new file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.automation.air_change import AirChange
from retrovue_tui.playout.automation.edits.edit_handlers import do_all
from retrovue_tui.playout.automation.edits.edit_lock import LOCK_S, locked_frames
from retrovue_tui.playout.automation.edits.edit_session import EditSession
from retrovue_tui.rundown.break_edits import EditResult
from retrovue_tui.rundown.edit_steps import EditSteps
from retrovue_tui.rundown.positions import Position, span
from retrovue_tui.threads import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.playout.automation.spot_pool import SpotPool
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.protocol.commands import Command
    from retrovue_tui.rundown.airlist import AirList
    from retrovue_tui.rundown.entries import Entry, Rundown

TRIES: Final = 3
"""The maximum number of times that `edited` makes the edits. It repeats them if the channel has meanwhile aired past
one of them."""
LABELS: Final = 3
"""How many of several edits `_label` names in the history."""


class RundownEdits:
    """Computes the air changes of edits of one channel, and applies none of them."""

    def __init__(self, channel: Channel, pool: SpotPool) -> None:
        self._channel = channel
        self._pool = pool

    async def edited(self, rundown: Rundown, commands: Sequence[Command], lock_s: float = LOCK_S) -> AirChange:
        """Make several edits, one after another, and return them as one air change. Raises `EditError` when an edit is
        refused, or when it changes frames that air within `lock_s` seconds."""
        rate = self._channel.house.rate
        for left in reversed(range(TRIES)):
            position = self._channel.position
            lock, on_air = locked_frames(rate, lock_s), self._channel.decks.on_air is not None
            pool = self._pool.snapshot()
            draft = EditSession(rundown, position, self._length, rate, pool, lock, on_air, self._loop)
            await COMMANDS.run(do_all, draft, commands)
            now = self._channel.position
            in_time = draft.room is None or now.frame - position.frame <= draft.room
            same_entry = (now.loop, now.index) == (position.loop, position.index)
            if not left or (same_entry and in_time):
                break
        made = EditResult(draft.rundown, tuple(draft.changes))
        there = self._followed(draft.steps, position, draft.air, now)
        change = self._towards(rundown, made, _label(draft.labels), now, there)
        return replace(change, edits=tuple(draft.made), warnings=draft.pool.warnings)

    async def rewritten(self, old: Rundown, new: Rundown, label: str) -> AirChange:
        """Return the air change to a whole new rundown, after an undo, a redo, or an edit of the file."""
        return await self.moved(old, EditResult(new, (label,)), label)

    async def moved(self, old: Rundown, made: EditResult, label: str) -> AirChange:
        """Return an air change that keeps the entry on air if the edited rundown still has it. The rundowns are
        compared in a thread."""
        if (back := self._back(made.rundown.entries)) is not None:
            return AirChange(made.rundown, back, made.changes, label, back=True)
        steps, position = EditSteps(old.entries), self._channel.position
        steps.add(made.rundown.entries)
        there = await COMMANDS.run(steps.carried, position, self._length, loop=self._loop)
        now = self._channel.position
        return self._towards(old, made, label, now, self._followed(steps, position, there, now))

    def _followed(self, steps: EditSteps, before: Position, there: Position, now: Position) -> Position:
        """Return the position of the next frame in the last entries. `now` is its position in the first entries.
        `before` and `there` are the positions, in the first and the last entries, of the frame that was next when the
        edits were made."""
        if now == before:
            return there
        if (now.loop, now.index) == (before.loop, before.index) and 0 <= before.index < len(steps.first):
            old, new = steps.first[before.index], next(iter(steps.last[there.index : there.index + 1]), None)
            if new is not None and new.file != old.file:
                return there  # the entry is gone; the entry after it is the same as before
            if new is not None and there.frame == before.frame and now.frame < span(new, self._length(new))[1]:
                return replace(there, frame=now.frame)  # the same entry is still on air
        return steps.carried(now, self._length, loop=self._loop)

    def _towards(self, old: Rundown, made: EditResult, label: str, position: Position, there: Position) -> AirChange:
        """Return the air change of an edit. The next frame is at `position` in the old rundown, and at `there` in the
        new one."""
        same = 0 <= position.index < len(old.entries) and 0 <= there.index < len(made.rundown.entries)
        if same:
            before, after = old.entries[position.index], made.rundown.entries[there.index]
            same = (before.file, position.frame) == (after.file, there.frame)
        if same or self._channel.decks.on_air is None:
            return AirChange(made.rundown, there, made.changes, label)
        keep, rest = self._kept(old, made.rundown, position, there)
        return AirChange(made.rundown, there, made.changes, label, keep=keep, rest=rest)

    def _kept(self, old: Rundown, new: Rundown, position: Position, there: Position) -> tuple[int, AirList | None]:
        """Return the number of frames of the entry on air that still air before the channel goes on at `there`, and the
        air list of those among them that no deck plays yet."""
        if self._channel.config.on_remove == "cut":
            return 0, None
        committed, finishing = self._channel.decks.committed(), self._channel.decks.finishing
        if finishing is not None:
            return finishing.frames, None
        kept = sum(s.frames for s in committed if (s.loop, s.index) == (position.loop, position.index))
        if 0 <= there.index < len(new.entries) and there.frame > position.frame:
            before, after = old.entries[position.index : position.index + 1], new.entries[there.index]
            if before and before[0].file == after.file:
                return min(kept, there.frame - position.frame), None
        last = committed[-1] if committed else None
        if last is None or (last.loop, last.index) != (position.loop, position.index):
            return kept, None
        rest = self._channel.planner.rest_of_entry(last.following)
        return kept + (0 if rest is None else rest.frames), rest

    def _back(self, entries: Sequence[Entry]) -> Position | None:
        """Return the position, among `entries`, of the entry on air that an earlier edit removed. None if `entries`
        does not have it."""
        airing = self._channel.decks.finishing
        if airing is None:
            return None
        for index, entry in enumerate(entries):
            aired = self._channel.planner.aired(entry, airing.loop)
            if (entry.id, aired.file) == (airing.entry.id, airing.entry.file):
                first, end = span(entry, self._length(entry))
                return Position(airing.loop, index, airing.first) if first <= airing.first < end else None
        return None

    @property
    def _loop(self) -> bool:
        return self._channel.planner.loop

    def _length(self, entry: Entry) -> int | None:
        return self._channel.planner.length(entry)


def _label(labels: Sequence[str]) -> str:
    if len(labels) == 1:
        return labels[0]
    more = "; …" if len(labels) > LABELS else ""
    return f"{len(labels)} edits: {'; '.join(labels[:LABELS])}{more}"
