"""Which files belong to the archive of a home, by their names in it: the same rules for writing and for reading."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.config.station_config import FILE_NAME, POOL_FILE
from retrovue_tui.files.silent_mounts import SilentMounts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrovue_tui.config.station_config import Config

MANIFEST: Final = "manifest.json"
HOME: Final = "home"
"""The folder of the home's files in the archive."""
OPERATOR: Final = "operator"
"""The folder of the operator's own themes and keys, which are not in the home."""
POOLS: Final = "pools"
"""The folder of pool files that lie outside the home. They are never put in place: they belong to the media."""
KEYMAP: Final = "keymap.toml"
THEMES: Final = "themes"
MOST_FILES: Final = 100_000
MOST_FILE_BYTES: Final = 2_000_000_000
MOST_BYTES: Final = 8_000_000_000
_MOST_NAME: Final = 1_000
_MOST_DEPTH: Final = 32
_FILES: Final = (FILE_NAME, KEYMAP)
_FOLDERS: Final = ("channels", "cards", THEMES, "state")
_NEVER: Final = (("state", "station.lock"), ("state", "airlists"))
"""The lock names a process and its token; air lists are written at every start."""
_OTHERS: Final = ("cache", "logs", "state")
"""Folders in which a pool file or a logo is none."""
_PICTURES: Final = (".png", ".jpg", ".jpeg")
"""How the names of logos end."""
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f\\]")


def belongs(name: str) -> bool:
    """Return whether a file with this name may be in an archive. Names are relative, with `/` between their parts;
    `..`, hidden files, control characters and backslashes are in none."""
    parts = name.split("/")
    if len(name) > _MOST_NAME or len(parts) > _MOST_DEPTH or _CONTROLS.search(name):
        return False
    if any(not part or part.startswith(".") or len(os.fsencode(part)) > 255 for part in parts[1:]):
        return False
    below = tuple(parts[1:])
    if parts[0] == HOME:
        return _in_home(below)
    if parts[0] == OPERATOR:
        return below == (KEYMAP,) or (len(below) == 2 and below[0] == THEMES and below[1].endswith(".toml"))
    return parts[0] == POOLS and len(below) == 2 and below[0].isdecimal() and below[1] == POOL_FILE


def _in_home(parts: tuple[str, ...]) -> bool:
    if not parts or parts[:2] in _NEVER or parts[-1].endswith(("-wal", "-shm")):
        return False
    is_logo = parts[-1].lower().endswith(_PICTURES) and parts[0] not in _OTHERS
    if len(parts) == 1:
        return parts[0] in _FILES or parts[0] == POOL_FILE or is_logo
    return parts[0] in _FOLDERS or is_logo or (parts[-1] == POOL_FILE and parts[0] not in _OTHERS)


def files_of(config: Config, operator: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name in the archive, and the path, of each file that belongs to it and exists. `operator`: the folder
    of the operator's own themes and keys. Media, the cache and the logs do not belong to it. Blocking."""
    home = config.home
    yield from _some(HOME, home, _FILES)
    for folder in _FOLDERS:
        yield from _below(home / folder, f"{HOME}/{folder}")
    yield from _pool_files(config)
    yield from _logos(config)
    yield from _some(OPERATOR, operator, (KEYMAP,))
    yield from _below(operator / THEMES, f"{OPERATOR}/{THEMES}")


def _some(at: str, folder: Path, names: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    for name in names:
        if (path := folder / name).is_file():
            yield f"{at}/{name}", path


def _below(folder: Path, at: str) -> Iterator[tuple[str, Path]]:
    for where, folders, names in os.walk(folder):
        folders.sort()
        below = Path(where).relative_to(folder)
        for name in sorted(names):
            named = f"{at}/{(below / name).as_posix()}"
            path = Path(where) / name
            if belongs(named) and path.is_file():
                yield named, path


def _pool_files(config: Config) -> Iterator[tuple[str, Path]]:
    """Yield the pool files in the folders of pools. A folder that does not answer is passed over."""
    mounts, outside = SilentMounts(), 0
    for folder in dict.fromkeys(config.spot_folders):
        path = folder / POOL_FILE
        if mounts.below(str(folder)) or not path.is_file():
            continue
        named = f"{HOME}/{path.relative_to(config.home).as_posix()}" if path.is_relative_to(config.home) else ""
        if not belongs(named):
            outside += 1
            named = f"{POOLS}/{outside}/{POOL_FILE}"
        yield named, path


def _logos(config: Config) -> Iterator[tuple[str, Path]]:
    """Yield the logos of the channels that are in the home, apart from those that are in one of `_FOLDERS`. A folder
    that does not answer is passed over."""
    mounts = SilentMounts()
    for path in dict.fromkeys(channel.logo for channel in config.channels):
        if path is None or not path.is_relative_to(config.home) or mounts.below(str(path)):
            continue
        below = path.relative_to(config.home)
        named = f"{HOME}/{below.as_posix()}"
        if belongs(named) and below.parts[0] not in _FOLDERS and path.is_file():
            yield named, path
