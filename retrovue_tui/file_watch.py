"""Notices when a file is changed by somebody else, in whatever way an editor, a script or `mv` does it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import watchfiles

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

STILL_S: Final = 0.12
"""A file is read when it has not changed for so long: what is being written is not taken for the whole."""
LOOK_EVERY_S: Final = 1.0
"""How often the files are looked at without any notice: a link's target may change elsewhere."""

Stamp = tuple[int, int, int]


class FileWatch:
    """Calls `changed` with the name that a file has here after it has changed and come to rest.

    The folder is watched, not the files: an editor that saves by renaming would end a watch on a file.
    """

    def __init__(self, files: Mapping[str, Path], changed: Callable[[str], Awaitable[None]]) -> None:
        self._files = dict(files)
        self._changed = changed
        self._known: dict[str, Stamp | None] = {}

    def add(self, name: str, path: Path) -> None:
        """Follow one more file; how it is when this is called counts as known."""
        self._known[name] = stamp_of(path)
        self._files = {**self._files, name: path}

    def remove(self, name: str) -> None:
        """Follow a file no more."""
        self._files = {other: path for other, path in self._files.items() if other != name}
        self._known.pop(name, None)

    @property
    def ready(self) -> bool:
        """Whether it knows how the files were, so that any change from now on is noticed."""
        return bool(self._known)

    async def follow(self) -> None:
        """Until cancelled."""
        self._known = await self._stamps()
        while True:
            await self._notice()
            now = await self._stamps()
            while (again := await self._after_a_while()) != now:
                now = again
            for id, stamp in now.items():
                if id in self._files and stamp != self._known.get(id):
                    self._known[id] = stamp
                    await self._changed(id)

    async def _after_a_while(self) -> dict[str, Stamp | None]:
        await asyncio.sleep(STILL_S)
        return await self._stamps()

    async def _notice(self) -> None:
        """Return when something happened in a folder, or after a while."""
        folders = {path.parent for path in self._files.values()}
        there = await asyncio.to_thread(lambda: [folder for folder in folders if folder.is_dir()])
        if not there:
            await asyncio.sleep(LOOK_EVERY_S)
            return
        async for _ in watchfiles.awatch(
            *there, watch_filter=None, debounce=60, step=20, rust_timeout=round(1000 * LOOK_EVERY_S),
            yield_on_timeout=True, recursive=False, ignore_permission_denied=True,
        ):  # fmt: skip
            return

    async def _stamps(self) -> dict[str, Stamp | None]:
        files = self._files
        return await asyncio.to_thread(lambda: {id: stamp_of(path) for id, path in files.items()})


def stamp_of(path: Path) -> Stamp | None:
    """What tells that a file has changed: inode, size, time of change (ns); None where there is none. Blocking."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
