"""The deck loader of a channel: writes an air list to a file, and starts a deck that plays it."""

from __future__ import annotations

import os
import sys
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RundownError
from retrovue_tui.playout.decks.deck import Deck
from retrovue_tui.rundown.airlist import airlist_script, write_airlist
from retrovue_tui.threads import AIR

if TYPE_CHECKING:
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
        self._in_memory: deque[int] = deque()  # descriptors of the lists that the disk did not take, the oldest first

    async def load(self, airlist: AirList) -> Deck:
        """Start a deck that plays an air list, and return it. Raises `RetrovueError` and `OSError`."""
        self._count += 1
        listing = self._lists / f"{self._name}-{self._count % LISTINGS:02d}.ffconcat"
        written = await AIR.run(self._write, airlist, listing)
        deck = Deck(self._ffmpeg, self._house, written, airlist.frames, skip=airlist.skip, name=f"deck.{self._name}")
        await deck.start()
        return deck

    def close(self) -> None:
        """Free the lists in memory. Call it when no deck of this loader starts any more."""
        while self._in_memory:
            os.close(self._in_memory.popleft())

    def _write(self, airlist: AirList, listing: Path) -> Path:
        """Write an air list, and return the path of the file. If the disk takes no files (it is full, say), the list is
        a file in memory, because what is prepared must air nevertheless. Blocking."""
        try:
            write_airlist(airlist.items, listing, self._house.rate)
        except RundownError as error:
            if sys.platform != "linux" or not isinstance(error.__cause__, OSError):
                raise
        else:
            return listing
        descriptor = os.memfd_create(listing.name)
        self._in_memory.append(descriptor)
        if len(self._in_memory) > LISTINGS:
            os.close(self._in_memory.popleft())
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(airlist_script(airlist.items, self._house.rate))
        return Path(f"/proc/{os.getpid()}/fd/{descriptor}")
