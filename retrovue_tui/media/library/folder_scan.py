"""Finds the media files and pool files in folders, and which of them have changed. Runs in a worker process. Blocking.

Walking a large tree, or starting to watch it, keeps a Python process busy for a tenth of a second or more; a mount that
does not answer blocks it for ever. The worker remembers which files it has reported, so an answer contains only
changes. If the worker is lost, its memory is lost too, and the next `sweep` reports everything again.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from watchfiles._rust_notify import RustNotify

from retrovue_tui.config.station_config import POOL_FILE
from retrovue_tui.files.disk_errors import reason_of
from retrovue_tui.files.silent_mounts import SilentMounts, lies_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SUFFIXES: Final = frozenset({
    ".3g2", ".3gp", ".asf", ".avi", ".dv", ".f4v", ".flac", ".flv", ".m2t", ".m2ts", ".m2v", ".m4a",
    ".m4v", ".mka", ".mkv", ".mod", ".mov", ".mp3", ".mp4", ".mpe", ".mpeg", ".mpg", ".mpv", ".mts",
    ".mxf", ".nut", ".oga", ".ogg", ".ogm", ".ogv", ".opus", ".qt", ".rm", ".rmvb", ".tod", ".ts",
    ".vob", ".wav", ".webm", ".wmv", ".wtv",
})  # fmt: skip
"""A file with one of these suffixes counts as a media file of its folder. A rundown may name any file."""
PAGE: Final = 100
"""The maximum number of changes in one answer, so that processing an answer does not block the station's event loop."""
_STEP_S: Final = 0.25

Change = tuple[str, int, int]
"""A file's path, size and modification time (ns). Size -1 means that the file is gone; size -2 that it is not a regular
file, or is a dead link; size -3 that its folder does not answer."""
GONE: Final = -1
ODD: Final = -2
SILENT: Final = -3


@dataclass
class _View:
    """The files of one folder that were reported, and the changes that are not reported yet."""

    number: int
    files: dict[str, tuple[int, int]] = field(default_factory=dict)
    backlog: list[Change] = field(default_factory=list)


_views: dict[tuple[str, str], _View] = {}
_watches: dict[str, tuple[tuple[str, ...], RustNotify | None]] = {}
_mounts = SilentMounts()


def sweep(key: str, folder: str, number: int) -> tuple[int, bool, list[Change], bool, list[str]]:
    """Scan a folder, and return what has changed since the last call.

    `number` is the number that the previous call returned, 0 at first. Returns five values: the number for the next
    call; whether this answer begins a new list of all files; the changes; whether more changes can be fetched at
    once; and the mounts in the folder that do not answer. Files below these count as unchanged.
    """
    view = _views.get((key, folder))
    fresh = view is None or view.number != number
    if view is None or fresh:
        view = _views[key, folder] = _View(int.from_bytes(os.urandom(6), "big") + 1)
    silent = _mounts.below(folder)
    if not view.backlog:
        found = scan(folder, silent)
        found |= {path: facts for path, facts in view.files.items() if _lies_in_one(path, silent)}
        view.backlog = [(path, *stamp) for path, stamp in found.items() if view.files.get(path) != stamp]
        view.backlog += [(path, GONE, 0) for path in view.files if path not in found]
        view.files = found
    page, view.backlog = view.backlog[:PAGE], view.backlog[PAGE:]
    return view.number, fresh, page, bool(view.backlog), silent


def follow(key: str, folders: tuple[str, ...], wait_s: float) -> tuple[list[str], list[Change], list[str]]:
    """Wait at most `wait_s` seconds until something changes in the folders. Return the folders that must be scanned,
    the changed files in all other folders, and the mounts that do not answer. A folder that has appeared or disappeared
    must be scanned. A folder with a mount that does not answer cannot be watched."""
    silent = [mount for folder in folders for mount in _mounts.below(folder)]
    watchable = tuple(each for each in folders if each not in silent and not any(lies_in(one, each) for one in silent))
    return *_follow(key, folders, watchable, wait_s), silent


