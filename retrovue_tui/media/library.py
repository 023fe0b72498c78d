"""The library: which media files there are, and what each one is. It follows the folders as they change.

Every question is answered from memory. Looking at folders and files happens in threads.
"""

from __future__ import annotations

import asyncio
import logging
import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import watchfiles

from retrovue_tui.errors import MediaError
from retrovue_tui.media.library_memory import Stamp, recall, remember
from retrovue_tui.media.workers import probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from retrovue_tui.media.asset import Asset

_log = logging.getLogger(__name__)

SUFFIXES: Final = frozenset({
    ".3g2", ".3gp", ".asf", ".avi", ".dv", ".f4v", ".flac", ".flv", ".m2t", ".m2ts", ".m2v", ".m4a",
    ".m4v", ".mka", ".mkv", ".mod", ".mov", ".mp3", ".mp4", ".mpe", ".mpeg", ".mpg", ".mpv", ".mts",
    ".mxf", ".nut", ".oga", ".ogg", ".ogm", ".ogv", ".opus", ".qt", ".rm", ".rmvb", ".tod", ".ts",
    ".vob", ".wav", ".webm", ".wmv", ".wtv",
})  # fmt: skip
"""What counts as media in a folder; a rundown may name any file."""
STILL_S: Final = 1.0
"""A file is being copied until its size and date have not changed for so long."""
_TICK_S: Final = 0.5
_SWEEP_S: Final = 60.0
_AT_ONCE: Final = 2


