"""The library: the media files and their facts. It follows the folders as they change.

All lookups use facts in memory. Worker processes scan the folders and open the media. Their results are processed a few
at a time, so that even a large library does not block the event loop.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import time
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.config.station_config import POOL_FILE
from retrovue_tui.errors import MediaError
from retrovue_tui.files.silent_mounts import NO_ANSWER
from retrovue_tui.media.asset import why_missing
from retrovue_tui.media.library.asset_list import AssetList
from retrovue_tui.media.library.folder_scan import GONE, SILENT
from retrovue_tui.media.library.folder_watch import SWEEP_S, Folders
from retrovue_tui.media.library.probe_cache import ProbeFault, Stamp
from retrovue_tui.media.library.probe_memory import ProbeMemory
from retrovue_tui.media.library.probe_queue import ProbeQueue
from retrovue_tui.media.workers.pool import DecoderError
from retrovue_tui.media.workers.process import WorkerError
from retrovue_tui.media.workers.tasks import submit_probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import Future

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.library.folder_scan import Change

_log = logging.getLogger(__name__)

STILL_S: Final = 1.0
"""A file counts as still being copied until its size and date have been unchanged for this time (s)."""
REPORT_S: Final = 0.2
"""The interval at which changes are reported, all together (s)."""
UNNAMED_S: Final = 600.0
"""How long a usable file outside the folders is kept after the last rundown has stopped naming it (s), because that
edit may be undone."""
_TICK_S: Final = 0.5
_CALM_S: Final = 1.0
_NOT_PROBED: Final = "cannot be probed; the log has the details"
_AGAIN_S: Final = 5.0
_BREATH: Final = 10
"""After this many files, which take about a millisecond, other tasks on the event loop may run."""
_TOGETHER: Final = 500
"""The maximum number of changes in one report."""
_SETTLE: Final = 200
"""After this many files, `gc.freeze` takes the facts in memory out of the garbage collector's reach. Otherwise it would
check them while they are young, which takes 5 ms, and in each full collection: 0.1 s with 20 000 files."""


class Library:
    """The assets, the pools of spots by name, and the reasons why other files are not assets.

    `folders` contain programmes, `pools` contain spots. `memory` is a file that keeps probed facts over a restart.
    `audio` lists the preferred languages of the sound. `ffmpeg` is the configured FFmpeg, if any; it describes files
    that crash PyAV. `on_change` is called on the event loop with the paths of files that have become assets, are no
    longer assets, or could not become assets. `on_pool_file` is called with the path of each pool file that is found,
    changed or removed; the library does not read it.
    """

    def __init__(
        self, folders: Sequence[Path], on_change: Callable[[frozenset[Path]], None] | None = None, *,
        pools: Mapping[str, Sequence[Path]] | None = None, memory: Path | None = None, audio: tuple[str, ...] = (),
        ffmpeg: Path | None = None, on_pool_file: Callable[[Path], None] | None = None,
    ) -> None:  # fmt: skip
        tops = {name: tuple(os.path.normpath(each) for each in some) for name, some in (pools or {}).items()}
        every = [os.path.normpath(each) for each in folders] + [each for some in tops.values() for each in some]
        self._folders = Folders(tuple(dict.fromkeys(every)), self._take_up)
        self.assets: Final = AssetList(tops)
        self._on_change = on_change
        self._on_pool_file = on_pool_file
        self._ffmpeg, self._audio = ffmpeg, audio
        self._memory = ProbeMemory(memory, audio)
        self._owners: dict[str, frozenset[Path]] = {}
        self._named: frozenset[Path] = frozenset()
        self._elsewhere: set[Path] = set()  # files outside the folders that a rundown names
        self._unnamed: dict[Path, float] = {}
        self.expected: Mapping[Path, str] = {}
        """The files that will soon be created, by absolute path, each with the text to report while it is missing."""
        self._faults: dict[Path, str] = {}
        self._stamps: dict[Path, Stamp] = {}  # the stamps of the files in `assets` and _faults
        self._moving: dict[Path, tuple[Stamp, float]] = {}  # a file's stamp, and since when it is the same
        self._probes = ProbeQueue(self._submit, self._probed, self._save)
        self._changed: set[Path] = set()
        self._reporting: asyncio.TimerHandle | None = None
        self._settled = 0
        self._silent: frozenset[str] = frozenset()

    # ── questions ──

    def asset(self, path: Path) -> Asset | None:
        """Return the asset at an absolute path; None if there is none."""
        return self.assets.get(path) or self.assets.get(_plain(path))

    def fault(self, path: Path) -> str | None:
        """Return the reason why a file is not an asset, or not yet. None if it has no fault, or if nothing names it."""
        path = _plain(path)
        if path in self._moving:
            return "is still being copied"
        if path in self._probes:
            return "has not been probed yet"
        fault = self._faults.get(path)
        return self.expected.get(path, fault) if self._is_missing(path) else fault

    def unreachable(self, path: Path) -> str | None:
        """Return the reason why a file cannot be read now, because its folder does not answer; None if it can."""
        return self._folders.unreachable(path)

    @property
    def warnings(self) -> list[str]:
        """A warning for each folder that does not answer."""
        return [f"{each} does not answer; what is prepared of its files airs" for each in self._folders.silent_folders]

    @property
    def faults(self) -> Mapping[Path, str]:
        """The files that cannot be used, each with the reason."""
        faults = dict(self._faults)
        faults |= {path: reason for path, reason in self.expected.items() if self._is_missing(path)}
        return faults

    @property
    def pending(self) -> int:
        """The number of files that are still to be probed."""
        return len(self._probes)

    # ── following the folders ──

    async def open(self, patience: float = 2.0) -> None:
        """Scan the folders, and probe unknown files for up to `patience` seconds. `watch` probes the rest, so that a
        large new library does not delay the station's start."""
        await self._memory.recall()
        await self._folders.sweep()
        await self._note_silent()
        try:
            async with asyncio.timeout(patience):
                await self._probes.probe()
        except TimeoutError:
            _log.info("%d files are still to be probed", len(self._probes))
        self._report()
        await self._memory.keep(self.assets, self._faults, self._stamps)

    async def name(self, named: Mapping[str, Iterable[Path]]) -> None:
        """Set the files that each owner's rundown names, and probe the unknown ones now. The files may be anywhere. A
        file that is no longer named is forgotten, unless it is in the folders."""
        await self._memory.recall()
        self._owners |= {owner: frozenset(_plain(path) for path in paths) for owner, paths in named.items()}
        before, self._named = self._named, frozenset().union(*self._owners.values())
        for path in before - self._named:
            self._keep_for_now(path)
        for path in self._named - before:
            self._unnamed.pop(path, None)
            if str(path) not in self._folders.files:
                self._elsewhere.add(path)
        wanted = {path for owner in named for path in self._owners[owner]}
        await self._folders.look_at(self._elsewhere & wanted)
        await self._probes.probe(wanted)
        self._report()
        await self._memory.keep(self.assets, self._faults, self._stamps)

    async def watch(self) -> None:
        """Follow the changes in the folders. Runs until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(), name="library folders")
            group.create_task(self._probes.run(), name="library probes")

    async def _follow(self) -> None:
        due = monotonic()
        while True:
            if monotonic() >= due:  # folders on a network report no changes, so scan them now and then
                due = monotonic() + SWEEP_S
                await self._folders.sweep()
            await self._folders.follow(_TICK_S if self._moving else _CALM_S)
            await self._folders.look_at({*self._moving, *self._elsewhere})
            await self._note_silent()
            for path in [path for path, since in self._unnamed.items() if monotonic() - since > UNNAMED_S]:
                del self._unnamed[path]
                self._drop(path)
            self._report_soon()

    async def _note_silent(self) -> None:
        """If other folders have stopped or begun to answer, report their files as changed. Of those in silence, files
        that this run has not seen have the facts that an earlier run stored."""
        changed, self._silent = self._silent ^ self._folders.silent, self._folders.silent
        if not changed:
            return
        below = await asyncio.to_thread(self._memory.below, changed, tuple(self._stamps))
        await self._take_up(self._folders.recalled(map(str, below)), inside=True)
        self._changed |= below
        self._report_soon()

    async def _take_up(self, changes: Sequence[Change], *, inside: bool) -> None:
        """Compare the current stamps of files with the known ones, and handle the differences. `inside` is whether the
        files are in the folders."""
        for number, (name, size, mtime_ns) in enumerate(changes, 1):
            self._take_up_one(Path(name), size, mtime_ns, inside=inside)
            self._settled += 1
            if self._settled >= _SETTLE:
                self._settled = 0
                gc.freeze()
            if number % _BREATH == 0:
                await asyncio.sleep(0)
        if len(self._changed) >= _TOGETHER:
            self._report()

    def _take_up_one(self, path: Path, size: int, mtime_ns: int, *, inside: bool) -> None:
        if inside and path.name == POOL_FILE:
            if self._on_pool_file is not None:
                self._on_pool_file(path)
            return
        stamp = None if size == GONE else Stamp(size, mtime_ns)
        if inside and stamp is not None:
            self._elsewhere.discard(path)
        elif inside and path in self._named:
            self._elsewhere.add(path)
        if size == SILENT:
            self._recall(path)
        elif stamp is None:
            self._missing(path)
        elif self._stamps.get(path) != stamp:
            self._consider(path, stamp)

    def _recall(self, path: Path) -> None:
        """Handle a file whose folder does not answer: use the newest facts in memory, if none are in use."""
        if path in self._stamps:
            return
        asset = self._memory.newest(path)
        if asset is not None:
            self.assets.put(asset)
            self._faults.pop(path, None)
            self._stamps[path] = Stamp(asset.size, asset.mtime_ns)
        elif path in self._named:
            self._faults[path] = NO_ANSWER
        self._changed.add(path)

    def _is_missing(self, path: Path) -> bool:
        """Return whether it is known that there is no such file."""
        return self._faults.get(path) == why_missing(path)

    def _missing(self, path: Path) -> None:
        if path in self._named:
            if not self._is_missing(path):
                self._drop(path)
                self._faults[path] = why_missing(path)
                self._changed.add(path)
        else:
            self._drop(path)

    def _consider(self, path: Path, stamp: Stamp) -> None:
        """Handle a new or changed file: take its facts from memory, queue it for probing, or wait until it stops
        changing."""
        if path in self._stamps or path in self._faults:
            self._forget(path)
        if self._probes.expects(path, stamp):
            return
        if self._is_known(path, stamp):
            self._moving.pop(path, None)
            return
        seen, since = self._moving.get(path, (None, 0.0))
        now = monotonic()
        if seen != stamp:
            self._moving[path], since = (stamp, now), now
            self._probes.drop(path)
        if now - since >= STILL_S or time.time() - stamp.mtime_ns / 1e9 >= STILL_S:
            del self._moving[path]
            self._probes.add(path, stamp)

    def _is_known(self, path: Path, stamp: Stamp) -> bool:
        """If a file is unchanged since an earlier run, take its facts from memory. Return whether it is."""
        known = self._memory.find(path, stamp)
        if known is None:
            return False
        if isinstance(known, ProbeFault):
            self._faults[path] = known.reason
        else:
            self.assets.put(known)
        self._stamps[path] = stamp
        self._changed.add(path)
        return True

    def _keep_for_now(self, path: Path) -> None:
        """Decide whether to keep a file that no rundown names any more."""
        self._elsewhere.discard(path)
        if str(path) in self._folders.files:
            return
        if self.assets.get(path) is not None:
            self._unnamed[path] = monotonic()
        else:
            self._drop(path)

    def _drop(self, path: Path) -> None:
        """Forget everything about a file."""
        self._moving.pop(path, None)
        self._probes.drop(path)
        self._forget(path)

    def _forget(self, path: Path) -> None:
        self._stamps.pop(path, None)
        if self.assets.drop(path) or self._faults.pop(path, None) is not None:
            self._changed.add(path)

    # ── probing ──

    def _submit(self, path: Path, stamp: Stamp) -> Future[Asset]:
        return submit_probe(path, stamp, ffmpeg=self._ffmpeg, named=path in self._named, audio=self._audio)

    async def _save(self) -> None:
        self._report_soon()
        await self._memory.keep(self.assets, self._faults, self._stamps)

    def _probed(self, path: Path, stamp: Stamp, probe: asyncio.Future[Asset]) -> None:
        if path in self._moving or self._probes.waits(path):
            return  # the file changed meanwhile
        try:
            asset = probe.result()
        except DecoderError as error:
            if self.unreachable(path):
                self._again_later(path, stamp)  # the folder is at fault, not the file
                return
            self._faults[path] = error.reason
            self._memory.note(path)
        except MediaError as error:
            self._faults[path] = error.reason
        except asyncio.CancelledError:
            self._probes.add(path, stamp)
            return
        except WorkerError as error:
            if error.retry:
                _log.warning("%s will be probed later: %s", path, error.message)
                self._again_later(path, stamp)
                return
            _log.error("probing %s: %s", path, error.message)
            self._faults[path] = _NOT_PROBED
        except Exception:  # a bug must not stop the library
            _log.exception("probing %s", path)
            self._faults[path] = _NOT_PROBED
        else:
            if (asset.size, asset.mtime_ns) != stamp:
                return  # the file changed meanwhile: the next scan handles it as a new file
            self.assets.put(asset)
            self._faults.pop(path, None)
            self._memory.note(path)
        self._stamps[path] = stamp
        self._changed.add(path)
        self._report_soon()

    def _again_later(self, path: Path, stamp: Stamp) -> None:
        asyncio.get_running_loop().call_later(_AGAIN_S, self._again, path, stamp)

    def _again(self, path: Path, stamp: Stamp) -> None:
        wanted = str(path) in self._folders.files or path in self._named
        if not wanted or path in self._stamps or path in self._moving or path in self._probes:
            return
        (self._again_later if self.unreachable(path) else self._probes.add)(path, stamp)

    # ── reporting ──

    def _report_soon(self) -> None:
        if self._changed and self._reporting is None:
            self._reporting = asyncio.get_running_loop().call_later(REPORT_S, self._report)

    def _report(self) -> None:
        if self._reporting is not None:
            self._reporting.cancel()
            self._reporting = None
        changed, self._changed = self._changed, set()
        if changed and self._on_change is not None:
            self._on_change(frozenset(changed))


def _plain(path: Path) -> Path:
    return Path(os.path.normpath(path))
