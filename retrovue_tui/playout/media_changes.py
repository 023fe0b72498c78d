"""Media files that appear and disappear: looks up their prepared pieces, and plans the affected channels again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.library.library import Library
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.media.rendering.render_scheduler import Preparer
    from retrovue_tui.playout.channel.channel import Channel


class MediaChanges:
    """Connects the library and the piece store to the station's channels. `channels` returns the channels by id."""

    def __init__(self, store: PieceStore, channels: Callable[[], Mapping[str, Channel]]) -> None:
        self._store = store
        self._channels = channels
        self._files: set[Path] = set()
        self._news = asyncio.Event()

    def note(self, files: frozenset[Path]) -> None:
        """Record that these files have appeared or disappeared, and wake `follow`."""
        self._files |= files
        self._news.set()

    async def follow(self, library: Library) -> None:
        """Look up the prepared pieces of new files, and plan the affected channels again. Runs until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            files, self._files = self._files, set()
            concerned: set[str] = set()
            for file in files:
                concerned |= await self._opened(library, file)
            for id in concerned:
                if (channel := self._channels().get(id)) is not None:  # None: the channel was removed meanwhile
                    channel.replan()
                    channel.wake()
                await asyncio.sleep(0)

    def rules_changed(self) -> None:
        """Plan all channels again, after the rules of a pool have changed: other versions of spots may air now."""
        for channel in self._channels().values():
            channel.replan()
            channel.wake()

    async def _opened(self, library: Library, file: Path) -> set[str]:
        """If a channel can air this file, look up the file's prepared pieces. Return the ids of all channels that can
        air it."""
        pools = library.assets.pools_of(file)
        naming = {id for id, channel in self._channels().items() if channel.planner.names(file)}
        asset = library.asset(file)
        if asset is not None and (naming or pools) and not self._store.is_open(asset):
            await self._store.open(asset)
        else:
            await asyncio.sleep(0)
        return naming | {id for id, each in self._channels().items() if each.config.pool in pools}

    async def open(self, library: Library, files: Iterable[Path]) -> None:
        """Look up the prepared pieces of the files, except files that the library does not know."""
        for file in files:
            asset = library.asset(file)
            if asset is not None and not self._store.is_open(asset):
                await self._store.open(asset)

    def piece_ready(self, asset: Asset) -> None:
        """Handle a new piece of this asset: wake the planning of the channels that need it."""
        for channel in self._channels().values():
            if any(need.asset.key == asset.key for need in channel.planning.needs):
                channel.wake()


def fault_of(library: Library, preparer: Preparer, asset: Asset) -> str | None:
    """Return the reason why nothing more of an asset can be rendered now; None if there is none."""
    return library.unreachable(asset.path) or preparer.fault(asset)
