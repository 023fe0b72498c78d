"""The pictures of programmes in guides: the artwork beside their files, or a drawn card.

A client asks for a picture by a key that a guide contains. It never names a file.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.media.cards.programme_card import programme_card
from retrovue_tui.media.workers.tasks import artwork
from retrovue_tui.threads import BROWSE, BusyError

if TYPE_CHECKING:
    from pathlib import Path

SIZE: Final = (600, 600)
"""The largest width and height of a picture (pixels)."""
MOST_KNOWN: Final = 20_000
"""The most pictures that guides may name; of more, the oldest are forgotten."""
MOST_BYTES: Final = 32_000_000
"""The most bytes of pictures that are kept in memory."""
KEPT_S: Final = 600.0
"""A picture is read again after this time (s), because its file may have changed."""
MOST_WAITING: Final = 64
"""The most pictures that may be read or wait at once."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _ArtSource:
    """The source of a picture: a file, or the texts of a card. If the file cannot be read, the card is drawn."""

    file: Path | None
    title: str
    detail: str


@dataclass(frozen=True)
class GuidePicture:
    """A picture. `mime`: its type."""

    data: bytes
    mime: str


class GuideArt:
    """The pictures that guides name. `address` may be called in any thread, `picture` in the event loop's."""

    def __init__(self) -> None:
        self._sources: OrderedDict[str, _ArtSource] = OrderedDict()
        self._kept: OrderedDict[str, tuple[float, GuidePicture]] = OrderedDict()
        self._bytes = 0
        self._turn = asyncio.Lock()
        self._waiting = 0

    def address(self, file: Path | None, title: str, detail: str) -> str:
        """Return the address below `/iptv/` of a picture: that in `file`, or a card with these texts."""
        what = str(file) if file is not None else f"{title}\0{detail}"
        key = hashlib.blake2s(what.encode("utf-8", "surrogateescape"), digest_size=10).hexdigest()
        if key not in self._sources:
            self._sources[key] = _ArtSource(file, title, detail)
            while len(self._sources) > MOST_KNOWN:
                self._sources.popitem(last=False)
        return f"art/{key}.{'png' if file is None else 'jpg'}"

    async def picture(self, key: str) -> GuidePicture | None:
        """Return a picture; None if no guide names it. Raises `BusyError` if too many wait."""
        source = self._sources.get(key)
        if source is None:
            return None
        if (known := self._known(key)) is not None:
            return known
        if self._waiting >= MOST_WAITING:
            raise BusyError(f"{MOST_WAITING} pictures are being read already, which is the limit")
        self._waiting += 1
        try:
            async with self._turn:  # one at a time, so that none is read twice
                known = self._known(key)
                return known if known is not None else self._keep(key, await _made(source))
        finally:
            self._waiting -= 1

    def _known(self, key: str) -> GuidePicture | None:
        found = self._kept.get(key)
        if found is None or monotonic() - found[0] > KEPT_S:
            return None
        self._kept.move_to_end(key)
        return found[1]

    def _keep(self, key: str, picture: GuidePicture) -> GuidePicture:
        if (old := self._kept.pop(key, None)) is not None:
            self._bytes -= len(old[1].data)
        self._kept[key] = monotonic(), picture
        self._bytes += len(picture.data)
        while self._bytes > MOST_BYTES:
            _, (_, oldest) = self._kept.popitem(last=False)
            self._bytes -= len(oldest.data)
        return picture


async def _made(source: _ArtSource) -> GuidePicture:
    if source.file is not None:
        try:
            return GuidePicture(await artwork(source.file, *SIZE), "image/jpeg")
        except RetrovueError as error:
            log.info("a card is shown instead of a picture: %s", error.message)
    return GuidePicture(await BROWSE.run(programme_card, source.title, source.detail), "image/png")
