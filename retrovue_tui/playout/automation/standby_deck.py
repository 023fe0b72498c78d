"""The stand-by deck: a prerolled deck that plays the spots that `break_now` would choose, so that a break can begin at
once."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.automation.air_change import deck_for
from retrovue_tui.playout.planner import LIST_ITEMS
from retrovue_tui.rundown.break_edits import EditError, Spot, new_block
from retrovue_tui.rundown.entries import Entry, Rundown
from retrovue_tui.rundown.positions import Position
from retrovue_tui.threads import AIR, COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrovue_tui.playout.automation.spot_pool import SpotPool
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.decks.queued_deck import QueuedDeck
    from retrovue_tui.rundown.airlist import AirList

STANDBY_EVERY_S: Final = 1.0
"""The interval at which `StandbyDeck` checks that its deck still plays the spots of the next likely break (s)."""


class StandbyDeck:
    """Keeps one deck ready for the next break of a channel while a programme is on air."""

    def __init__(self, channel: Channel, pool: SpotPool, busy: Callable[[], bool]) -> None:
        """`busy` returns whether a command is being carried out; meanwhile the deck is not replaced."""
        self.deck: QueuedDeck | None = None
        self._lent: QueuedDeck | None = None
        self._chosen_from: object = None
        """The pool's inputs at the last choice of spots, even if no spot was found. None: choose again."""
        self._rotates = False
        """Whether another pass through the rundown airs other versions of the spots that were last chosen."""
        self._channel = channel
        self._pool = pool
        self._busy = busy
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the task that keeps a deck ready."""
        self._task = asyncio.create_task(self._run(), name=f"stand-by of channel {self._channel.id}")

    async def close(self) -> None:
        """Close the stand-by deck, and keep no deck ready from now on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._drop()

    async def take(self, spots: Sequence[Spot]) -> QueuedDeck:
        """Return a deck that begins with these spots and whose first picture is ready: the stand-by deck if it begins
        with them, otherwise a new deck. Raises `EditError`."""
        deck = self.deck
        if deck is not None and deck.usable() and deck.airlist.items[0].stretch.entry.file == spots[0].file:
            self.deck, self._lent, self._chosen_from = None, deck, None
            return deck
        airlist = await AIR.run(self._list_of, spots)
        if airlist is None:
            raise EditError(f"{spots[0].file.name} is not prepared yet; try again in a few seconds")
        return await deck_for(self._channel, airlist)

    def put_back(self, deck: QueuedDeck) -> None:
        """Take back a deck that `take` returned but that did not air. The stand-by deck stands by again; any other deck
        is closed."""
        if deck is self._lent and self.deck is None and deck.usable():
            deck.air(deck.loaded)
            self.deck = deck
        else:
            self._channel.decks.discard(deck)
        self._lent = None

    async def _run(self) -> None:
        while True:
            if self._channel.decks.on_air is not None and not self._busy():
                with contextlib.suppress(EditError):
                    await self._keep()
            await asyncio.sleep(STANDBY_EVERY_S)

    async def _keep(self) -> None:
        """Replace the stand-by deck if the next break would now have other spots."""
        inputs = self._pool.inputs, self._pass if self._rotates else 0
        if inputs == self._chosen_from and (self.deck is None or self.deck.usable()):
            return
        self._chosen_from = None
        chosen = await self._versions(await self._pool.usual())
        files = [spot.file for spot in chosen]
        if self.deck is not None:
            planned = [item.stretch.entry.file for item in self.deck.airlist.items]
            if self.deck.usable() and list(dict.fromkeys(planned)) == list(dict.fromkeys(files)):
                self._chosen_from = inputs
                return
            self._drop()
        airlist = await AIR.run(self._list_of, chosen)
        if airlist is not None:
            deck = await self._channel.decks.preroll(airlist)
            self._drop()  # `put_back` may have set a deck meanwhile
            self.deck = deck
            if deck is None:
                return  # FFmpeg did not start: try again later
        self._chosen_from = inputs

    async def _versions(self, chosen: Sequence[Spot]) -> Sequence[Spot]:
        """Return spots that `break_now` would put into the rundown, as they would air in this pass through it."""
        planner = self._channel.planner
        self._rotates = any(planner.rotates(Entry("", "spot", spot.file)) for spot in chosen)
        if not self._rotates:
            return chosen
        block = await COMMANDS.run(new_block, Rundown(planner.entries), chosen)
        return [Spot(planner.aired(entry, self._pass).file, entry.title) for entry in block]

    @property
    def _pass(self) -> int:
        return self._channel.position.loop

    def _drop(self) -> None:
        deck, self.deck = self.deck, None
        if deck is not None:
            self._channel.decks.discard(deck)

    def _list_of(self, spots: Sequence[Spot]) -> AirList | None:
        entries = [Entry(f"spot {number}", "spot", spot.file) for number, spot in enumerate(spots[:LIST_ITEMS])]
        return self._channel.planner.with_entries(entries, loop=False).compile(Position(0, 0, 0))
