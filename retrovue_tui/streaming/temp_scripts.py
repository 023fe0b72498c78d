"""Temporary concat scripts for streamers; a script is removed when no streamer plays it any more."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import shutil
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from retrovue_tui.rundown.entries import Rundown
from retrovue_tui.rundown.file_format.ffconcat import dump, save

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.timecode import FrameRate


class Scripts:
    """A temporary folder of scripts; the folder is removed when the process ends. Equal scripts share one file.

    `play` and `release` count the streamers that use a script. When the count falls to zero, the script is removed.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._pid = 0
        self._players: Counter[Path] = Counter()
        self._lock = threading.RLock()

    def write(self, entries: Sequence[Entry], rate: FrameRate) -> Path:
        """Write a script of these entries and return its path. Raises `RundownError` if it cannot be written."""
        with self._lock:
            folder = self._home()
        rundown = Rundown(tuple(entries))
        name = hashlib.sha256(dump(rundown, folder / "x", rate).encode("utf-8", "surrogateescape")).hexdigest()[:16]
        path = folder / f"{name}.ffconcat"
        save(rundown, path, rate)
        return path

    def play(self, path: Path) -> None:
        """Count one more streamer that plays this file. The file may be any source, not only one of these scripts."""
        with self._lock:
            self._players[path] += 1

    def release(self, path: Path) -> None:
        """Count one streamer less. If the count is then zero and the file is one of these scripts, remove it."""
        with self._lock:
            self._players[path] -= 1
            if self._players[path] > 0:
                return
            del self._players[path]
            if self._folder is not None and path.parent == self._folder and self._pid == os.getpid():
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)

    def _home(self) -> Path:
        if self._folder is None or self._pid != os.getpid() or not self._folder.is_dir():
            home = Path(tempfile.mkdtemp(prefix="retrovue-scripts-"))
            atexit.register(self._remove, home, os.getpid())
            # No media file is ever in this folder, so all paths in the scripts are absolute.
            self._folder, self._pid = home / "scripts", os.getpid()
            self._folder.mkdir()
        return self._folder

    @staticmethod
    def _remove(folder: Path, pid: int) -> None:
        if pid == os.getpid():
            shutil.rmtree(folder, ignore_errors=True)


scripts = Scripts()
