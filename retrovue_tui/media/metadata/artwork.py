"""Chooses the picture of a programme from the names of the files in its folder. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp", ".tbn")
_OF_A_FILE: Final = ("-poster", "-thumb", "", "-fanart")
_OF_A_FOLDER: Final = ("poster", "folder", "cover", "movie", "thumb", "fanart")


def artwork_of_file(stem: str, listing: Mapping[str, str]) -> str | None:
    """Return the name of the picture that belongs to one media file; None if there is none. `stem` is the media file's
    name without suffix. `listing` contains the names in its folder, each by its case-folded form."""
    return _first((f"{stem.casefold()}{ending}" for ending in _OF_A_FILE), listing)


def artwork_of_folder(listing: Mapping[str, str]) -> str | None:
    """Return the name of the picture that belongs to a whole folder; None if there is none."""
    return _first(_OF_A_FOLDER, listing)


def _first(stems: Iterable[str], listing: Mapping[str, str]) -> str | None:
    names = (listing.get(f"{stem}{suffix}") for stem in stems for suffix in _SUFFIXES)
    return next((name for name in names if name is not None), None)
