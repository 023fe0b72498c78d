"""The folders in which this station has written HLS for a web server: ends the playlists of channels and qualities that
are gone, and later removes their files.

A record in the home names these folders. So they are found again after a restart and after a change of the
configuration, and a folder of another station, or of somebody else, is never touched.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.files.atomic_write import write_atomically
from retrovue_tui.files.disk_errors import reason_of
from retrovue_tui.playout.hls.segment_folder import SegmentFolder
from retrovue_tui.threads import HLS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from retrovue_tui.config.hls import HlsConfig
    from retrovue_tui.playout.station_warnings import StationWarnings

RECORD: Final = "hls-folders.json"
"""The name of the record, in the folder `state` of the home."""
LOOK_S: Final = 1.0
"""The interval at which channels that are gone are looked for (s)."""
RETRY_S: Final = 30.0
"""After a folder could not be written, it is tried again after this time (s)."""
MOST_BYTES: Final = 1_000_000
"""The most bytes that are read of the record."""

_log = logging.getLogger(__name__)


class PublishedFolders:
    """The folders of all channels and qualities that this station has written for a web server. Call it from the event
    loop's thread."""

    def __init__(self, home: Path, state: Path, config: HlsConfig, warnings: StationWarnings) -> None:
        self._home, self._record, self._warnings = str(home.absolute()), state / RECORD, warnings
        self._keep_s = config.window.total_seconds() + 2 * config.target_s
        self._known: frozenset[Path] | None = None
        self._due: dict[Path, float] = {}
        """When the files of a folder whose playlists have ended are removed (Unix time)."""
        self.writing = asyncio.Lock()
        """Held while playlists are written or ended."""

    async def run(self, present: Callable[[], Collection[Path]] | None) -> None:
        """Record the folders that `present` returns, and end those that it does not return any more. Runs until
        cancelled. None: there is no web server any more; then it returns when everything is removed."""
        while True:
            pause_s = LOOK_S
            try:
                fault = await self._look(frozenset(present() if present else ()))
            except Exception:
                _log.exception("channels that are gone")
                fault = "a fault in the station; see the log"
            if fault:
                pause_s = RETRY_S
            message = f"[hls] folder: {fault}; a channel that is gone may still be served" if fault else None
            self._warnings.follow("hls folder", message)
            if present is None and not self._known:
                return
            await asyncio.sleep(pause_s)

    async def _look(self, folders: frozenset[Path]) -> str:
        """Return what cannot be written; empty if nothing."""
        at = self._record
        try:
            for at in sorted(await self._recorded(folders) - folders):
                await self._end(at, is_quality=_is_quality_of(at, folders))
        except OSError as error:
            return f"{at} cannot be written: {reason_of(error)}"
        return ""

    async def _recorded(self, folders: frozenset[Path]) -> frozenset[Path]:
        """Return all folders of the record, after these have been added to it."""
        if self._known is None:
            self._known = await HLS.run(self._read)
        if not folders <= self._known:
            await self._remember(self._known | folders)
        for each in folders:
            self._due.pop(each, None)
        return self._known

    async def _end(self, path: Path, *, is_quality: bool) -> None:
        """End the playlists in a folder, or remove its files if it is time."""
        folder = SegmentFolder(path.parent, path.name, public=True)
        if path not in self._due:
            async with self.writing:
                newest = await HLS.run(folder.end_playlists, is_quality=is_quality)
            self._due[path] = newest + self._keep_s
            _log.info("%s: its channel or quality is gone", path)
        if self._due[path] <= time.time():
            await HLS.run(folder.clear)
            await self._remember((self._known or frozenset()) - {path})
            del self._due[path]

    async def _remember(self, folders: frozenset[Path]) -> None:
        data = {"home": self._home, "folders": sorted(map(str, folders))}
        await HLS.run(write_atomically, self._record, json.dumps(data).encode())
        self._known = folders

    def _read(self) -> frozenset[Path]:
        """Return the folders in the record. The record of a home that was copied is that of the other home, whose
        folders belong to another station."""
        try:
            with self._record.open("rb") as file:
                data = json.loads(file.read(MOST_BYTES))
            if data["home"] != self._home:
                return frozenset()
            return frozenset(path for path in map(Path, data["folders"]) if path.is_absolute())
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return frozenset()


def _is_quality_of(path: Path, present: Collection[Path]) -> bool:
    """Return whether a folder is that of a quality whose channel is still there."""
    channel, dot, _ = path.name.partition(".")
    return bool(dot) and path.with_name(channel) in present
