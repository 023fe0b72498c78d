"""Where a picture on air comes from, for those who show the same pictures in another form."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from retrovue_tui.playout.mpegts.access_units import CodedPicture

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.rundown.airlist import AirList


class PictureSource(NamedTuple):
    """A piece, and the number of a picture in it, counted from 0."""

    file: Path
    number: int

    @classmethod
    def of(cls, airlist: AirList, number: int) -> PictureSource:
        """Return the source of picture `number` of an air list."""
        place = airlist.at(number)
        item = airlist.items[place.item]
        return cls(item.file, place.frame - item.stretch.first)


Follower = Callable[[int, CodedPicture, PictureSource | None, bytes], None]
"""Receives each picture right after it was put on the bus: its number there, the picture, its source (None: the slate),
and the packets of messages that stand before it. It must be quick and not raise."""
