"""Watches files for changes by other programs, whether by an editor, a script or `mv`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import watchfiles

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

STILL_S: Final = 0.12
"""A file is read once it has not changed for this long, so that a half-written file is not taken for the whole."""
LOOK_EVERY_S: Final = 1.0
"""How often the files are checked without a notification, because a link's target may change in another folder."""

Stamp = tuple[int, int, int]


class FileWatch:
    """Calls `changed` with the name under which a file is watched, once the file has changed and come to rest.

    The folders are watched, not the files, because an editor that saves by renaming would end a watch on a file.
    """

    def __init__(self, files: Mapping[str, Path], changed: Callable[[str], Awaitable[None]]) -> None:
        self._files = dict(files)
        self._changed = changed
        self._known: dict[str, Stamp | None] = {}

    def add(self, name: str, path: Path) -> None:
        """Watch one more file. Only changes from its current state are reported."""
        self._known[name] = stamp_of(path)
        self._files = {**self._files, name: path}

    def remove(self, name: str) -> None:
        """Stop watching a file."""
        self._files = {other: path for other, path in self._files.items() if other != name}
        self._known.pop(name, None)

    @property
    def ready(self) -> bool:
        """Return whether the state of every file is known. Any change from then on is noticed."""
        return bool(self._known)

    async def follow(self) -> None:
        """Watch the files and report changes. Runs until cancelled."""
        self._known = await self._stamps()
        while True:
            await self._notice()
            if (now := await self._stamps()) == self._known:
                continue
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
        """Wait until something happens in a folder, or for a while at most."""
        folders = {path.parent for path in self._files.values()}
        await news_of(await asyncio.to_thread(lambda: [folder for folder in folders if folder.is_dir()]))

    async def _stamps(self) -> dict[str, Stamp | None]:
        files = self._files
        return await asyncio.to_thread(lambda: {id: stamp_of(path) for id, path in files.items()})


async def news_of(folders: Sequence[Path], every_s: float = LOOK_EVERY_S) -> None:
    """Wait until something happens in one of these folders, for `every_s` at most."""
    if not folders:
        await asyncio.sleep(every_s)
        return
    try:
        async for _ in watchfiles.awatch(
            *folders, watch_filter=None, debounce=60, step=20, rust_timeout=round(1000 * every_s),
            yield_on_timeout=True, recursive=False, ignore_permission_denied=True,
        ):  # fmt: skip
            return
    except OSError:  # a folder is gone, or the system has no more watches
        await asyncio.sleep(every_s)


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of a file: inode, size, time of change (ns). It differs after every change. None if there is no
    file. Blocking."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
