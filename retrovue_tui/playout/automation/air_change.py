"""An operator's command as an air change: the new rundown, the position on air in it, and the deck for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.rundown.airlist import AirList
from retrovue_tui.rundown.break_edits import EditError

if TYPE_CHECKING:
    from retrovue_tui.playout.automation.rundown_file import RundownVersion
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.decks.queued_deck import QueuedDeck
    from retrovue_tui.protocol.asrun import Ending
    from retrovue_tui.protocol.commands import Command
    from retrovue_tui.rundown.airlist import AirItem
    from retrovue_tui.rundown.entries import Rundown
    from retrovue_tui.rundown.plan_diff import CommonPrefix
    from retrovue_tui.rundown.positions import Position

READY_S: Final = 5.0
"""How long a command waits for a piece that is being rendered (`LateEditPreroll`, `LiveCommands`), or for a deck to
begin (`deck_for`)."""
STEP_S: Final = 0.005
"""How often it looks while it waits."""
LOCK_S: Final = 0.3
"""Frames that are sent this soon are already on their way: no edit can change them (`EditSession.not_aired`)."""


@dataclass(frozen=True)
class AirChange:
    """The result of a command. `keep`: frames that still air as planned before the channel goes on at `position`; None
    when what stays is found by comparing the two rundowns. `deck` is a prerolled deck that airs from `position` on, to
    be adopted. `back`: `position` is that of an entry that was removed while it aired, is still on air, and is in the
    rundown again. `edits`: the edits that it is made of, with everything that was chosen for them. `leaves`: how the
    as-run log ends the entry on air if the change cuts it short; except for a skip, the label says why. `rest`: the
    part of `keep` that is on no deck yet. `agreement`: what stays as it is queued, if that is known; true only until
    the next picture. `break_s`: the length of break that was asked for, in seconds."""

    rundown: Rundown
    position: Position
    changes: tuple[str, ...]
    label: str
    keep: int | None = None
    deck: QueuedDeck | None = None
    back: bool = False
    edits: tuple[Command, ...] = ()
    leaves: Ending = "cut"
    rest: AirList | None = None
    agreement: CommonPrefix | None = None
    break_s: float | None = None

    def left(self, channel: Channel) -> int | None:
        """Return how many frames air before the one at `position`; None when that frame is the next one."""
        if self.keep is not None:
            rest = 0 if self.rest is None else self.rest.frames
            return min(self.keep, channel.decks.frames_left + rest)
        finishing = channel.decks.finishing
        return None if finishing is None or self.back else finishing.frames


@dataclass(frozen=True)
class Decision:
    """What a command comes to: its air change, the break that is held after it, and, if it does not make a new edit
    (undo, redo, an edit of the file), the version of the rundown that it leads to."""

    change: AirChange
    held: str | None = None
    version: RundownVersion | None = None


async def deck_for(channel: Channel, airlist: AirList) -> QueuedDeck:
    """Return a deck with its first picture ready, which airs once it is adopted; raises `EditError`."""
    deck = await channel.decks.preroll(airlist)
    if deck is None:
        raise EditError("no deck could be started; see the log")
    for _ in range(int(READY_S / STEP_S)):
        if deck.usable():
            return deck
        await asyncio.sleep(STEP_S)
    channel.decks.discard(deck)
    raise EditError("the deck for this change gave no pictures; nothing was changed")


def anchored(channel: Channel, deck: QueuedDeck, rundown: Rundown, at: Position) -> QueuedDeck:
    """Return the deck with its list assigned to the entries that it airs for, without the part that goes beyond them.
    Raises `EditError`."""
    planned = channel.planner.with_entries(rundown.entries).stretches(at)
    items: list[AirItem] = []
    for item in deck.airlist.items:
        stretch = next(planned, None)
        if stretch is None:
            break
        one, other = item.stretch, stretch
        if (one.entry.file, one.first, one.end) != (other.entry.file, other.first, other.end):
            break
        items.append(replace(item, stretch=stretch))
    if not items:
        raise EditError("the deck for this change does not match the rundown; nothing was changed")
    deck.air(AirList.of(items, deck.airlist.skip))
    return deck
