"""Chooses the picture of a programme from the names of the files in its folder. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp", ".tbn")
_OF_A_FILE: Final = ("-poster", "-thumb", "", "-fanart")
_OF_A_FOLDER: Final = ("poster", "folder", "cover", "movie", "thumb", "fanart")


def pictures_in(listing: Mapping[str, str]) -> Mapping[str, str]:
    """Return the pictures among the names in a folder, each by its case-folded form, as in `listing`."""
    return {folded: name for folded, name in listing.items() if folded.endswith(_SUFFIXES)}


def artwork_of_file(stem: str, pictures: Mapping[str, str]) -> str | None:
    """Return the name of the picture that belongs to one media file; None if there is none. `stem` is the media file's
    name without suffix, and `pictures` is the result of `pictures_in` for its folder."""
    return _first((f"{stem.casefold()}{ending}" for ending in _OF_A_FILE), pictures) if pictures else None


def artwork_of_folder(pictures: Mapping[str, str]) -> str | None:
    """Return the name of the picture that belongs to a whole folder; None if there is none."""
    return _first(_OF_A_FOLDER, pictures) if pictures else None


def _first(stems: Iterable[str], pictures: Mapping[str, str]) -> str | None:
    names = (pictures.get(f"{stem}{suffix}") for stem in stems for suffix in _SUFFIXES)
    return next((name for name in names if name is not None), None)
