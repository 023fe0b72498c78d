"""Reads the facts of a programme from the names of its file and of the folders above it. Pure.

The patterns are those of common libraries: `Show/Season 2/Show S02E05 Title.mkv`, `Show - 2x05 - Title.avi`, `Show
(1984)/01 Title.mp4`, `Film (1984).mkv`, `Film.1984.1080p.BluRay.x264.mkv`. The packages for such names are too slow for
a library of 20 000 files: `guessit` needs 33 ms for a name, `parse-torrent-title` 4 ms. This needs at most 0.2 ms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.metadata.folder_names import holds_films, is_general, is_part, plain, season_of, show_name
from retrovue_tui.media.metadata.name_text import cut_release_words, spaced
from retrovue_tui.media.metadata.programme_facts import (
    FIRST_YEAR,
    LAST_YEAR,
    MOST_EPISODE,
    MOST_SEASON,
    MOST_TITLE,
    PartialFacts,
    clean,
    whole_number,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_NAME: Final = 255
_CACHED: Final = 65_536

_EPISODE: Final = tuple(re.compile(pattern, re.IGNORECASE) for pattern in (
    r"(?<![a-z0-9])s(?P<season>\d{1,4})[ ._-]{0,3}e(?:p|pisode)?[ ._-]{0,3}(?P<episode>\d{1,4})(?!\d)",
    r"(?<![a-z0-9])(?P<season>\d{1,2})x(?P<episode>\d{2,3})(?![a-z0-9])",
    r"(?<![a-z])(?:season|series)[ ._-]{0,3}(?P<season>\d{1,2})[ ,._-]{1,4}"
    r"(?:episode|ep|e)[ ._-]{0,3}(?P<episode>\d{1,4})(?!\d)",
    r"(?<![a-z0-9])(?:episode|ep)[ ._-]{0,3}(?P<episode>\d{1,4})(?![a-z0-9])",
    r"(?<![a-z0-9])e(?P<episode>\d{2,4})(?![a-z0-9])",
))  # fmt: skip
_AFTER_GROUP: Final = re.compile(r"[ _]-[ _](?P<episode>\d{2,4})(?:v\d)?(?=[ _]*(?:[\[(]|-[ _]|$))")
"""The episode in `[Group] Show - 05 [1080p].mkv`."""
_DATE: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)[ ._-](0[1-9]|1[0-2])[ ._-](0[1-9]|[12]\d|3[01])(?!\d)")
_MORE_EPISODES: Final = re.compile(r"(?:[ ._-]{0,3}e\d{1,4}|-\d{1,3}(?![\d\w]))+", re.IGNORECASE)
_YEAR_IN_BRACKETS: Final = re.compile(r"[(\[]((?:18|19|20|21)\d\d)[)\]]")
_BARE_YEAR: Final = re.compile(r"(?<=[ ._])((?:18|19|20)\d\d)(?=[ ._]|$)")
_LOOSE: Final = tuple(re.compile(pattern, re.IGNORECASE) for pattern in (
    r"[ ._]-[ ._]{0,3}(?P<number>\d{1,4})(?:v\d)?[ ._]{0,3}-(?P<title>.*)$",
    r"^(?:#|no\.? ?)?(?P<number>\d{1,3})(?:v\d)?(?:[ ._-]+(?P<title>.*))?$",
    r"^(?P<title>.*?)(?:[ ._-]|#|no\.? ?)(?P<number>\d{1,3})(?:v\d)?$",
))  # fmt: skip


@dataclass(frozen=True)
class _Stem:
    """The facts in a file's name: the text before the episode's number as `series`, and the text after it as
    `title`."""

    title: str
    series: str = ""
    season: int | None = None
    episode: int | None = None
    year: int | None = None


def facts_of_name(name: str, folders: Sequence[str] = ()) -> PartialFacts:
    """Return what a file's name and its folders say about its programme.

    `folders` are the names of the folders from the library's own folder down to the one that contains the file. The
    name of the library's own folder counts only if no other name states the series.
    """
    stem = _read_stem(_stem_of(name))
    season, show = _place(tuple(folders))
    if season is None and stem.season is None and any(map(holds_films, folders)):
        stem = _film(_stem_of(name))  # in a film's title, `Episode 4` is not one of a series
    if stem.episode is None and season is None:
        return PartialFacts(title=stem.title, year=stem.year)
    if stem.episode is None and season is not None:
        stem = _with_loose_number(stem, name, season, show)
    series = stem.series
    if show and (season is not None or not series or _same(show, series)):
        series = show
    if not series and folders and not is_general(folders[0]):
        series = clean(show_name(folders[0]), MOST_TITLE)
    season = stem.season if stem.season is not None else season
    return PartialFacts(stem.title, series, season, stem.episode, stem.year)


def loose_number(name: str) -> tuple[int, str] | None:
    """Return the number in a name like `07 Title`, `Title 07` or `Show - 07 - Title`, and the title, which may be
    empty. None if there is no such number. Only in a series is it the number of the episode."""
    text = cut_release_words(_stem_of(name)).strip()
    for pattern in _LOOSE:
        if found := pattern.search(text):
            title = _YEAR_IN_BRACKETS.sub("", found["title"] or "")
            return int(found["number"]), clean(spaced(title), MOST_TITLE)
    return None


def _stem_of(name: str) -> str:
    stem, dot, _ = name[-_MOST_NAME:].rpartition(".")
    return stem if dot and stem else name[-_MOST_NAME:]


@lru_cache(_CACHED)
def _read_stem(stem: str) -> _Stem:
    for pattern in _EPISODE:
        if found := pattern.search(stem):
            season = found["season"] if "season" in pattern.groupindex else ""
            rest = stem[found.end() :]
            if more := _MORE_EPISODES.match(rest):
                rest = rest[more.end() :]
            return _episode(
                stem[: found.start()], rest, whole_number(season, 0, MOST_SEASON),
                whole_number(found["episode"], 0, MOST_EPISODE),
            )  # fmt: skip
    if stem.startswith("[") and (found := _AFTER_GROUP.search(stem)):
        return _episode(
            stem[: found.start()], stem[found.end() :], None, whole_number(found["episode"], 0, MOST_EPISODE)
        )
    if found := _DATE.search(stem):  # a daily show: the year is its season, and the day its episode
        year, month, day = (int(each) for each in found.groups())
        return _episode(stem[: found.start()], stem[found.end() :], year, 100 * month + day, year)
    return _film(stem)


def _episode(before: str, after: str, season: int | None, episode: int | None, year: int | None = None) -> _Stem:
    if year is None and (found := _YEAR_IN_BRACKETS.search(after)):
        year = whole_number(found[1], FIRST_YEAR, LAST_YEAR)
        after = after[: found.start()]
    title = clean(spaced(cut_release_words(after.lstrip(")]"))), MOST_TITLE)
    return _Stem(title, clean(show_name(before.rstrip("([")), MOST_TITLE), season, episode, year)


def _film(stem: str) -> _Stem:
    if found := _YEAR_IN_BRACKETS.search(stem):
        year = whole_number(found[1], FIRST_YEAR, LAST_YEAR)
        title = spaced(stem[: found.start()]) or spaced(cut_release_words(stem[found.end() :]))
        return _Stem(clean(title, MOST_TITLE), year=year)
    text = cut_release_words(stem)
    years = list(_BARE_YEAR.finditer(text)) if " " not in stem or text != stem else []
    title = spaced(text[: years[-1].start()]) if years else ""
    if any(map(str.isalpha, title)) or (title and text != stem):
        return _Stem(clean(title, MOST_TITLE), year=whole_number(years[-1][1], FIRST_YEAR, LAST_YEAR))
    return _Stem(clean(spaced(text), MOST_TITLE))


def _with_loose_number(stem: _Stem, name: str, season: int, show: str) -> _Stem:
    """Return the facts of a file in a folder of a season, with the number in its name as the episode."""
    found = loose_number(name)
    if found is None:
        return stem
    number, title = found
    if season and number // 100 == season:  # 205 is episode 5 of season 2
        number %= 100
    return _Stem("" if plain(title) == plain(show) else title, episode=number, year=stem.year)


@lru_cache(_CACHED)
def _place(folders: tuple[str, ...]) -> tuple[int | None, str]:
    """Return the season that the folders name, and the name of the show's folder (empty if there is none)."""
    season: int | None = None
    for index in range(len(folders) - 1, -1, -1):
        folder = folders[index][:_MOST_NAME]
        found = season_of(folder) if season is None else None
        if found is not None:
            season, show = found
            if show:
                return season, show
        elif is_general(folder):
            if not is_part(folder):
                break
        elif _EPISODE[0].search(folder):
            continue  # a folder of one episode
        elif index or season is not None:
            return season, clean(show_name(folder), MOST_TITLE)
    return season, ""


def _same(folder: str, series: str) -> bool:
    """Return whether a folder and the beginning of a file's name state the same show. One of them may have a year."""
    one, other = plain(folder), plain(series)
    return bool(other) and (one.startswith(other) or (bool(one) and other.removeprefix(one).isdecimal()))