def _follow(
    key: str, folders: tuple[str, ...], watchable: tuple[str, ...], wait_s: float
) -> tuple[list[str], list[Change]]:
    present = _mounts.present(watchable)
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
    while _mounts.present(watchable) == present and (left := until - time.monotonic()) > 0:
        happened = watch.watch(200, 50, max(1, round(1000 * min(_STEP_S, left))), None)
        if isinstance(happened, set):
            paths = {path for _, path in happened}
            if not paths.isdisjoint(present):
                watch.close()  # the folder was replaced, but the watch is on the old one
                del _watches[key]
                return list(present), []
            return _sorted_out(key, present, paths)
    return [], []


def _watch(folders: tuple[str, ...]) -> RustNotify | None:
    """Start to watch those of the folders that exist, and return the watch. None if none exists, or if the system
    allows no more watches."""
    try:
        return RustNotify(list(folders), False, False, 300, True, True) if folders else None
    except (OSError, RuntimeError):  # the watcher itself raises RuntimeError
        return None


def _sorted_out(key: str, folders: tuple[str, ...], paths: set[str]) -> tuple[list[str], list[Change]]:
    """Return the folders that must be scanned, and the changed files with their stamps. `paths` are the paths at which
    something has happened."""
    dirty: set[str] = set()
    changes: list[Change] = []
    for path in paths:
        inside = [folder for folder in folders if lies_in(path, folder)]
        if not inside or len(changes) >= PAGE:
            dirty.update(inside or folders)
        elif not _is_reported(os.path.basename(path)) or os.path.isdir(path):
            dirty.update(folder for folder in inside if os.path.isdir(path) or _holds(key, folder, path))
        elif not _is_hidden(path[len(inside[0]) :]):
            changes.append(stamps([path])[0])
            _note(key, inside, changes[-1])
    return [folder for folder in folders if folder in dirty], changes


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split(os.sep))


def _note(key: str, folders: Sequence[str], change: Change) -> None:
    """Record the change of one file in all folders that contain it."""
    path, size, mtime_ns = change
    for view in (_views[key, folder] for folder in folders if (key, folder) in _views):
        view.files.pop(path, None)
        if size != GONE:
            view.files[path] = size, mtime_ns


def _holds(key: str, folder: str, path: str) -> bool:
    """Return whether a path was a folder, that is, whether files below it were reported."""
    view = _views.get((key, folder))
    return view is not None and any(lies_in(file, path) for file in view.files)


def _lies_in_one(path: str, folders: Sequence[str]) -> bool:
    return any(lies_in(path, folder) for folder in folders)


def scan(folder: str, leave_out: Sequence[str] = ()) -> dict[str, tuple[int, int]]:
    """Return the size and date of each media file and pool file below a folder, by path. Hidden files and folders are
    left out, and the folders `leave_out`."""
    found: list[str] = []
    for top, inner, files in [] if folder in leave_out else os.walk(folder, followlinks=True):
        inner[:] = [
            each for each in inner
            if not each.startswith(".") and os.path.join(top, each) not in leave_out and not _circles(top, each)
        ]  # fmt: skip
        found += [os.path.join(top, name) for name in files if name[:1] != "." and _is_reported(name)]
    return {path: (size, date) for path, size, date in stamps(found) if size != GONE}


def stamps(paths: Iterable[str]) -> list[Change]:
    """Return each file with its current size and date."""
    found: list[Change] = []
    silent = _mounts.silent(paths := list(paths))
    for path in paths:
        if path in silent:
            found.append((path, SILENT, 0))
            continue
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


def contents(path: str, most: int) -> tuple[bytes | None, str]:
    """Return the bytes of a file (None if there is no such file), and the reason why it cannot be read, empty if it
    can. A file of more than `most` bytes cannot be read."""
    try:
        with open(path, "rb") as file:
            data = file.read(most + 1)
    except FileNotFoundError:
        return None, ""
    except OSError as error:
        return None, reason_of(error)
    return (None, f"it has more than {most} bytes") if len(data) > most else (data, "")


def _is_reported(name: str) -> bool:
    """Return whether a name is that of a media file or of a pool file."""
    return name == POOL_FILE or name[name.rfind(".") :].lower() in SUFFIXES


def _circles(folder: str, name: str) -> bool:
    """Return whether `name` in `folder` is a link to a folder that contains this link."""
    path = os.path.join(folder, name)
    if not os.path.islink(path):
        return False
    here, there = os.path.realpath(folder), os.path.realpath(path)
    return here == there or here.startswith(there.rstrip(os.sep) + os.sep)
