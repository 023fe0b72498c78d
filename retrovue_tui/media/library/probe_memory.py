"""The library's memory: what this run and earlier ones found out about files, read once and written as it grows."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from retrovue_tui.media.library.probe_cache import Fault, Recalled, recall, remember
from retrovue_tui.media.workers.pool import FileStamp
from retrovue_tui.media.workers.tasks import recall_killers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.library.asset_list import AssetList
    from retrovue_tui.media.library.probe_cache import Stamp

_log = logging.getLogger(__name__)


class ProbeMemory:
    """Facts and faults of files by path, in a file that outlives a restart; valid while size and date of a file agree.

    With `path` None nothing is remembered. `audio` lists the preferred languages of the sound.
    """

    def __init__(self, path: Path | None, audio: tuple[str, ...]) -> None:
        self._path, self._audio = path, audio
        self._known: Recalled | None = None
        self._news: set[Path] = set()

    async def recall(self) -> None:
        """Read the file, at the first call."""
        if self._known is None:
            self._known = await asyncio.to_thread(recall, self._path, self._audio) if self._path else Recalled()
            killers = {FileStamp(path, *each.stamp): each.reason for path, each in self._known.faults.items()}
            recall_killers(killers)

    def find(self, path: Path, stamp: Stamp) -> Asset | Fault | None:
        """Return what is known of a file that has this stamp."""
        if self._known is None:
            return None
        asset, fault = self._known.assets.get(path), self._known.faults.get(path)
        if asset is not None and (asset.size, asset.mtime_ns) == stamp:
            return asset
        return fault if fault is not None and fault.stamp == stamp else None

    def note(self, path: Path) -> None:
        """Write down a file with the next call of `keep`."""
        self._news.add(path)

    async def keep(self, assets: AssetList, faults: Mapping[Path, str], stamps: Mapping[Path, Stamp]) -> None:
        """Write down what was found out: append a line for each file or, if most lines are outdated, rewrite the whole
        file."""
        if self._path is None or self._known is None or not self._news:
            return
        news, self._news = self._news, set()
        good = [asset for path in news if (asset := assets.get(path)) is not None]
        bad = {path: Fault(stamps[path], faults[path]) for path in news if path in faults and path in stamps}
        append = 0 < self._known.lines < 1_000 + 2 * len(stamps)
        self._known.faults |= bad
        if not append:
            good = list(assets.all())
            bad = {path: each for path, each in self._known.faults.items() if stamps.get(path) == each.stamp}
            self._known.lines = 1
        self._known.lines += len(good) + len(bad)
        try:
            await asyncio.to_thread(remember, self._path, good, bad, self._audio, append=append)
        except OSError as error:
            self._known.lines = 0
            _log.warning("%s cannot be written (%s); the next start probes every file again", self._path, error)
