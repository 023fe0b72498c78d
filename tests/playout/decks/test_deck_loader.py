"""A deck's air list: on the disk, and in memory where the disk takes none."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.errors import RundownError
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.playout.decks.deck_loader import LISTINGS, DeckLoader
from retrovue_tui.rundown.airlist import AirItem, AirList
from retrovue_tui.rundown.positions import Stretch
from tests.playout import piece_shelf
from tests.playout.studio import entry, small_house

if TYPE_CHECKING:
    from retrovue_tui.playout.decks.deck import Deck

HOUSE = small_house()


def airlist(piece: Path) -> AirList:
    return AirList.of([AirItem(piece, Stretch(0, 0, entry(piece), 0, 60))])


async def pictures(deck: Deck) -> int:
    """How many pictures a deck plays until its list is through."""
    count = 0
    async with asyncio.timeout(90):
        while not deck.finished:
            if deck.pop() is None:
                await asyncio.sleep(0.005)
            else:
                count += 1
    return count


def lists_in_memory() -> int:
    """How many lists this process holds as files in memory."""
    targets = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # that of the folder itself is closed by now
            targets.append(str(descriptor.readlink()))
    return sum("memfd:1-" in each for each in targets)


async def test_a_list_is_a_file_on_the_disk(tmp_path: Path) -> None:
    piece = await piece_shelf.slate(HOUSE)
    loader = DeckLoader("1", find_ffmpeg(), HOUSE, tmp_path)
    deck = await loader.load(airlist(piece))
    assert await pictures(deck) > 0
    assert deck.listing == tmp_path / "1-01.ffconcat"
    assert lists_in_memory() == 0
    await deck.close()
    loader.close()


async def test_a_disk_that_takes_no_file_keeps_no_deck_from_the_air(tmp_path: Path) -> None:
    """A full disk: without its list, no deck could start, and the slate would air although all is prepared."""
    piece = await piece_shelf.slate(HOUSE)
    nowhere = tmp_path / "no folder"
    nowhere.write_text("here no list can be written")
    loader = DeckLoader("1", find_ffmpeg(), HOUSE, nowhere)
    deck = await loader.load(airlist(piece))
    assert await pictures(deck) == 60
    await deck.close()
    for _ in range(LISTINGS + 3):
        deck = await loader.load(airlist(piece))
        await deck.close()
    assert lists_in_memory() == LISTINGS, "older ones are gone"
    loader.close()
    assert lists_in_memory() == 0


async def test_a_name_that_no_list_can_hold_is_refused_everywhere(tmp_path: Path) -> None:
    loader = DeckLoader("1", find_ffmpeg(), HOUSE, tmp_path)
    with pytest.raises(RundownError, match="line break"):
        await loader.load(airlist(tmp_path / "a\nb.ts"))
    loader.close()
