"""Late edits: edits that viewers see in a moment get a deck first, so that no slate shows where they begin."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.automation.air_change import LOCK_S, READY_S, STEP_S, anchored, deck_for
from retrovue_tui.rundown.break_edits import EditError
from retrovue_tui.rundown.positions import Position

if TYPE_CHECKING:
    from retrovue_tui.playout.automation.air_change import AirChange
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.decks.deck_queue import QueuedDeck
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.rundown.airlist import AirList

SOON_S: Final = 3.0
"""An edit that viewers see this soon is made only when a deck is ready for what it airs."""
SOON_UNPREPARED_S: Final = 10.0
"""The same for an edit that airs what is not prepared yet."""
SUPPORT_S: Final = 4.0
"""How much of what it airs should be prepared by then."""


@dataclass(frozen=True)
class LateEdit:
    """What an air change airs so soon that a deck must be ready for it: `frames` from now, at `at` of its rundown."""

    frames: int
    at: Position
    planner: Planner


class LateEditPreroll:
    """Prepares decks for the late edits of one channel; changes nothing on air."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def due(self, move: AirChange) -> LateEdit | None:
        """Return what must be ready before an air change is made; None when there is enough time, the change brings its
        deck, or nothing is on air."""
        channel = self._channel
        if move.cue is not None or channel.rack.on_air is None:
            return None
        left = channel.rack.frames_left
        if move.keep is not None:
            frames, at = move.left(channel) or 0, move.position
        else:
            agreement = channel.would_change(move.rundown.entries, move.position)
            frames, at = agreement.frames, agreement.goes_on_at or Position(move.position.loop + 1, 0, 0)
            if frames >= left:  # no frame that is on a deck is taken off it
                return None
        planner = channel.planner.with_entries(move.rundown.entries)
        if frames >= self._channel.house.rate.count(SOON_UNPREPARED_S):
            return None
        if frames >= self._channel.house.rate.count(SOON_S) and self._supported(planner.compile(at, SUPPORT_S)):
            return None
        return LateEdit(frames, at, planner) if next(planner.stretches(at), None) is not None else None

    async def support(self, due: LateEdit) -> QueuedDeck:
        """Return a ready deck for what is due; waits for its pieces as long as there is time. Raises `EditError`."""
        channel = self._channel
        air_at = monotonic() + channel.airs_in(due.frames)
        channel.ask(due.planner.needs(due.at, air_at, 2 * SUPPORT_S))
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
                    "what would air then is not prepared yet, and would be too late; try again in a few seconds,"
                    " or choose a later frame"
                )
            return await deck_for(channel, airlist)
        finally:
            channel.ask(())

    def fitted(self, move: AirChange, due: LateEdit, cue: QueuedDeck) -> AirChange:
        """Return the air change with the deck that was prepared for it."""
        return replace(move, cue=anchored(self._channel, cue, move.rundown, due.at))

    def _supported(self, airlist: AirList | None) -> bool:
        return airlist is not None and airlist.frames >= self._channel.house.rate.count(SUPPORT_S)
