"""Reads the facts of programmes: from the `.nfo` files and pictures beside the media files, and from names. Blocking.

The media files themselves are not opened; the caller passes their embedded tags if it knows them.
"""

from __future__ import annotations

import logging
import os
import stat
from dataclasses import replace
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


class MetadataReader:
    """Reads the facts of many media files. Each folder is listed once, so make a new reader to see later changes.

    `folders` are the library's folders, as absolute paths. Nothing above them is read.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._tops = frozenset(folders)
        self._listings: dict[Path, Mapping[str, str]] = {}
        self._pictures: dict[Path, Mapping[str, str]] = {}
        self._shows: dict[Path, PartialFacts | None] = {}
        self._chains: dict[Path, tuple[Path, ...]] = {}

    def read(self, file: Path, tags: Tags = ()) -> ProgrammeFacts:
        """Return the facts of a media file, given as an absolute path. `tags` are its embedded tags
        (`Asset.tags`)."""
        chain = self._chain(file.parent)
        name = facts_of_name(file.name, tuple(folder.name for folder in chain))
        return merged(file, self._nfo(chain, file), facts_of_tags(tags), name, self._picture(chain, file))

    def _chain(self, folder: Path) -> tuple[Path, ...]:
        """Return the folders from the library's own one down to this one."""
        chain = self._chains.get(folder)
        if chain is None:
            paths = [folder, *folder.parents]
            tops = [index for index, path in enumerate(paths) if path in self._tops]
            chain = self._chains[folder] = tuple(reversed(paths[: tops[-1] + 1 if tops else 1]))
        return chain

    def _listing(self, folder: Path) -> Mapping[str, str]:
        """Return the names in a folder, each by its case-folded form."""
        listing = self._listings.get(folder)
        if listing is None:
            try:
                names = sorted(each.name for each in folder.iterdir())
            except OSError as error:
                _log.info("%s cannot be listed: %s", folder, error)
                names = []
            listing = self._listings[folder] = {name.casefold(): name for name in names}
            self._pictures[folder] = pictures_in(listing)
        return listing

    def _pictures_in(self, folder: Path) -> Mapping[str, str]:
        self._listing(folder)
        return self._pictures[folder]

    def _nfo(self, chain: tuple[Path, ...], file: Path) -> PartialFacts:
        """Return the facts of the `.nfo` files that belong to a file: its own one, and that of its series."""
        listing = self._listing(chain[-1])
        names = [f"{file.stem.casefold()}.nfo", *(["movie.nfo"] if _is_alone(file, listing) else [])]
        paths = (chain[-1] / listing[name] for name in names if name in listing)
        own = next((facts for path in paths if (facts := _read(path)) is not None), PartialFacts())
        show = None if own.film else self._show(chain)
        if show is None:
            return own
        return replace(own, series=show.series or own.series, genres=own.genres or show.genres)

    def _show(self, chain: tuple[Path, ...]) -> PartialFacts | None:
        """Return the facts in the nearest `tvshow.nfo` above a file; None if there is none."""
        folder = chain[-1]
        if folder not in self._shows:
            above = (each for each in reversed(chain[-_MOST_LEVELS:]) if "tvshow.nfo" in self._listing(each))
            found = (_read(each / self._listing(each)["tvshow.nfo"]) for each in above)
            self._shows[folder] = next((show for show in found if show is not None), None)
        return self._shows[folder]

    def _picture(self, chain: tuple[Path, ...], file: Path) -> Path | None:
        """Return a file's picture: its own one, or its folder's, or that of the series above a season."""
        if (own := artwork_of_file(file.stem, self._pictures_in(chain[-1]))) is not None:
            return chain[-1] / own
        for folder in reversed(chain[1:]):  # a picture in the library's own folder belongs to no programme
            if (name := artwork_of_folder(self._pictures_in(folder))) is not None:
                return folder / name
            if season_of(folder.name) is None and not is_part(folder.name):
                break
        return None


def _is_alone(file: Path, listing: Mapping[str, str]) -> bool:
    """Return whether a media file is the only one of its type in its folder, so that `movie.nfo` belongs to it."""
    suffix = file.suffix.casefold()
    return "movie.nfo" in listing and sum(name.endswith(suffix) for name in listing) == 1


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
