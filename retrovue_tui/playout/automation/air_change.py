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
"""The longest wait of a command for a piece that is being rendered (`LateEditPreroll`, `LiveCommands`), or for the
first picture of a deck (`deck_for`)."""
STEP_S: Final = 0.005
"""The interval at which a waiting command checks again."""
LOCK_S: Final = 0.3
"""Frames that are sent within this time are already on their way: no edit can change them (`EditSession.not_aired`).
Clients read it as `StationSnapshot.lock_s`."""


@dataclass(frozen=True)
class AirChange:
    """The change of the air that a command makes.

    - `rundown`, `position`: the new rundown, and the position in it where the channel goes on.
    - `keep`: the frames that still air as planned before `position`; None: found by comparing the two rundowns.
    - `rest`: the part of `keep` that no deck plays yet.
    - `agreement`: the part of the queue that stays, if it is known; true only until the next picture.
    - `deck`: a prerolled deck that airs from `position` on.
    - `back`: `position` is in an entry that was removed while it aired, is still on air, and is in the new rundown
      again.
    - `edits`: the edits that make up the change, with everything that was chosen for them.
    - `leaves`: how the as-run log ends the entry on air if the change cuts it short; except for a skip, `label` is the
      reason.
    - `break_s`: the length of break that was asked for, in seconds.
    """

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
    """The decision about a command: its air change, and the break that is held after it.

    `version` is the version of the rundown that undo, redo or an edit of the file leads to; None for a new edit.
    """

    change: AirChange
    held: str | None = None
    version: RundownVersion | None = None


async def deck_for(channel: Channel, airlist: AirList) -> QueuedDeck:
    """Return a deck whose first picture is ready. It airs once it is adopted. Raises `EditError`."""
    deck = await channel.decks.preroll(airlist)
    if deck is None:
        raise EditError("no deck could be started; see the log")
    for _ in range(int(READY_S / STEP_S)):
        if deck.usable():
            return deck
        await asyncio.sleep(STEP_S)
    channel.decks.discard(deck)
    raise EditError("the deck for this change delivered no pictures; nothing was changed")


def assigned_deck(channel: Channel, deck: QueuedDeck, rundown: Rundown, at: Position) -> QueuedDeck:
    """Return the deck with its list assigned to the entries of `rundown` from `at` on. The part of the list that does
    not match them is cut off. Raises `EditError` if nothing matches."""
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
