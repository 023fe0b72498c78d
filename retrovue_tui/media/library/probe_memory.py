"""The library's memory: the probe results of this run and of earlier runs. It is read once, and new results are written
as they come."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from retrovue_tui.files.silent_mounts import lies_in
from retrovue_tui.media.library.probe_cache import ProbeFault, Recalled, recall, remember
from retrovue_tui.media.workers.pool import FileStamp
from retrovue_tui.media.workers.tasks import recall_killers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.library.asset_list import AssetList
    from retrovue_tui.media.library.probe_cache import Stamp

_log = logging.getLogger(__name__)


class ProbeMemory:
    """The facts and faults of files by path, in a file that outlives a restart. They are valid while a file's size and
    date stay the same.

    With `path` None, nothing is remembered. `audio` lists the preferred languages of the sound.
    """

    def __init__(self, path: Path | None, audio: tuple[str, ...]) -> None:
        self._path, self._audio = path, audio
        self._known: Recalled | None = None
        self._changed: set[Path] = set()

    async def recall(self) -> None:
        """Read the file. Only the first call reads it; later calls do nothing."""
        if self._known is None:
            self._known = await asyncio.to_thread(recall, self._path, self._audio) if self._path else Recalled()
            killers = {FileStamp(path, *each.stamp): each.reason for path, each in self._known.faults.items()}
            recall_killers(killers)

    def find(self, path: Path, stamp: Stamp) -> Asset | ProbeFault | None:
        """Return the facts or the fault of a file with this stamp; None if neither is known."""
        if self._known is None:
            return None
        asset, fault = self._known.assets.get(path), self._known.faults.get(path)
        if asset is not None and (asset.size, asset.mtime_ns) == stamp:
            return asset
        return fault if fault is not None and fault.stamp == stamp else None

    def newest(self, path: Path) -> Asset | None:
        """Return the newest known facts of a file, whatever its present stamp; None if none are known."""
        return None if self._known is None else self._known.assets.get(path)

    def below(self, folders: Iterable[str], others: Iterable[Path]) -> set[Path]:
        """Return those of the files in memory, and of some others, that are in these folders. Slow for a large library:
        call it in a thread."""
        folders = tuple(folders)
        known = [] if self._known is None else self._known.assets.paths()
        known += map(str, others)
        return {Path(name) for name in known if any(name == each or lies_in(name, each) for each in folders)}

    def note(self, path: Path) -> None:
        """Mark this file's result, so that the next call of `keep` writes it."""
        self._changed.add(path)

    async def keep(self, assets: AssetList, faults: Mapping[Path, str], stamps: Mapping[Path, Stamp]) -> None:
        """Write the marked results: append a line for each file, or rewrite the whole memory file if most of its lines
        are outdated."""
        if self._path is None or self._known is None or not self._changed:
            return
        changed, self._changed = self._changed, set()
        good = [asset for path in changed if (asset := assets.get(path)) is not None]
        bad = {path: ProbeFault(stamps[path], faults[path]) for path in changed if path in faults and path in stamps}
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
