"""Finds the media files in folders, and which of them have changed. Runs in a worker process, blocking.

To walk a large tree, or to set up a watch on it, occupies an interpreter for a tenth of a second and more; a mount that
does not answer occupies it for good. The worker remembers what it has reported, so an answer contains only changes. If
the worker is lost, its memory is lost with it, and the next `sweep` reports everything again.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from watchfiles._rust_notify import RustNotify

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SUFFIXES: Final = frozenset({
    ".3g2", ".3gp", ".asf", ".avi", ".dv", ".f4v", ".flac", ".flv", ".m2t", ".m2ts", ".m2v", ".m4a",
    ".m4v", ".mka", ".mkv", ".mod", ".mov", ".mp3", ".mp4", ".mpe", ".mpeg", ".mpg", ".mpv", ".mts",
    ".mxf", ".nut", ".oga", ".ogg", ".ogm", ".ogv", ".opus", ".qt", ".rm", ".rmvb", ".tod", ".ts",
    ".vob", ".wav", ".webm", ".wmv", ".wtv",
})  # fmt: skip
"""The file name suffixes of media files in a folder. A rundown may name any file."""
PAGE: Final = 100
"""The most changes in one answer: processing them must not block the station's loop."""
_STEP_S: Final = 0.25

Change = tuple[str, int, int]
"""A file's path, size and modification time (ns). Size -1: the file is gone. Size -2: it is not a regular file, or it
is a dead link."""
GONE: Final = -1
ODD: Final = -2


@dataclass
class _View:
    """The files of one folder that were reported, and the changes that are still to be reported."""

    number: int
    files: dict[str, tuple[int, int]] = field(default_factory=dict)
    backlog: list[Change] = field(default_factory=list)


_views: dict[tuple[str, str], _View] = {}
_watches: dict[str, tuple[tuple[str, ...], RustNotify | None]] = {}


def sweep(key: str, folder: str, number: int) -> tuple[int, bool, list[Change], bool]:
    """Look through a folder and return its changes.

    Returns a number for the next call, whether this answer begins a list of all files, the changes, and whether another
    call at once would return more of them. `number` is the number from the previous call, 0 at first.
    """
    view = _views.get((key, folder))
    fresh = view is None or view.number != number
    if view is None or fresh:
        view = _views[key, folder] = _View(int.from_bytes(os.urandom(6), "big") + 1)
    if not view.backlog:
        found = scan(folder)
        view.backlog = [(path, *stamp) for path, stamp in found.items() if view.files.get(path) != stamp]
        view.backlog += [(path, GONE, 0) for path in view.files if path not in found]
        view.files = found
    page, view.backlog = view.backlog[:PAGE], view.backlog[PAGE:]
    return view.number, fresh, page, bool(view.backlog)


def follow(key: str, folders: tuple[str, ...], wait_s: float) -> tuple[list[str], list[Change]]:
    """Wait until something happens in the folders, at most `wait_s` seconds. Return the folders to look through, and
    the changed files of all others. A folder that has come or gone must be looked through."""
    present = _present(folders)
    watched, watch = _watches.get(key, (None, None))
    if watched != present:
        if watch is not None:
            watch.close()
        _watches[key] = present, _watch(present)
        lost = [folder for folder in folders if folder not in present]
        return [*present, *(each for each in lost if (key, each) in _views and _views[key, each].files)], []
    if watch is None:
        time.sleep(wait_s)
        return list(present), []
    until = time.monotonic() + wait_s
    while _present(folders) == present and (left := until - time.monotonic()) > 0:
        happened = watch.watch(200, 50, max(1, round(1000 * min(_STEP_S, left))), None)
        if isinstance(happened, set):
            paths = {path for _, path in happened}
            if not paths.isdisjoint(present):
                watch.close()  # a folder was replaced, and the watch is on the old one
                del _watches[key]
                return list(present), []
            return _sorted_out(key, present, paths)
    return [], []


def _present(folders: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(folder for folder in folders if os.path.isdir(folder))


def _watch(folders: tuple[str, ...]) -> RustNotify | None:
    """Return a watch on those folders that exist. None if none exists, or if the system has no more watches."""
    try:
        return RustNotify(list(folders), False, False, 300, True, True) if folders else None
    except (OSError, RuntimeError):  # RuntimeError: raised by the watcher itself
        return None


def _sorted_out(key: str, folders: tuple[str, ...], paths: set[str]) -> tuple[list[str], list[Change]]:
    """Return the folders to look through, and the changed files with their stamps. `paths` are the paths where
    something has happened."""
    dirty: set[str] = set()
    changes: list[Change] = []
    for path in paths:
        inside = [folder for folder in folders if _lies_in(path, folder)]
        if not inside or len(changes) >= PAGE:
            dirty.update(inside or folders)
        elif not _is_media(os.path.basename(path)) or os.path.isdir(path):
            dirty.update(folder for folder in inside if os.path.isdir(path) or _holds(key, folder, path))
        elif not _is_hidden(path[len(inside[0]) :]):
            changes.append(stamps([path])[0])
            _note(key, inside, changes[-1])
    return [folder for folder in folders if folder in dirty], changes


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split(os.sep))


def _note(key: str, folders: Sequence[str], change: Change) -> None:
    """Record the change of one file for all folders that contain it."""
    path, size, mtime_ns = change
    for view in (_views[key, folder] for folder in folders if (key, folder) in _views):
        view.files.pop(path, None)
        if size != GONE:
            view.files[path] = size, mtime_ns


def _holds(key: str, folder: str, path: str) -> bool:
    """Return whether a path was a folder: whether reported files lie below it."""
    view = _views.get((key, folder))
    return view is not None and any(_lies_in(file, path) for file in view.files)


def _lies_in(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def scan(folder: str) -> dict[str, tuple[int, int]]:
    """Return the size and date of every media file below a folder, by path. Hidden files and folders are left out."""
    found: list[str] = []
    for top, inner, files in os.walk(folder, followlinks=True):
        inner[:] = [each for each in inner if not each.startswith(".") and not _circles(top, each)]
        found += [os.path.join(top, name) for name in files if name[:1] != "." and _is_media(name)]
    return {path: (size, date) for path, size, date in stamps(found) if size != GONE}


def stamps(paths: Iterable[str]) -> list[Change]:
    """Return the files with their current size and date."""
    found: list[Change] = []
    for path in paths:
        try:
            facts = os.stat(path)
        except (OSError, ValueError):
            found.append((path, ODD if os.path.islink(path) else GONE, 0))
            continue
        if stat.S_ISREG(facts.st_mode):
            found.append((path, facts.st_size, facts.st_mtime_ns))
        else:
            found.append((path, GONE if stat.S_ISDIR(facts.st_mode) else ODD, 0))
    return found


def _is_media(name: str) -> bool:
    return name[name.rfind(".") :].lower() in SUFFIXES


def _circles(folder: str, name: str) -> bool:
    """Return whether a folder is a link to a folder that contains the link."""
    path = os.path.join(folder, name)
    if not os.path.islink(path):
        return False
    here, there = os.path.realpath(folder), os.path.realpath(path)
    return here == there or here.startswith(there.rstrip(os.sep) + os.sep)
