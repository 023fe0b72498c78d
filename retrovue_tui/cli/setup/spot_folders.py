"""Finds the folders of spots among folders of media by their names. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.media.metadata.folder_names import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ADS: Final = "ads"
BUMPERS: Final = "bumpers"
_MOST_LEVELS: Final = 4
_NAMES: Final = {
    ADS: frozenset({
        "ad", "ads", "advert", "adverts", "advertisement", "advertisements", "advertising", "commercial", "commercials",
        "spot", "spots", "promo", "promos", "psa", "psas", "infomercials", "werbung",
    }),
    BUMPERS: frozenset({
        "bumper", "bumpers", "bump", "bumps", "ident", "idents", "stationids", "stationid", "interstitial",
        "interstitials", "sting", "stings", "jingles", "continuity",
    }),
}  # fmt: skip
_TRAILERS: Final = frozenset({"trailer", "trailers"})
"""Trailers are spots only in a folder of their own at the top. In the folder of a film they are extras."""


def spot_folders(files: Iterable[Path], folders: Iterable[Path]) -> dict[str, tuple[Path, ...]]:
    """Return the folders of spots, by the name of their pool. `folders` are the media folders, none of which lies
    inside another; `files` are the media files in them."""
    tops = tuple(folders)
    found: dict[str, dict[Path, None]] = {ADS: {}, BUMPERS: {}}
    for parent in dict.fromkeys(file.parent for file in files):
        for level, folder in enumerate(_chain(parent, tops)):
            if (pool := _pool_of(folder.name, level)) is not None:
                found[pool][folder] = None
                break
    return {pool: tuple(sorted(some)) for pool, some in found.items()}


def _chain(folder: Path, tops: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the media folder that contains this folder, and the folders below it down to this one."""
    top = next((each for each in tops if folder.is_relative_to(each)), folder)
    yield top
    for part in folder.relative_to(top).parts[: _MOST_LEVELS - 1]:
        top = top / part
        yield top


def _pool_of(name: str, level: int) -> str | None:
    """Return the pool that a folder's name states; None if it states none. `level`: 0 is the media folder itself."""
    word = plain(name)
    if level <= 1 and word in _TRAILERS:
        return ADS
    return next((pool for pool, words in _NAMES.items() if word in words), None)
