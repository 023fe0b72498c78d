"""An operator's command as an air change: the new rundown, the position in it at which the channel goes on, and the
deck that plays it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.rundown.airlist import AirItem, AirList
from retrovue_tui.rundown.break_edits import EditError

if TYPE_CHECKING:
    from retrovue_tui.playout.automation.rundown_file import RundownVersion
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.decks.queued_deck import QueuedDeck
    from retrovue_tui.protocol.answers.asrun import Ending
    from retrovue_tui.protocol.commands import Command
    from retrovue_tui.rundown.entries import Rundown
    from retrovue_tui.rundown.plan_diff import CommonPrefix
    from retrovue_tui.rundown.positions import Position

CHANGES_TOLD: Final = 4
"""How many changes the event of a command names. The receipt has all of them."""
READY_S: Final = 5.0
"""The longest time that a command waits for a piece that is being rendered (`LateEditPreroll`, `LiveCommands`), or for
the first picture of a deck (`deck_for`), in seconds."""
STEP_S: Final = 0.005
"""The interval at which a waiting command checks again (s)."""


@dataclass(frozen=True)
class AirChange:
    """The change on air that a command makes.

    - `rundown`, `position`: the new rundown, and the position in it at which the channel goes on.
    - `keep`: how many frames still air as planned before `position`; None means that a comparison of the two rundowns
      decides.
    - `rest`: the air list of those `keep` frames that no deck plays yet.
    - `agreement`: the part of the queue that stays, if it was already computed; valid only until the next picture.
    - `deck`: a prerolled deck that plays from `position` on.
    - `back`: True if `position` is in an entry that an earlier edit removed while it aired; it is still on air, and the
      new rundown has it again.
    - `edits`: the edits that make up the change, each with the spots and ids that were chosen for it.
    - `leaves`: the ending that the as-run log gives to the entry on air if the change cuts it short. The reason in the
      log is `label`, except for a skip.
    - `break_s`: the requested length of the break, in seconds.
    - `warnings`: what the operator should know about the spots that were chosen.
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
    warnings: tuple[str, ...] = ()

    @property
    def news(self) -> str:
        """The changes for the event of this command: the first ones, and how many others there are."""
        more = len(self.changes) - CHANGES_TOLD
        told = self.changes[:CHANGES_TOLD] + ((f"and {more} more changes",) if more > 0 else ())
        return "; ".join(told) or self.label

    def left(self, channel: Channel) -> int | None:
        """Return the number of frames that air before the frame at `position`; None if that frame is the next one."""
        if self.keep is not None:
            rest = 0 if self.rest is None else self.rest.frames
            return min(self.keep, channel.decks.frames_left + rest)
        finishing = channel.decks.finishing
        return None if finishing is None or self.back else finishing.frames


@dataclass(frozen=True)
class Decision:
    """The decision about a command: its air change, and the break that is on hold after it.

    `version` is the version of the rundown to which an undo, a redo or an edit of the file leads; None for a new edit.
    `undoable`: a new edit becomes a step of the history.
    """

    change: AirChange
    held: str | None = None
    version: RundownVersion | None = None
    undoable: bool = True


async def deck_for(channel: Channel, airlist: AirList) -> QueuedDeck:
    """Return a deck whose first picture is ready. It airs only after it is added to the deck queue (`adopt`). Raises
    `EditError`."""
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
    """Return the deck, with its air list assigned to the entries of `rundown` from `at` on. If the end of the list does
    not match them, that part is cut off. Raises `EditError` if nothing matches."""
    planned = channel.planner.with_entries(rundown.entries).stretches(at)
    items: list[AirItem] = []
    for item in deck.airlist.items:
        stretch = next(planned, None)
        if stretch is None:
            break
        one, other = item.stretch, stretch
        if (one.entry.file, one.first, one.end) != (other.entry.file, other.first, other.end):
            break
        items.append(AirItem(item.file, stretch))
    if not items:
        raise EditError("the deck for this change does not match the rundown; nothing was changed")
    deck.air(AirList.of(items, deck.airlist.skip))
    return deck
