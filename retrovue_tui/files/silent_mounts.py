"""Finds mounted file systems that do not answer, such as the share of a server that is down. Blocking.

A call to such a file system may block for ever, so it is tried in a thread. A thread that is stuck stays as it is, and
as long as it is, nothing else tries its file system.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ANSWER_S: Final = 4.0
"""How long a file system may take to answer (s). A disk that has to start up first takes longer than this seldom."""
NO_ANSWER: Final = "its folder does not answer"
_REMEMBERED: Final = 4_096
_MOUNTS: Final = Path("/proc/self/mountinfo")


class SilentMounts:
    """Tells which mounts do not answer. `mounts` returns the paths of all mounts."""

    def __init__(self, answer_s: float = ANSWER_S, mounts: Callable[[], list[str]] | None = None) -> None:
        self._answer_s = answer_s
        self._mounts = mounts or mount_points
        self._stuck: dict[str, threading.Thread] = {}
        self._real: dict[str, str] = {}

    def below(self, folder: str) -> list[str]:
        """Return the mounts in a folder, or the folder itself, that do not answer; empty if all do."""
        if not self._answers([folder])[folder]:
            return [folder]
        real = self._real[folder]
        # what lies below a link keeps the link's own name, as the files that are found there do
        inner = {folder + mount[len(real) :]: mount for mount in self._mounts() if lies_in(mount, real)}
        answers = self._try(inner.values())
        return [name for name, mount in inner.items() if not answers[mount]]

    def silent(self, paths: Iterable[str]) -> set[str]:
        """Return those of the files whose folder does not answer."""
        folders: dict[str, list[str]] = {}
        for path in paths:
            folders.setdefault(str(Path(path).parent), []).append(path)
        answers = self._answers(folders)
        return {path for folder, some in folders.items() if not answers[folder] for path in some}

    def present(self, folders: Iterable[str]) -> tuple[str, ...]:
        """Return those of the paths that are folders. One that does not answer is none."""
        found: set[str] = set()

        def look(path: str) -> None:
            if Path(path).is_dir():
                found.add(path)

        answers = self._try(folders := tuple(folders), look)
        return tuple(folder for folder in folders if answers[folder] and folder in found)

    def _answers(self, folders: Iterable[str]) -> dict[str, bool]:
        """Return for each folder whether its file system answers."""
        folders = list(folders)
        unknown = [folder for folder in folders if folder not in self._real]
        if len(self._real) + len(unknown) > _REMEMBERED:
            self._real.clear()
            unknown = folders
        found = self._try(unknown, self._find)
        mounts = sorted(self._mounts(), key=len, reverse=True)
        of = {
            folder: next((each for each in mounts if real == each or lies_in(real, each)), os.sep)
            for folder in folders
            if (real := self._real.get(folder)) is not None
        }
        answers = self._try(set(of.values()))
        return {folder: answers[of[folder]] if folder in of else found.get(folder, False) for folder in folders}

    def _find(self, folder: str) -> None:
        """Remember the real path of a folder; looking it up may block as well."""
        self._real[folder] = os.path.realpath(folder)

    def _try(self, paths: Iterable[str], call: Callable[[str], object] | None = None) -> dict[str, bool]:
        """Call a function for each path, at the same time, and return for each whether it came back in time."""
        paths = list(paths)
        until = time.monotonic() + self._answer_s
        for path in paths:
            if path not in self._stuck:
                thread = threading.Thread(target=_asked, args=(call or os.statvfs, path), daemon=True)
                self._stuck[path] = thread
                thread.start()
                thread.join(0.01)
            elif self._stuck[path].is_alive():
                until = time.monotonic()  # it had its time before
        answered = {}
        for path in paths:
            self._stuck[path].join(max(0.0, until - time.monotonic()))
            answered[path] = not self._stuck[path].is_alive()
        for path in paths:
            if answered.get(path) and path in self._stuck:
                del self._stuck[path]
        return answered


def mount_points() -> list[str]:
    """Return the paths of all mounts; only the root where the system does not list them."""
    try:
        with _MOUNTS.open(encoding="utf-8", errors="surrogateescape") as file:
            return [_unescaped(line.split(" ", 5)[4]) for line in file]
    except (OSError, IndexError):
        return [os.sep]


def lies_in(path: str, folder: str) -> bool:
    """Return whether a path is below a folder."""
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def _asked(call: Callable[[str], object], path: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # an error is an answer, too
        call(path)


def _unescaped(path: str) -> str:
    """Return a path from the system's list of mounts in plain text. The list writes blanks as octal numbers."""
    for code, text in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        path = path.replace(code, text)
    return path
