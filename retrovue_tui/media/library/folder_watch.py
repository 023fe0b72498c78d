"""Reports the files in the library's folders and their changes, a few at a time. A worker process scans the folders."""

from __future__ import annotations

import asyncio
import logging
import os
from itertools import count
from pathlib import PurePath
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from retrovue_tui.errors import RetrovueError
from retrovue_tui.files.silent_mounts import lies_in
from retrovue_tui.media.library.folder_scan import GONE, PAGE, SILENT
from retrovue_tui.media.workers.tasks import FILES, FOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from retrovue_tui.media.library.folder_scan import Change

_log = logging.getLogger(__name__)

SWEEP_S: Final = 60.0
"""The interval at which all folders are scanned (s), because folders on a network report no changes. A folder that does
not answer is left alone for this time, too."""
_SWEEP_LIMIT_S: Final = 120.0
_STAT_LIMIT_S: Final = 20.0
_SCAN: Final = "retrovue_tui.media.library.folder_scan:"
_numbers = count()


class Report(Protocol):
    """Receives at most `PAGE` changes per call. `inside` is whether the files are in the folders."""

    async def __call__(self, changes: Sequence[Change], *, inside: bool) -> None: ...


class Folders:
    """Reports every media file in the folders, then each change. `folders` are normalised absolute paths.

    `files` contains the files that were last reported as present, by path.
    """

    def __init__(self, folders: Sequence[str], report: Report) -> None:
        self.files: set[str] = set()
        self._folders = tuple(folders)
        self._take_up = report
        self._key = f"{os.getpid()} {next(_numbers)}"
        self._sweeps: dict[str, int] = {}  # the number of the last scan of each folder
        self._failed: dict[str, float] = {}  # folders that cannot be read, and when to try them again
        self._mounts: dict[str, tuple[str, ...]] = {}  # the mounts that do not answer, by folder
        self._silent: tuple[str, ...] = ()  # the same, without those inside of others
        self._files: frozenset[str] = frozenset()  # files outside the folders whose own folders do not answer

    @property
    def silent(self) -> frozenset[str]:
        """The mounts, and the files outside the folders, that do not answer."""
        return self._files.union(self._silent)

    @property
    def silent_folders(self) -> list[str]:
        """The mounts that do not answer, and the other folders of files that do not answer, sorted."""
        outside = {str(PurePath(name).parent) for name in self._files if self.silent_mount(name) is None}
        return sorted({*outside, *self._silent})

    def silent_mount(self, path: str) -> str | None:
        """Return the mount in the folders that contains a file and does not answer; None if there is none."""
        return next((each for each in self._silent if lies_in(path, each)), None)

    def unreachable(self, path: Path) -> str | None:
        """Return the reason why a file cannot be read now, if its folder does not answer; None if it does."""
        if not self._silent and not self._files:  # quick, because a channel asks many times a second
            return None
        folder = path.parent if str(path) in self._files else self.silent_mount(str(path))
        return None if folder is None else f"its folder {folder} does not answer"

    def recalled(self, names: Iterable[str]) -> list[Change]:
        """Count files in silent mounts as present, and return them as changes. Files elsewhere are left out."""
        inside = [name for name in names if self.silent_mount(name) is not None]
        self.files.update(inside)
        return [(name, SILENT, 0) for name in inside]

    async def sweep(self, folders: Iterable[str] | None = None) -> None:
        """Scan these folders; without an argument, all folders."""
        for folder in self._folders if folders is None else folders:
            if self._has_failed(folder):
                continue
            try:
                await self._sweep_one(folder)
            except RetrovueError as error:
                self._failed[folder] = monotonic() + SWEEP_S
                _log.warning(
                    "cannot read the folder %s: %s; files found earlier stay in the library", folder, error.message
                )

    async def follow(self, wait_s: float) -> None:
        """Wait for changes in the folders, and report them. Return after at most `wait_s` seconds if nothing
        changes."""
        folders = tuple(folder for folder in self._folders if not self._has_failed(folder))
        if not folders:
            await asyncio.sleep(wait_s)
            return
        task, limit_s = f"{_SCAN}follow", _SWEEP_LIMIT_S + wait_s
        try:
            dirty, changes, silent = await FOLDERS.run(task, self._key, folders, wait_s, limit_s=limit_s)
        except RetrovueError as error:
            _log.warning("the media folders cannot be watched: %s", error.message)
            await asyncio.sleep(wait_s)
            dirty, changes, silent = folders, [], []
        for folder in folders:
            self._heard(folder, [mount for mount in silent if mount == folder or lies_in(mount, folder)])
        await self._report(changes)
        await self.sweep(dirty)

    async def look_at(self, paths: Iterable[Path]) -> None:
        """Report the current state of single files, which may be in the folders or outside."""
        names = [str(path) for path in paths]
        for start in range(0, len(names), PAGE):
            some = names[start : start + PAGE]
            try:
                found = await FILES.run(f"{_SCAN}stamps", some, limit_s=_STAT_LIMIT_S, priority=0)
            except RetrovueError as error:
                _log.warning("files named by rundowns cannot be checked: %s", error.message)
                return
            lost = {name for name, size, _ in found if size == SILENT}
            self._files = (self._files - {name for name, _, _ in found}) | lost
            await self._take_up(found, inside=False)

    def _has_failed(self, folder: str) -> bool:
        return monotonic() < self._failed.get(folder, 0.0)

    def _heard(self, folder: str, silent: Sequence[str]) -> None:
        """Record which mounts in a folder do not answer, and log it if that has changed."""
        self._mounts[folder] = tuple(silent)
        every = {mount for mounts in self._mounts.values() for mount in mounts}
        now = {mount for mount in every if not any(lies_in(mount, other) for other in every)}
        for mount in now.difference(self._silent):
            _log.warning("%s does not answer; what is prepared of its files goes on airing", mount)
        for mount in {*self._silent} - now:
            _log.info("%s answers again", mount)
        self._silent = tuple(sorted(now))

    async def _sweep_one(self, folder: str) -> None:
        listed: set[str] | None = None
        more = True
        while more:
            task, number = f"{_SCAN}sweep", self._sweeps.get(folder, 0)
            answer = await FOLDERS.run(task, self._key, folder, number, limit_s=_SWEEP_LIMIT_S)
            number, fresh, page, more, silent = answer
            self._sweeps[folder] = number
            self._heard(folder, silent)
            if fresh:
                listed = set()
            if listed is not None:
                listed.update(name for name, size, _ in page if size != GONE)
            await self._report(page)
        if listed is not None:
            lost = await asyncio.to_thread(_missing_from, listed, tuple(self.files), folder)
            lost = [name for name in lost if self.silent_mount(name) is None]
            for start in range(0, len(lost), PAGE):
                await self._report([(name, GONE, 0) for name in lost[start : start + PAGE]])

    async def _report(self, changes: Sequence[Change]) -> None:
        for name, size, _ in changes:
            (self.files.discard if size == GONE else self.files.add)(name)
        await self._take_up(changes, inside=True)


def _missing_from(listed: set[str], known: Iterable[str], folder: str) -> list[str]:
    """Return the known files in a folder that are not in `listed`."""
    prefix = folder.rstrip(os.sep) + os.sep
    return [name for name in known if name not in listed and name.startswith(prefix)]
