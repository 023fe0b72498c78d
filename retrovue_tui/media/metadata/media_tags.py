"""Reads the facts of a programme from the tags inside a media file. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.media.metadata.programme_facts import (
    MOST_EPISODE,
    MOST_PLOT,
    MOST_SEASON,
    MOST_TITLE,
    PartialFacts,
    clean,
    day_in,
    genre_list,
    whole_number,
    year_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Tags = tuple[tuple[str, str], ...]
"""Pairs of a tag's name in lower case, as FFmpeg writes it, and its value."""

_NAMES: Final = {
    "title": ("episode/title", "title"),
    "series": ("show", "collection/title", "series"),
    "season": ("season_number", "season/part_number", "season"),
    "episode": ("episode_sort", "episode/part_number", "part_number", "episode"),
    "date": ("date", "date_released", "date_release", "year", "originalyear"),
    "plot": ("synopsis", "summary", "description", "comment"),
    "genre": ("genre",),
}
"""A fact, and the tags that state it: those of MP4, then those of Matroska. The first tag with a value decides."""
_KNOWN: Final = frozenset(name for names in _NAMES.values() for name in names)


def known_tags(metadata: Mapping[str, str] | Iterable[tuple[str, str]]) -> Tags:
    """Return those tags of a media file that are facts of a programme, sorted, with values of limited length."""
    pairs = ((str(name).lower(), clean(str(value), MOST_PLOT)) for name, value in dict(metadata).items())
    return tuple(sorted({name: value for name, value in pairs if name in _KNOWN and value}.items()))


def facts_of_tags(tags: Tags) -> PartialFacts:
    """Return what the tags of a media file state about its programme."""
    if not tags:
        return PartialFacts()
    values = dict(tags)

    def first(fact: str) -> str:
        return next((values[name] for name in _NAMES[fact] if values.get(name)), "")

    series = clean(first("series"), MOST_TITLE)
    return PartialFacts(
        title=clean(first("title"), MOST_TITLE),
        series=series,
        season=whole_number(first("season"), 0, MOST_SEASON) if series else None,
        episode=whole_number(first("episode"), 0, MOST_EPISODE) if series else None,
        year=year_in(first("date")),
        plot=clean(first("plot"), MOST_PLOT),
        genres=genre_list([first("genre")]),
        date=day_in(first("date")),
    )
