"""Watches files for changes by other programs: an editor, a script, `mv`."""

from __future__ import annotations

import asyncio
import contextlib
import stat
from importlib import import_module
from typing import TYPE_CHECKING, Final

import watchfiles

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
    from pathlib import Path

STILL_S: Final = 0.12
"""A changed file is read when it has stayed the same for this time (s), so that a half-written file is not read."""
LOOK_EVERY_S: Final = 1.0
"""The interval at which the files are checked even if the system reports no change (s), because the target of a link
may change in another folder."""

Stamp = tuple[int, int, int, int]


class FileWatch:
    """Watches files, each under a name. When a file has changed and then stayed the same for `STILL_S`, it calls
    `changed` with that name.

    It watches folders instead of files, because an editor that saves by renaming would end the watch of a file.
    """

    def __init__(self, files: Mapping[str, Path], changed: Callable[[str], Awaitable[None]]) -> None:
        self._files = dict(files)
        self._changed = changed
        self._known: dict[str, Stamp | None] = {}
        self._folders = FolderWatch(LOOK_EVERY_S)

    def add(self, name: str, path: Path) -> None:
        """Watch one more file under a name. Only changes after this call are reported."""
        self._known[name] = stamp_of(path)
        self._files = {**self._files, name: path}

    def remove(self, name: str) -> None:
        """Stop watching the file with this name."""
        self._files = {other: path for other, path in self._files.items() if other != name}
        self._known.pop(name, None)

    @property
    def ready(self) -> bool:
        """Whether the state of every file is known, so that any later change is noticed."""
        return bool(self._known)

    async def follow(self) -> None:
        """Watch the files and report changes. Runs until cancelled."""
        self._known = await self._stamps()
        try:
            while True:
                await self._folders.wait({path.parent for path in self._files.values()})
                await self._look()
        finally:
            await self._folders.close()

    async def _look(self) -> None:
        """Report the files that have changed, once they are still."""
        if (now := await self._stamps()) == self._known:
            return
        while (again := await self._after_a_while()) != now:
            now = again
        for id, stamp in now.items():
            if id in self._files and stamp != self._known.get(id):
                self._known[id] = stamp
                await self._changed(id)

    async def _after_a_while(self) -> dict[str, Stamp | None]:
        await asyncio.sleep(STILL_S)
        return await self._stamps()

    async def _stamps(self) -> dict[str, Stamp | None]:
        files = self._files
        return await asyncio.to_thread(lambda: {id: stamp_of(path) for id, path in files.items()})


class FolderWatch:
    """Waits for changes in folders, for at most `every_s` seconds at a time.

    The system's watch stays open from one wait to the next, because opening one holds the event loop. Close it in the
    task that waited.
    """

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._watched: dict[Path, tuple[int, int]] = {}
        self._changes: AsyncGenerator[object, None] | None = None

    async def wait(self, folders: Iterable[Path]) -> None:
        """Wait until the system reports a change in one of these folders, or the time has passed. Those that do not
        exist are not watched."""
        there = await asyncio.to_thread(_identities, tuple(folders))
        if self._changes is None or there != self._watched:
            await self.close()
            await asyncio.to_thread(_load_backend)
            self._watched = there
            self._changes = watchfiles.awatch(
                *there, watch_filter=None, debounce=60, step=20, rust_timeout=round(1000 * self._every_s),
                yield_on_timeout=True, recursive=False, ignore_permission_denied=True,
            )  # fmt: skip
        try:
            if there:
                await anext(self._changes)
                return
        except OSError:  # a folder no longer exists, or the system has no free watches
            await self.close()
        await asyncio.sleep(self._every_s)

    async def close(self) -> None:
        """End the system's watch."""
        changes, self._changes = self._changes, None
        if changes is not None:
            await changes.aclose()


def _load_backend() -> None:
    """Load the module that `watchfiles` loads at its first watch: on the event loop, this would take 30 ms.
    Blocking."""
    with contextlib.suppress(ImportError):
        import_module("anyio._backends._asyncio")


def _identities(folders: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Return the device and inode of each path that is a folder. As a rule, a folder that was deleted and created again
    has another inode. Blocking."""
    found: dict[Path, tuple[int, int]] = {}
    for folder in folders:
        with contextlib.suppress(OSError):
            facts = folder.stat()
            if stat.S_ISDIR(facts.st_mode):
                found[folder] = facts.st_dev, facts.st_ino
    return found


def stamp_of(path: Path) -> Stamp | None:
    """Return the inode, size, time of change (ns) and mode of a file. At least one of them differs after a change of
    its content, or of who may read it. None if there is no file. Blocking."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_mode
