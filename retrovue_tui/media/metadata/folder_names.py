"""Reads the names of media folders: whether a name states a season, only a kind of media, or extras. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from retrovue_tui.media.metadata.name_text import cut_release_words, spaced

_CACHED: Final = 65_536
_MOST_SEASON: Final = 9_999
_SEASON: Final = re.compile(
    r"(?P<show>.*?)(?<![a-z])(?:season|series|staffel|saison|temporada|stagione|sezon|seizoen|säsong|sæson)"
    r"[ ._-]{0,3}(?P<number>\d{1,4})(?!\d).*",
    re.IGNORECASE,
)
_NUMBER_FIRST: Final = re.compile(
    r"(?P<show>)(?P<number>\d{1,2})(?:\.|st|nd|rd|th|ª|e|ème)?[ ._-]{0,2}"
    r"(?:season|staffel|saison|temporada|stagione|sezon)",
    re.IGNORECASE,
)
_SHORT_SEASON: Final = re.compile(r"(?:(?P<show>.+?)[ ._-])?s(?P<number>\d{1,2})(?:[ ._-].*)?", re.IGNORECASE)
_SPECIALS: Final = re.compile(r"specials?", re.IGNORECASE)
_GENERAL: Final = frozenset({
    "media", "video", "videos", "tv", "shows", "tvshows", "series", "serials", "episodes", "cartoons", "anime", "kids",
    "children", "animation", "documentaries", "docs", "programme", "programmes", "program", "programs", "movie",
    "movies", "film", "films", "cinema", "features", "archive", "collection", "collections", "library", "downloads",
    "download", "complete", "new", "old", "misc", "unsorted", "various", "other", "data", "mnt", "srv", "home", "share",
    "nas", "disk", "public",
})  # fmt: skip
_PART: Final = re.compile(r"(?:disc|disk|dvd|cd|vol|volume|part)[ ._-]*\d{1,3}", re.IGNORECASE)
_FILMS: Final = frozenset({"movies", "movie", "films", "film", "cinema", "features", "featurefilms"})
_EXTRAS: Final = frozenset({
    "extras", "extra", "featurettes", "featurette", "behindthescenes", "deletedscenes", "interviews", "samples",
    "sample", "makingof",
})  # fmt: skip
_EXTRA_FILE: Final = re.compile(
    r"(?:.*[ ._-])?(?:sample|trailer|featurette|behindthescenes|deleted|interview)", re.IGNORECASE
)


@lru_cache(_CACHED)
def season_of(folder: str) -> tuple[int, str] | None:
    """Return the season that a folder's name states, and the name of the show before it (`Show Season 2`), which may be
    empty. None if it states no season. `Specials` is season 0."""
    if _SPECIALS.fullmatch(folder.strip()):
        return 0, ""
    patterns = (_SEASON, _NUMBER_FIRST, _SHORT_SEASON)
    found = next((match for pattern in patterns if (match := pattern.fullmatch(folder)) is not None), None)
    if found is None or not found["number"].isascii() or int(found["number"]) > _MOST_SEASON:
        return None
    return int(found["number"]), show_name((found["show"] or "").rstrip("(["))


@lru_cache(_CACHED)
def show_name(text: str) -> str:
    """Return the name of a show, from the name of a folder or from the beginning of a file's name."""
    return spaced(cut_release_words(text))


def is_general(folder: str) -> bool:
    """Return whether a folder's name states only a kind of media or a part, like `Movies`, `TV Shows` or `Disc 2`, so
    that it is not the name of a show."""
    return not plain(folder) or plain(folder) in _GENERAL or is_part(folder)


def is_part(folder: str) -> bool:
    """Return whether a folder is only a part of the folder above it, like `Disc 2`."""
    return _PART.fullmatch(folder.strip()) is not None


def holds_films(folder: str) -> bool:
    """Return whether a folder's name says that it contains films."""
    return plain(folder) in _FILMS


def is_extra(stem: str, folders: tuple[str, ...]) -> bool:
    """Return whether a file is a sample, or belongs to the extras of a film. `stem` is its name without suffix;
    `folders` are the names of the folders between the library's own folder and the file."""
    if any(plain(folder) in _EXTRAS for folder in folders):
        return True
    return bool(folders) and len(stem) <= 255 and _EXTRA_FILE.fullmatch(stem) is not None


@lru_cache(_CACHED)
def plain(name: str) -> str:
    """Return the letters and digits of a name in lower case, for comparisons."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())
