"""Watches the free space of the station's disks. A disk that does not answer holds up nothing."""

from __future__ import annotations

import asyncio
import shutil
import threading
from typing import TYPE_CHECKING, Final

from retrovue_tui.protocol.answers.alerts import DiskSpace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

EVERY_S: Final = 15.0
"""The interval between two looks (s)."""


class DiskWatch:
    """Keeps the free space of some folders; folders on one disk count once."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        """`folders`: what each folder is → its path."""
        self.disks: tuple[DiskSpace, ...] = ()
        """The space of each disk at the last look that was answered."""
        self._folders = dict(folders)
        self._looking: threading.Thread | None = None

    async def run(self) -> None:
        """Look again and again. Runs until cancelled."""
        while True:
            self._look()
            await asyncio.sleep(EVERY_S)

    def _look(self) -> None:
        """Begin a look in a thread of its own, unless the last one is stuck: a thread of a pool would be lost to
        others."""
        if self._looking is None or not self._looking.is_alive():
            self._looking = threading.Thread(target=self._read, name="disk space", daemon=True)
            self._looking.start()

    def _read(self) -> None:
        self.disks = space_of(self._folders)


def space_of(folders: Mapping[str, Path]) -> tuple[DiskSpace, ...]:
    """Return the space of the disks on which these folders are, each disk once; folders that cannot be read are left
    out. Blocking."""
    found: dict[int, DiskSpace] = {}
    for name, folder in folders.items():
        try:
            device, usage = folder.stat().st_dev, shutil.disk_usage(folder)
        except OSError:
            continue
        found.setdefault(device, DiskSpace(name, usage.free, usage.total))
    return tuple(found.values())