class Library:
    """Assets by path, pools of spots by name, and why a file is not an asset.

    `folders` hold programmes, `pools` spots. `memory` is a file in which probed facts outlive a restart. `on_change`
    is called on the event loop after files became, ceased to be or could not become assets.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        on_change: Callable[[], None] | None = None,
        *,
        pools: Mapping[str, Sequence[Path]] | None = None,
        memory: Path | None = None,
    ) -> None:
        self._pools = {name: tuple(_plain(each) for each in some) for name, some in (pools or {}).items()}
        every = [_plain(each) for each in folders] + [each for some in self._pools.values() for each in some]
        self._folders = tuple(dict.fromkeys(every))
        self._on_change = on_change
        self._memory = memory
        self._known: dict[Path, Asset] | None = None  # from the memory file; believed where size and date agree
        self._named: set[Path] = set()
        self._expected: Mapping[Path, str] = {}
        self._assets: dict[Path, Asset] = {}
        self._faults: dict[Path, str] = {}
        self._stamps: dict[Path, Stamp] = {}  # of what is in _assets or _faults
        self._moving: dict[Path, tuple[Stamp, float]] = {}  # since when it has looked like this
        self._queue: dict[Path, Stamp] = {}
        self._inside: dict[Path, Stamp] = {}  # what the last look through the folders found
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._news = False

    # ── questions ──

    def asset(self, path: Path) -> Asset | None:
        """The asset at an absolute path, or None: see `fault`."""
        return self._assets.get(path) or self._assets.get(_plain(path))

    def fault(self, path: Path) -> str | None:
        """Why a file in the folders, or one that was added, is not an asset (yet); None where nothing is wrong."""
        path = _plain(path)
        if path in self._moving:
            return "is still being copied"
        if path in self._queue:
            return "has not been looked at yet"
        return self._said(path, fault) if (fault := self._faults.get(path)) else None

    def _said(self, path: Path, fault: str) -> str:
        return self._expected.get(path, fault) if fault == _MISSING else fault

    def expect(self, files: Mapping[Path, str]) -> None:
        """Files that somebody is about to put there, by absolute path, and what to say of them as long as they are
        missing. What was expected before is not any more."""
        self._expected = files

    @property
    def assets(self) -> tuple[Asset, ...]:
        """All assets, by path."""
        return tuple(self._assets[path] for path in sorted(self._assets))

    @property
    def by_path(self) -> Mapping[Path, Asset]:
        """A copy of all assets, in no order; cheap, for a thread that is to go through them."""
        return dict(self._assets)

    @property
    def faults(self) -> Mapping[Path, str]:
        """All files that cannot be used, with the reason."""
        return {path: self._said(path, fault) for path, fault in self._faults.items()}

    def pool(self, name: str) -> tuple[Asset, ...]:
        """The spots of a pool, by path; none for a pool that does not exist."""
        folders = self._pools.get(name, ())
        return tuple(asset for asset in self.assets if any(asset.path.is_relative_to(each) for each in folders))

    # ── following the folders ──

    async def open(self, patience: float = 2.0) -> None:
        """Look through the folders. Files that are not known yet are probed for up to `patience` seconds; what
        remains then is left to `watch`, so that a large new library does not keep a station off air."""
        await self._look()
        try:
            async with asyncio.timeout(patience):
                await self._probe_queue()
        except TimeoutError:
            _log.info("%d files are left to look at", len(self._queue))
        await self._keep()

    async def add(self, paths: Iterable[Path]) -> None:
        """Take in files that a rundown names, wherever they are, and probe those that are not known yet, now."""
        wanted = [_plain(path) for path in paths]
        self._named.update(wanted)
        await self._look()
        mine = {path: self._queue.pop(path) for path in wanted if path in self._queue}
        await asyncio.gather(*(self._probe(path, stamp) for path, stamp in mine.items()))
        await self._keep()

    async def watch(self) -> None:
        """Follow the folders until cancelled."""
        while True:
            present = await asyncio.to_thread(_present, self._folders)
            if present:
                await self._follow(present)
            else:
                await asyncio.sleep(_TICK_S)
                await self._turn()

    async def _follow(self, present: tuple[Path, ...]) -> None:
        """Follow these folders until one goes, another comes, or watching fails."""
        swept = -_SWEEP_S  # what happened before the watch was set up is found by the first turn
        changes = watchfiles.awatch(
            *present, watch_filter=None, debounce=200, step=50, rust_timeout=round(1000 * _TICK_S),
            yield_on_timeout=True, ignore_permission_denied=True,
        )  # fmt: skip
        try:
            async for change in changes:
                overdue = time.monotonic() - swept > _SWEEP_S  # folders on a network tell nobody of a change
                if overdue:
                    swept = time.monotonic()
                await self._turn(everything=overdue or bool(change))
                if await asyncio.to_thread(_present, self._folders) != present:
                    return
        except (OSError, RuntimeError) as error:  # RuntimeError: the watcher's own
            _log.warning("cannot watch the media folders (%s); looking every %.1f s", error, _TICK_S)
            await asyncio.sleep(_TICK_S)
            await self._turn()
        finally:
            await changes.aclose()

    async def _turn(self, everything: bool = True) -> None:
        if everything or self._moving or not self._named <= self._inside.keys():
            await self._look(everything)
        await self._probe_queue()
        await self._keep()

    async def _look(self, everything: bool = True) -> None:
        """Compare what is there with what is known: in all folders, or only what the folders do not tell by themselves
        (named files elsewhere, and files that are being copied)."""
        if self._known is None:
            self._known = await asyncio.to_thread(recall, self._memory) if self._memory else {}
        if everything:
            self._inside = await asyncio.to_thread(_scan, self._folders)
            moving: tuple[Path, ...] = ()
        else:
            moving = tuple(self._moving)
        looked_at = {*moving, *(self._named - self._inside.keys())}
        found = self._inside | await asyncio.to_thread(_stat, looked_at)
        changed: set[Path] = set()
        for path in [path for path in self._stamps if found.get(path) != self._stamps[path]]:
            self._forget(path)
            changed.add(path)
        for path in [path for path in (*self._moving, *self._queue) if path not in found]:
            self._moving.pop(path, None)
            self._queue.pop(path, None)
        for path in self._named:
            if path not in found and self._faults.get(path) != _MISSING:
                self._faults[path] = _MISSING
                changed.add(path)
        for path, stamp in found.items():
            if path not in self._stamps:
                changed |= self._consider(path, stamp)
        self._tell(changed)

    def _consider(self, path: Path, stamp: Stamp) -> set[Path]:
        """A file that is new or has changed: take it from memory, queue it, or wait until it is still."""
        if self._faults.get(path) == _MISSING:
            del self._faults[path]
        known = self._known.get(path) if self._known else None
        if known is not None and (known.size, known.mtime_ns) == stamp:
            self._assets[path], self._stamps[path] = known, stamp
            return {path}
        seen, since = self._moving.get(path, (None, 0.0))
        now = time.monotonic()
        if seen != stamp:
            self._moving[path], since = (stamp, now), now
        if now - since >= STILL_S or time.time() - stamp.mtime_ns / 1e9 >= STILL_S:
            del self._moving[path]
            self._queue[path] = stamp
        return set()

    async def _probe_queue(self) -> None:
        while self._queue:
            some = list(self._queue)[: 2 * _AT_ONCE]
            await asyncio.gather(*(self._probe(path, self._queue.pop(path)) for path in some))

    async def _probe(self, path: Path, stamp: Stamp) -> None:
        asset: Asset | None = None
        fault = ""
        try:
            async with self._slots:
                asset = await probe(path, stamp)
        except MediaError as error:
            fault = error.reason
        except asyncio.CancelledError:
            self._queue.setdefault(path, stamp)
            raise
        except Exception:  # a file that breaks the prober must not take the library down
            _log.exception("probing %s", path)
            fault = "cannot be understood; the log says more"
        if asset is not None and (asset.size, asset.mtime_ns) != stamp:
            return  # changed meanwhile: the next look sees it as new
        self._stamps[path] = stamp
        if asset is not None:
            self._assets[path] = asset
            self._faults.pop(path, None)
            self._news = True
        else:
            self._faults[path] = fault
        self._tell({path})

    def _forget(self, path: Path) -> None:
        for table in (self._assets, self._faults, self._stamps):
            table.pop(path, None)

    def _tell(self, changed: set[Path]) -> None:
        if changed and self._on_change is not None:
            self._on_change()

    async def _keep(self) -> None:
        if self._memory is None or not self._news:
            return
        self._news = False
        try:
            await asyncio.to_thread(remember, self._memory, self.assets)
        except OSError as error:
            _log.warning("%s cannot be written (%s); the next start looks at every file again", self._memory, error)


_MISSING: Final = "no such file"


def _plain(path: Path) -> Path:
    return Path(os.path.normpath(path))


def _present(folders: tuple[Path, ...]) -> tuple[Path, ...]:
    return tuple(folder for folder in folders if folder.is_dir())


def _scan(folders: tuple[Path, ...]) -> dict[Path, Stamp]:
    """Every media file below the folders. Hidden files and folders are passed over."""
    paths: list[Path] = []
    for top in folders:
        for folder, inner, files in os.walk(top, followlinks=True):
            inner[:] = [each for each in inner if not each.startswith(".") and not _circles(folder, each)]
            media = (name for name in files if name[:1] != "." and name[name.rfind(".") :].lower() in SUFFIXES)
            paths += [Path(folder, name) for name in media]
    return _stat(paths)


def _stat(paths: Iterable[Path]) -> dict[Path, Stamp]:
    """The stamps of those files that are there."""
    found: dict[Path, Stamp] = {}
    for path in paths:
        try:
            facts = path.stat()
        except (OSError, ValueError):
            continue  # gone again, a link to nowhere, or no name for a file at all
        if not stat.S_ISDIR(facts.st_mode):
            found[path] = Stamp(facts.st_size, facts.st_mtime_ns)
    return found


def _circles(folder: str, name: str) -> bool:
    """Whether a folder is a link to one that it lies in."""
    path = Path(folder, name)
    return path.is_symlink() and Path(folder).resolve().is_relative_to(path.resolve())
