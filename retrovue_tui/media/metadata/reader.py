"""Reads the facts of programmes: from the `.nfo` files and pictures beside the media files, and from names. Blocking.

The media files themselves are not opened; the caller passes their embedded tags if it knows them.
"""

from __future__ import annotations

import logging
import os
import stat
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.metadata.artwork import artwork_of_file, artwork_of_folder, pictures_in
from retrovue_tui.media.metadata.folder_names import is_part, season_of
from retrovue_tui.media.metadata.media_tags import Tags, facts_of_tags
from retrovue_tui.media.metadata.name_parser import facts_of_name
from retrovue_tui.media.metadata.nfo import MOST_BYTES, read_nfo
from retrovue_tui.media.metadata.programme_facts import PartialFacts, ProgrammeFacts, merged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_log = logging.getLogger(__name__)

_MOST_LEVELS: Final = 4
"""How many folders above a file may contain its `tvshow.nfo`."""


@dataclass(frozen=True)
class _Folder:
    """A folder, and the names in it, each by its case-folded form. `chain` contains the folders from the library's own
    one down to this one, and `names` their names."""

    path: Path
    chain: tuple[Path, ...]
    names: tuple[str, ...]
    nfos: Mapping[str, str]
    pictures: Mapping[str, str]
    media: Counter[str]
    """The number of files with each suffix, in lower case."""


class MetadataReader:
    """Reads the facts of many media files. Each folder is listed once, so make a new reader to see later changes.

    `folders` are the library's folders, as absolute paths. Nothing above them is read.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._tops = frozenset(folders)
        self._folders: dict[Path, _Folder] = {}
        self._shows: dict[Path, PartialFacts | None] = {}

    def read(self, file: Path, tags: Tags = ()) -> ProgrammeFacts:
        """Return the facts of a media file, given as an absolute path. `tags` are its embedded tags
        (`Asset.tags`)."""
        folder = self._folder(file.parent)
        name = facts_of_name(file.name, folder.names)
        return merged(file, self._nfo(folder, file), facts_of_tags(tags), name, self._picture(folder, file))

    def _folder(self, path: Path) -> _Folder:
        found = self._folders.get(path)
        if found is None:
            paths = [path, *path.parents]
            tops = [index for index, each in enumerate(paths) if each in self._tops]
            chain = tuple(reversed(paths[: tops[-1] + 1 if tops else 1]))
            listing = _listing(path)
            found = self._folders[path] = _Folder(
                path, chain, tuple(each.name for each in chain),
                {folded: name for folded, name in listing.items() if folded.endswith(".nfo")}, pictures_in(listing),
                Counter(folded[folded.rfind(".") :] for folded in listing),
            )  # fmt: skip
        return found

    def _nfo(self, folder: _Folder, file: Path) -> PartialFacts:
        """Return the facts of the `.nfo` files that belong to a file: its own one, and that of its series."""
        own = self._own_nfo(folder, file) if folder.nfos else PartialFacts()
        show = None if own.film else self._show(folder)
        if show is None:
            return own
        return replace(
            own, series=show.series or own.series, genres=own.genres or show.genres, rating=own.rating or show.rating
        )

    def _own_nfo(self, folder: _Folder, file: Path) -> PartialFacts:
        names = [f"{file.stem.casefold()}.nfo"]
        if folder.media[file.suffix.casefold()] == 1:  # then `movie.nfo` belongs to this file
            names.append("movie.nfo")
        paths = (folder.path / folder.nfos[name] for name in names if name in folder.nfos)
        return next((facts for path in paths if (facts := _read(path)) is not None), PartialFacts())

    def _show(self, folder: _Folder) -> PartialFacts | None:
        """Return the facts in the nearest `tvshow.nfo` above a file; None if there is none."""
        if folder.path not in self._shows:
            above = (self._folder(each) for each in reversed(folder.chain[-_MOST_LEVELS:]))
            found = (_read(each.path / each.nfos["tvshow.nfo"]) for each in above if "tvshow.nfo" in each.nfos)
            self._shows[folder.path] = next((show for show in found if show is not None), None)
        return self._shows[folder.path]

    def _picture(self, folder: _Folder, file: Path) -> Path | None:
        """Return a file's picture: its own one, or its folder's, or that of the series above a season."""
        if (own := artwork_of_file(file.stem, folder.pictures)) is not None:
            return folder.path / own
        for path in reversed(folder.chain[1:]):  # a picture in the library's own folder belongs to no programme
            if (name := artwork_of_folder(self._folder(path).pictures)) is not None:
                return path / name
            if season_of(path.name) is None and not is_part(path.name):
                break
        return None


def _listing(folder: Path) -> Mapping[str, str]:
    """Return the names in a folder, each by its case-folded form."""
    try:
        names = sorted(each.name for each in folder.iterdir())
    except OSError as error:
        _log.info("%s cannot be listed: %s", folder, error)
        names = []
    return {name.casefold(): name for name in names}


def _read(path: Path) -> PartialFacts | None:
    """Return the facts in an `.nfo` file; None if it has none, is too large, or cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not block
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            return read_nfo(file.read(MOST_BYTES + 1))
    except OSError as error:
        _log.info("%s cannot be read: %s", path, error)
        return None


def facts_of_files(folders: Sequence[Path], files: Sequence[tuple[Path, Tags]]) -> list[ProgrammeFacts]:
    """Return the facts of many media files, each given with its embedded tags. Blocking: call it in a worker process,
    because a folder may not answer."""
    reader = MetadataReader(folders)
    return [reader.read(file, tags) for file, tags in files]
