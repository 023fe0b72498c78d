"""The cards of a channel's plan, as media files."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from retrovue_tui.errors import RetrovueError
from retrovue_tui.media.cards.card import Card
from retrovue_tui.media.cards.render import make_card, with_art
from retrovue_tui.schedule.break_builder import CARD_FILE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from retrovue_tui.media.cards.card import Colours
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.schedule.planned_slot import CardKind, Slot
    from retrovue_tui.schedule.time_grid import TimeGrid

log = logging.getLogger(__name__)


class PlanCards:
    """Makes the files of the cards that a channel's plan shows. `art` is a folder with background pictures and music,
    which need not exist; the files are made in `folder`. `colours` returns the channel's colours; None for those that
    depend on its name."""

    def __init__(
        self, name: str, ffmpeg: FFmpeg, house: HouseFormat, *, zone: tzinfo | None, art: Path, folder: Path,
        colours: Callable[[], Colours | None] = lambda: None,
    ) -> None:  # fmt: skip
        self._name = name
        self._ffmpeg = ffmpeg
        self._house = house
        self._zone = zone
        self._art = art
        self._folder = folder
        self._colours = colours

    async def files(self, slots: Sequence[Slot], grid: TimeGrid) -> Mapping[tuple[int, int], Path]:
        """Return the files of the cards of some slots: (start of the slot, number of the row) → file. A card that
        cannot be made is left out."""
        wanted: dict[tuple[int, int], Card] = {}
        following: Slot | None = None  # the next one with a programme
        for slot in reversed(slots):
            for place, row in enumerate(slot.rows):
                if row.card:
                    wanted[slot.start, place] = self._card(row.card, following, grid)
            following = slot if slot.programme is not None else following
        files: dict[Card, Path | None] = {}
        for card in wanted.values():
            if card not in files:
                files[card] = await self._file(card)
        return {place: file for place, card in wanted.items() if (file := files[card]) is not None}

    async def back(self) -> Path | None:
        """Return the file of the card "We'll be right back"; None if it cannot be made."""
        return await self._file(self._card("back", None, None))

    def _card(self, kind: CardKind, following: Slot | None, grid: TimeGrid | None) -> Card:
        title = at = ""
        if following is not None and following.programme is not None and grid is not None and kind != "back":
            at = f"{grid.clock(following.start).astimezone(self._zone):%H:%M}"
            title = following.programme.series or following.programme.title
        known = kind if kind and title else "back"
        return Card(known, self._name, title, at, self._colours(), seconds=round(CARD_FILE_S))

    async def _file(self, card: Card) -> Path | None:
        try:
            await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
            dressed = await asyncio.to_thread(with_art, card, self._art)
            return await make_card(self._ffmpeg, self._house, self._folder, dressed)
        except (RetrovueError, OSError) as error:
            log.warning("a card could not be made: %s", error)
            return None
