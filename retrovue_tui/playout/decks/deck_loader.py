"""The deck loader of a channel: writes an air list to a file, and starts a deck that plays it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.decks.deck import Deck
from retrovue_tui.rundown.airlist import write_airlist
from retrovue_tui.threads import AIR

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.rundown.airlist import AirList

LISTINGS: Final = 16
"""How many list files `DeckLoader` uses in turn: more than a channel has decks at the same time."""


class DeckLoader:
    """Starts decks for one channel or one personal stream. The files and loggers of the decks have `name` in their
    names."""

    def __init__(self, name: str, ffmpeg: FFmpeg, house: HouseFormat, lists: Path) -> None:
        self._name = name
        self._ffmpeg = ffmpeg
        self._house = house
        self._lists = lists
        self._count = 0

    async def load(self, airlist: AirList) -> Deck:
        """Start a deck that plays an air list, and return it. Raises `RetrovueError` and `OSError`."""
        self._count += 1
        listing = self._lists / f"{self._name}-{self._count % LISTINGS:02d}.ffconcat"
        deck = Deck(self._ffmpeg, self._house, listing, airlist.frames, skip=airlist.skip, name=f"deck.{self._name}")
        await AIR.run(write_airlist, airlist.items, listing, self._house.rate)
        await deck.start()
        return deck
