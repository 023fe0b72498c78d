"""Looks at folders of media: which files are programmes, which are spots, and which cannot be used."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.config.station_config import POOL_FILE
from retrovue_tui.errors import ConfigError, MediaError, RetrovueError
from retrovue_tui.files.disk_errors import reason_of
from retrovue_tui.media.metadata.folder_names import is_extra
from retrovue_tui.media.metadata.natural_order import natural_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from retrovue_tui.media.metadata.catalogue import Catalogue
    from retrovue_tui.media.metadata.natural_order import NaturalKey

_SCAN: Final = "retrovue_tui.media.library.folder_scan:scan"
_SCAN_LIMIT_S: Final = 120.0
_NOT_REGULAR: Final = -2  # as `folder_scan` reports it
SOUND: Final = frozenset({".flac", ".m4a", ".mka", ".mp3", ".oga", ".ogg", ".opus", ".wav"})
"""The suffixes of files with sound only. Such a file can air, but it is no programme for television."""
NO_MEDIA: Final = "no media files are in it (like .mp4, .mkv, .avi or .mpg); name a folder that contains some"


@dataclass(frozen=True)
class Survey:
    """The contents of the media folders. All paths are absolute. Programmes are sorted by path, and spots in natural
    order.

    `pools` contains the folders of each pool, and `spots` the usable files in them. `left_out` counts the extras and
    the sound files. `unusable` states why a file cannot air.
    """

    folders: tuple[Path, ...]
    programmes: tuple[Path, ...]
    pools: Mapping[str, tuple[Path, ...]]
    spots: Mapping[str, tuple[Path, ...]]
    left_out: int
    unusable: Mapping[Path, str]

    def without(self, unusable: Mapping[Path, str]) -> Survey:
        """Return the survey with more unusable files, each with the reason."""
        spots = {name: tuple(each for each in some if each not in unusable) for name, some in self.spots.items()}
        return replace(
            self, unusable={**self.unusable, **unusable},
            programmes=tuple(each for each in self.programmes if each not in unusable),
            pools={name: some for name, some in self.pools.items() if spots[name]},
            spots={name: some for name, some in spots.items() if some},
        )  # fmt: skip


def checked_folders(named: Iterable[Path], home: Path) -> tuple[Path, ...]:
    """Return the named folders as absolute paths, except folders that lie inside another named one. Raises
    `ConfigError` if a folder does not exist, or cannot be a folder of this home's library. Blocking."""
    paths = [_checked(path, home) for path in named]
    tops = [path for path in paths if not any(path != each and path.is_relative_to(each) for each in paths)]
    return tuple(dict.fromkeys(tops))


def _checked(named: Path, home: Path) -> Path:
    path = Path(os.path.normpath(named.expanduser().absolute()))
    try:
        path.stat()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        raise ConfigError("there is no such folder" if missing else reason_of(error), path) from error
    if not path.is_dir():
        raise ConfigError("a file, not a folder; name the folder that it is in", path)
    if any(ord(letter) < 32 or "\ud800" <= letter <= "\udfff" for letter in str(path)):
        raise ConfigError("the folder's name contains a line break, or is not UTF-8 text; rename the folder", path)
    if home.is_relative_to(path) and not any(part.startswith(".") for part in home.relative_to(path).parts):
        raise ConfigError(f"it contains the home {home}, whose cache is not media; choose another --home DIR", path)
    return path


async def scan_folders(folders: Sequence[Path]) -> dict[Path, int]:
    """Return the media files in some folders with their sizes. Raises `ConfigError` if a folder contains none, and
    `MediaError` if a folder does not answer. A worker process does the work."""
    from retrovue_tui.media.workers.tasks import FOLDERS

    sizes: dict[Path, int] = {}
    for folder in folders:
        try:
            found = await FOLDERS.run(_SCAN, str(folder), limit_s=_SCAN_LIMIT_S)
        except RetrovueError as error:
            raise MediaError(f"cannot be listed: {error.message}", folder) from error
        if not (media := await asyncio.to_thread(_sized, found)):
            raise ConfigError(NO_MEDIA, folder)
        sizes.update(media)
    return sizes


def _sized(found: Mapping[str, tuple[int, int]]) -> dict[Path, int]:
    """Return the sizes of the files; pool files are found too, but are no media."""
    return {file: size for path, (size, _) in found.items() if (file := Path(path)).name != POOL_FILE}


def survey(sizes: Mapping[Path, int], folders: Sequence[Path], pools: Mapping[str, tuple[Path, ...]]) -> Survey:
    """Sort the files into programmes, spots and unusable files, and return the survey. `sizes`: file → size in bytes.
    `pools` contains the folders of each pool. Pure."""
    programmes: list[Path] = []
    spots: dict[str, list[Path]] = {name: [] for name in pools}
    unusable: dict[Path, str] = {}
    left_out = 0
    places = {folder: _place(folder, folders, pools) for folder in {file.parent for file in sizes}}
    for file, size in sizes.items():
        pool, below = places[file.parent]
        if (reason := _fault(file, size)) is not None:
            unusable[file] = reason
        elif pool is not None:
            spots[pool].append(file)
        elif file.suffix.lower() in SOUND or is_extra(file.stem, below):
            left_out += 1
        else:
            programmes.append(file)
    return Survey(
        tuple(folders), tuple(sorted(programmes, key=str)), {name: pools[name] for name in pools if spots[name]},
        {name: tuple(sorted(some, key=_natural)) for name, some in spots.items() if some}, left_out, unusable,
    )  # fmt: skip


def read_catalogue(found: Survey) -> Catalogue:
    """Return the series and films among the programmes, from the files beside them and their names. Blocking."""
    from retrovue_tui.media.metadata.catalogue import catalogue
    from retrovue_tui.media.metadata.reader import MetadataReader

    reader = MetadataReader(found.folders)
    return catalogue(map(reader.read, found.programmes), found.folders)


def _fault(file: Path, size: int) -> str | None:
    if "\n" in str(file) or "\r" in str(file):
        return "a line break in its name; rename it"
    if size == _NOT_REGULAR:
        return "a dead link, or no regular file"
    if size == 0:
        return "the file is empty"
    if file.suffix.lower() == ".vob" and file.parent.name.upper() == "VIDEO_TS":
        return "a part of a DVD, which may be a menu; make one file of the film"
    return None


def _place(
    folder: Path, folders: Sequence[Path], pools: Mapping[str, tuple[Path, ...]]
) -> tuple[str | None, tuple[str, ...]]:
    """Return the pool of the files in a folder (None: they are no spots), and the names of the folders from below the
    media folder to this one."""
    pool = next((name for name, some in pools.items() if any(map(folder.is_relative_to, some))), None)
    top = next((each for each in folders if folder.is_relative_to(each)), folder)
    return pool, folder.relative_to(top).parts


def _natural(file: Path) -> tuple[NaturalKey, str]:
    return natural_key(str(file)), str(file)
