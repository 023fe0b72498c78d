"""Late edits: prerolls a deck for an edit that viewers see within seconds, so that no slate airs there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.automation.air_change import READY_S, STEP_S, assigned_deck, deck_for
from retrovue_tui.playout.automation.edits.edit_lock import LOCK_S
from retrovue_tui.rundown.break_edits import EditError
from retrovue_tui.rundown.positions import Position

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from retrovue_tui.playout.automation.air_change import AirChange, Decision
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.decks.queued_deck import QueuedDeck
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.rundown.airlist import AirList

SOON_S: Final = 3.0
"""An edit that viewers see within this time waits until a deck for it is ready (s); see `LateEditPreroll._due`."""
SOON_UNPREPARED_S: Final = 10.0
"""An edit whose media is not prepared yet, and that viewers see within this time, waits until a deck for it is ready
(s)."""
SUPPORT_S: Final = 4.0
"""How much of the edit's media should be prepared when the edit airs (s); see `_supported`."""
TRIES: Final = 3
"""The maximum number of times that `in_time` computes an edit. It repeats the computation if the channel has meanwhile
aired past the edit's place."""


@dataclass(frozen=True)
class LateEdit:
    """An edit that airs so soon that a deck must be ready first: `frames` frames from now, at position `at` of its
    rundown."""

    frames: int
    at: Position
    planner: Planner


@dataclass(frozen=True)
class ReadyDeck:
    """A deck that is ready to play the edited rundown from position `at` on."""

    at: Position
    deck: QueuedDeck


class LateEditPreroll:
    """Prerolls decks for the late edits of one channel, and changes nothing on air."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    async def in_time(self, work_out: Callable[[float], Awaitable[Decision]]) -> Decision:
        """Return the decision about an edit, to be applied at once. If the edit airs soon, the decision includes a
        ready deck. Raises `EditError`.

        `work_out` computes the decision for the current moment. Its argument is the time from now (s) in which no frame
        may change. It is called again when a deck is ready, because the channel has aired more frames by then.
        """
        ready: ReadyDeck | None = None
        lock_s = LOCK_S
        try:
            for _ in range(TRIES):
                decision = self._compared(await work_out(lock_s))
                due = self._due(decision.change)
                if due is None:
                    return decision
                if ready is not None and ready.at == due.at and ready.deck.usable():
                    deck = assigned_deck(self._channel, ready.deck, decision.change.rundown, due.at)
                    ready = None
                    return replace(decision, change=replace(decision.change, deck=deck))
                if ready is not None:
                    self._channel.decks.discard(ready.deck)
                    ready = None
                ready = ReadyDeck(due.at, await self._support(due))
                lock_s = 0.0  # the deck is ready, so every frame that is not yet sent can change
            raise EditError("that frame aired while the change was prepared; nothing was changed")
        finally:
            if ready is not None:
                self._channel.decks.discard(ready.deck)

    def _compared(self, decision: Decision) -> Decision:
        """Return the decision with the part of the queue that the edit leaves unchanged. The later steps use this
        result, so that the comparison is made only once."""
        change = decision.change
        if change.keep is not None:
            return decision
        agreement = self._channel.would_change(change.rundown.entries, change.position)
        return replace(decision, change=replace(change, agreement=agreement))

    def _due(self, change: AirChange) -> LateEdit | None:
        """Return the late edit for which a deck must be ready first; None if there is enough time, or nothing is on
        air."""
        channel = self._channel
        if channel.decks.on_air is None:
            return None
        if change.agreement is None:
            frames, at = change.left(channel) or 0, change.position
        else:
            frames = change.agreement.frames
            at = change.agreement.goes_on_at or Position(change.position.loop + 1, 0, 0)
            if frames >= channel.decks.frames_left:  # the queued decks are not affected
                return None
        planner = channel.planner.with_entries(change.rundown.entries)
        if frames >= self._channel.house.rate.count(SOON_UNPREPARED_S):
            return None
        if frames >= self._channel.house.rate.count(SOON_S) and self._supported(planner.compile(at, SUPPORT_S)):
            return None
        return LateEdit(frames, at, planner) if next(planner.stretches(at), None) is not None else None

    async def _support(self, due: LateEdit) -> QueuedDeck:
        """Return a ready deck for a late edit. While there is time, wait for the edit's pieces. Raises `EditError`."""
        channel = self._channel
        air_at = monotonic() + channel.airs_in(due.frames)
        channel.planning.ask(due.planner.needs(due.at, air_at, 2 * SUPPORT_S))
        try:
            last = air_at - LOCK_S
            airlist = due.planner.compile(due.at)
            for _ in range(int(READY_S / STEP_S)):
                if self._supported(airlist) or monotonic() >= last:
                    break
                await asyncio.sleep(STEP_S)
                airlist = due.planner.compile(due.at)
            if airlist is None:
                raise EditError(
                    "the media for this edit is not prepared yet, and would come too late; try again in a few seconds,"
                    " or choose a later frame"
                )
            return await deck_for(channel, airlist)
        finally:
            channel.planning.ask(())

    def _supported(self, airlist: AirList | None) -> bool:
        return airlist is not None and airlist.frames >= self._channel.house.rate.count(SUPPORT_S)
