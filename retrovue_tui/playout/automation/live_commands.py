"""The commands that cut the entry on air (break now, release, return, skip), and the command `hold`, which delays the
next break."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from retrovue_tui.playout.automation.air_change import READY_S, AirChange, Decision, assigned_deck, deck_for
from retrovue_tui.playout.automation.spot_pool import BREAK_S
from retrovue_tui.rundown import break_edits
from retrovue_tui.rundown.break_edits import EditError, Spot
from retrovue_tui.rundown.edit_helpers import title_of
from retrovue_tui.rundown.positions import Position, span
from retrovue_tui.threads import AIR, COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from retrovue_tui.playout.automation.edits.rundown_edits import RundownEdits
    from retrovue_tui.playout.automation.spot_pool import SpotPool
    from retrovue_tui.playout.automation.standby_deck import StandbyDeck
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.decks.queued_deck import QueuedDeck
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.protocol.answers.asrun import Ending
    from retrovue_tui.rundown.airlist import AirList
    from retrovue_tui.rundown.entries import Entry, Rundown
    from retrovue_tui.rundown.positions import Stretch
    from retrovue_tui.timecode import FrameRate


class LiveCommands:
    """Computes the air change for each of these commands, and applies none of them."""

    def __init__(self, channel: Channel, pool: SpotPool, standby: StandbyDeck, planned: RundownEdits) -> None:
        self._channel = channel
        self._pool = pool
        self._standby = standby
        self._planned = planned

    # ── entering a break ─────────────────────────────────────────────────────────────────────────

    async def break_now(self, rundown: Rundown, arguments: Mapping[str, Any]) -> AirChange:
        """Begin a break with the very next frame. After its spots, the programme goes on at the frame where it was
        cut."""
        self._programme()
        pool = self._pool.snapshot()

        def choose() -> tuple[list[Spot], tuple[Entry, ...]]:
            chosen = pool.spots(arguments)
            return chosen, break_edits.new_block(rundown, chosen)

        spots, block = await COMMANDS.run(choose)
        deck = await self._standby.take(self._aired(block))
        try:
            position, entry = self._programme()  # the channel has moved on while the deck was starting
            made = break_edits.insert_break(
                rundown, entry.id, position.frame, spots, lengths=self._length, rate=self._rate, block=block
            )
            first = position.index + (made.rundown.entries[position.index].kind == "programme")
            change = self._cut_to(made, first, position, deck, f"break now in {title_of(entry)}")
        except BaseException:
            self._standby.put_back(deck)
            raise
        return replace(change, break_s=float(arguments.get("seconds", BREAK_S)), warnings=pool.warnings)

    async def release(self, rundown: Rundown, break_id: str) -> AirChange:
        """Begin the held break now."""
        self._programme()
        block = break_edits.break_entries(rundown, break_id)
        deck = await self._standby.take(self._aired(block))
        try:
            position, entry = self._programme()
            made = break_edits.move_break(
                rundown, break_id, entry.id, position.frame, lengths=self._length, rate=self._rate
            )  # fmt: skip
            return self._cut_to(made, made.rundown.index(block[0].id), position, deck, f"break {break_id} released")
        except BaseException:
            self._standby.put_back(deck)
            raise

    def _cut_to(
        self, made: break_edits.EditResult, first: int | None, position: Position, deck: QueuedDeck, label: str
    ) -> AirChange:
        """Return the air change for a break that begins with the next frame. `first` is the index of the break's first
        entry."""
        entries = made.rundown.entries
        if first is None or first >= len(entries) or entries[first].kind != "spot":
            raise EditError("the break does not fit there; nothing was changed")
        at = Position(position.loop, first, 0)
        return AirChange(
            made.rundown, at, made.changes, label, keep=0, deck=assigned_deck(self._channel, deck, made.rundown, at)
        )

    async def hold(self, rundown: Rundown) -> Decision:
        """Delay the next break until the end of the segment that follows it."""
        position, entry = self._programme()
        entries = rundown.entries
        at = position.index + 1
        if at >= len(entries) or entries[at].kind != "spot":
            raise EditError(f"no break follows {title_of(entry)}, so there is nothing to hold")
        break_id = entries[at].break_id or entries[at].id
        following = next((each for each in entries[at:] if each.kind == "programme"), None)
        if following is None:
            raise EditError("no programme follows the next break, so the break cannot be held")
        end = span(following, self._length(following))[1]
        made = await COMMANDS.run(
            break_edits.move_break, rundown, break_id, following.id, end, lengths=self._length, rate=self._rate
        )
        return Decision(await self._planned.moved(rundown, made, f"break {break_id} held"), held=break_id)

    # ── leaving a break, skipping ────────────────────────────────────────────────────────────────

    async def leave_break(self, rundown: Rundown) -> AirChange:
        """Return to the programme now, and remove the spots of the break that have not begun."""
        finishing = self._channel.decks.finishing
        if finishing is not None and finishing.entry.kind == "spot":
            return await self._leave(rundown, finishing, "returned from the break")
        entry = self._entry(self._channel.position)
        if entry.kind != "spot":
            raise EditError(f"{title_of(entry)} is not a break, so there is no break to return from")
        round_number, block = self._channel.position.loop, self._block(rundown, self._channel.position.index)
        target = self._first_after(Position(round_number, block[-1], 0))

        def without_rest(index: int) -> tuple[list[str], break_edits.EditResult]:
            unaired = [rundown.entries[each].id for each in block if each > index]
            return unaired, break_edits.remove_entries(rundown, unaired, rate=self._rate)

        airing = self._channel.position.index
        unaired, made = await COMMANDS.run(without_rest, airing)
        deck = await deck_for(self._channel, await self._prepared(self._channel.planner, target))
        try:
            position = self._channel.position  # the channel has moved on while the deck was starting
            if position.loop != round_number or position.index not in block:
                raise EditError("the break has just ended by itself; nothing was changed")
            if position.index != airing:
                unaired, made = without_rest(position.index)
            at = replace(target, index=target.index - (len(unaired) if target.loop == position.loop else 0))
            changes = (*made.changes, f"back to {title_of(self._entry(target))}")
            cut = assigned_deck(self._channel, deck, made.rundown, at)
        except BaseException:
            self._channel.decks.discard(deck)
            raise
        return AirChange(made.rundown, at, changes, "returned from the break", keep=0, deck=cut)

    async def skip(self, rundown: Rundown) -> AirChange:
        """Cut to the next entry now."""
        finishing = self._channel.decks.finishing
        if finishing is not None:
            return await self._leave(rundown, finishing, "skipped", "skipped")
        before = self._channel.position
        left = self._entry(before)
        target = self._first_after(before)
        deck = await deck_for(self._channel, await self._prepared(self._channel.planner, target))
        now = self._channel.position
        if (now.loop, now.index) != (before.loop, before.index):
            self._channel.decks.discard(deck)
            raise EditError(f"{title_of(left)} has just ended by itself; nothing was changed")
        changes = (f"cut from {title_of(left)} to {title_of(self._entry(target))}",)
        return AirChange(rundown, target, changes, "skipped", keep=0, deck=deck, leaves="skipped")

    async def _leave(self, rundown: Rundown, finishing: Stretch, label: str, leaves: Ending = "cut") -> AirChange:
        """Return the air change that cuts now from the entry on air, which was removed from the rundown, back to the
        rundown."""
        target = self._channel.position
        deck = await deck_for(self._channel, await self._prepared(self._channel.planner, target))
        if self._channel.decks.finishing is None:
            self._channel.decks.discard(deck)
            raise EditError(f"{title_of(finishing.entry)} has just ended by itself; nothing was changed")
        changes = (f"cut from {title_of(finishing.entry)} to {title_of(self._entry(target))}",)
        return AirChange(rundown, target, changes, label, keep=0, deck=deck, leaves=leaves)

    def _first_after(self, position: Position) -> Position:
        following = self._channel.planner.next_entry(position)
        if following is None:
            raise EditError("no later entry can air")
        return following.position

    async def _prepared(self, planner: Planner, target: Position) -> AirList:
        """Return the air list from a position on. If its first piece is still being rendered, wait for it."""
        for _ in range(int(READY_S / 0.02)):
            airlist = await AIR.run(planner.compile, target)
            if airlist is not None:
                return airlist
            await asyncio.sleep(0.02)
        raise EditError("the next entry is not prepared yet; try again in a few seconds")

    # ── helpers ──────────────────────────────────────────────────────────────────────────────────

    def _aired(self, block: Iterable[Entry]) -> list[Spot]:
        """Return the spots of a break as they air in this pass through the rundown."""
        loop = self._channel.position.loop
        aired = [self._channel.planner.aired(entry, loop) for entry in block]
        return [Spot(entry.file, entry.title) for entry in aired]

    @property
    def _rate(self) -> FrameRate:
        return self._channel.house.rate

    def _length(self, entry: Entry) -> int | None:
        return self._channel.planner.length(entry)

    def _entry(self, position: Position) -> Entry:
        entries = self._channel.planner.entries
        if not 0 <= position.index < len(entries):
            raise EditError("no entry of the rundown is on air")
        return entries[position.index]

    def _programme(self) -> tuple[Position, Entry]:
        """Return the position on air, and its entry. Raises `EditError` if that entry is not a programme."""
        position = self._channel.position
        entry = self._entry(position)
        if self._channel.decks.on_air is None:
            raise EditError(f"{self._channel.name} shows the slate, so there is no programme to break into")
        if entry.kind != "programme":
            when = "on air" if self._channel.decks.finishing is None else "next"
            raise EditError(f"{title_of(entry)} is {when}, and it is not a programme; return from the break first")
        return position, entry

    def _block(self, rundown: Rundown, index: int) -> list[int]:
        """Return the indices of all entries in the break to which the entry at `index` belongs."""
        entries = rundown.entries
        first = last = index
        while (
            first > 0 and entries[first - 1].kind == "spot" and entries[first - 1].break_id == entries[index].break_id
        ):
            first -= 1
        while (
            last + 1 < len(entries)
            and entries[last + 1].kind == "spot"
            and entries[last + 1].break_id == entries[index].break_id
        ):
            last += 1
        return list(range(first, last + 1))
