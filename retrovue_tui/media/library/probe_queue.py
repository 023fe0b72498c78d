"""The files of the library that are still to be probed, and the probes that run."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from concurrent.futures import Future
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.library.probe_cache import Stamp

_AT_ONCE: Final = 4
_SAVE_S: Final = 2.0


class ProbeQueue:
    """Files that wait for a probe, in the order in which they were added, each with its stamp.

    `submit` starts a probe, `probed` receives each probe that has ended, and `save` is called now and then while probes
    run, and after the last one.
    """

    def __init__(
        self,
        submit: Callable[[Path, Stamp], Future[Asset]],
        probed: Callable[[Path, Stamp, asyncio.Future[Asset]], None],
        save: Callable[[], Awaitable[None]],
    ) -> None:
        self._submit, self._probed, self._save = submit, probed, save
        self._waiting: dict[Path, Stamp] = {}
        self._running: dict[Path, tuple[Stamp, asyncio.Future[Asset]]] = {}
        self._added = asyncio.Event()

    def __len__(self) -> int:
        """Return the number of files that wait or are being probed."""
        return len(self._waiting) + len(self._running)

    def __contains__(self, path: Path) -> bool:
        """Return whether a file waits or is being probed."""
        return path in self._waiting or path in self._running

    def waits(self, path: Path) -> bool:
        """Return whether a file waits for a probe that has not begun."""
        return path in self._waiting

    def expects(self, path: Path, stamp: Stamp) -> bool:
        """Return whether a file with this stamp waits to be probed, or is being probed."""
        return self._waiting.get(path) == stamp or (path in self._running and self._running[path][0] == stamp)

    def add(self, path: Path, stamp: Stamp) -> None:
        """Let a file wait for a probe. If it waits already, it keeps its place, with the new stamp."""
        self._waiting[path] = stamp
        self._added.set()

    def drop(self, path: Path) -> None:
        """Let a file wait no longer. A probe that runs goes on."""
        self._waiting.pop(path, None)

    async def run(self) -> None:
        """Probe all files that wait, and those that are added later. Runs until cancelled."""
        while True:
            self._added.clear()
            await self.probe()
            await self._save()
            await self._added.wait()

    async def probe(self, wanted: Iterable[Path] | None = None) -> None:
        """Probe the files that wait; if `wanted` is given, only those of them. Two calls may run at the same time."""
        left = None if wanted is None else {path for path in wanted if path in self}
        saved = monotonic()
        while len(self) if left is None else left:
            await self._probe_some(left)
            if left is not None:
                left = {path for path in left if path in self}
            if monotonic() - saved > _SAVE_S:
                saved = monotonic()
                await self._save()

    async def _probe_some(self, wanted: set[Path] | None) -> None:
        """Start the next probes, and pass on the results of those that end first."""
        for path in self._next(wanted):
            stamp = self._waiting.pop(path)
            self._running[path] = stamp, asyncio.wrap_future(self._submit(path, stamp))
        running = [each for path, (_, each) in self._running.items() if wanted is None or path in wanted]
        if running:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for path in [path for path, (_, each) in self._running.items() if each.done()]:
            self._probed(path, *self._running.pop(path))

    def _next(self, wanted: set[Path] | None) -> list[Path]:
        """Return the files to probe next, a few at a time."""
        busy = len(self._running) if wanted is None else sum(path in wanted for path in self._running)
        room = max(0, _AT_ONCE - busy)
        found: list[Path] = []
        for path in self._waiting if wanted is None else wanted:
            if len(found) >= room:
                break
            if path in self._waiting and path not in self._running:
                found.append(path)
        return found
