"""A command of the operator as a move: the rundown it makes, where the air is in that, and the deck it brings."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.rundown.airlist import AirList
from retrovue_tui.rundown.break_edits import EditError

if TYPE_CHECKING:
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.decks.deck_queue import QueuedDeck
    from retrovue_tui.protocol.asrun import Ending
    from retrovue_tui.protocol.commands import Command
    from retrovue_tui.rundown.airlist import AirItem
    from retrovue_tui.rundown.entries import Rundown
    from retrovue_tui.rundown.positions import Position

READY_S: Final = 5.0
"""How long a command waits for a piece that is being rendered, or for a deck to begin."""
STEP_S: Final = 0.005
LOCK_S: Final = 0.3
"""What leaves so soon is on its way already: no edit can change it any more."""


@dataclass(frozen=True)
class AirChange:
    """What a command comes to. `keep`: frames that still air as planned before the air goes on at `position`; None
    where it is compared what stays. `cue` is a prerolled deck that airs from `position` on, to be adopted. `back`: the
    position is that of what was taken out while it aired, is on air still, and is in the rundown again. `edits`: what
    it is made of, with all that was chosen for them. `leaves`: how the as-run log ends what is on air, where the move
    cuts it short; for anything but a skip, the label says why. `rest`: what of `keep` is on no deck yet."""

    rundown: Rundown
    position: Position
    changes: tuple[str, ...]
    label: str
    keep: int | None = None
    cue: QueuedDeck | None = None
    back: bool = False
    edits: tuple[Command, ...] = ()
    leaves: Ending = "cut"
    rest: AirList | None = None

    def left(self, channel: Channel) -> int | None:
        """How many frames air before the one at `position`; None where that is the next."""
        if self.keep is not None:
            rest = 0 if self.rest is None else self.rest.frames
            return min(self.keep, channel.rack.frames_left + rest)
        finishing = channel.rack.finishing
        return None if finishing is None or self.back else finishing.frames


async def deck_for(channel: Channel, airlist: AirList) -> QueuedDeck:
    """A deck with its first picture ready, that airs once it is adopted; raises `EditError`."""
    cue = await channel.rack.preroll(airlist)
    if cue is None:
        raise EditError("no deck could be started; see the log")
    for _ in range(int(READY_S / STEP_S)):
        if cue.usable():
            return cue
        await asyncio.sleep(STEP_S)
    channel.rack.discard(cue)
    raise EditError("the deck for this gave no pictures; nothing was changed")


def anchored(channel: Channel, cue: QueuedDeck, rundown: Rundown, at: Position) -> QueuedDeck:
    """The deck's list under the entries that it airs for; what it has beyond them is left out. Raises `EditError`."""
    planned = channel.planner.with_entries(rundown.entries).stretches(at)
    items: list[AirItem] = []
    for item in cue.airlist.items:
        stretch = next(planned, None)
        if stretch is None:
            break
        one, other = item.stretch, stretch
        if (one.entry.file, one.first, one.end) != (other.entry.file, other.first, other.end):
            break
        items.append(replace(item, stretch=stretch))
    if not items:
        raise EditError("the deck for this does not fit the rundown; nothing was changed")
    cue.air(AirList.of(items, cue.airlist.skip))
    return cue
