"""Sorts programmes into series, with their episodes in order, and films. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.metadata.folder_names import holds_films, is_general, is_part, plain, show_name
from retrovue_tui.media.metadata.name_parser import loose_number
from retrovue_tui.media.metadata.natural_order import natural_key
from retrovue_tui.media.metadata.programme_facts import MOST_TITLE, ProgrammeFacts, clean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from retrovue_tui.media.metadata.natural_order import NaturalKey
    from retrovue_tui.media.metadata.programme_facts import Fact, Source

_LEAST_UNNUMBERED: Final = 3
"""The least number of files without episode numbers in one folder that count as a series."""


@dataclass(frozen=True)
class Series:
    """A series, with its episodes in the order in which they air."""

    name: str
    episodes: tuple[ProgrammeFacts, ...]


@dataclass(frozen=True)
class Catalogue:
    """All programmes: the series in the natural order of their names, and the films in the natural order of their
    titles."""

    series: tuple[Series, ...] = ()
    films: tuple[ProgrammeFacts, ...] = ()

    def without(self, files: Collection[Path]) -> Catalogue:
        """Return the catalogue without some files. A series without episodes is left out."""
        if not files:
            return self
        series = (replace(one, episodes=_others(one.episodes, files)) for one in self.series)
        return Catalogue(tuple(each for each in series if each.episodes), _others(self.films, files))


def catalogue(programmes: Iterable[ProgrammeFacts], folders: Sequence[Path] = ()) -> Catalogue:
    """Return the series and films among some programmes. `folders` are the library's folders.

    A programme whose facts name a series is an episode of it. The other files in a folder belong to the series with the
    folder's name, if there is one. Otherwise they form a series if they are numbered, or if there are at least three
    and they do not look like films.
    """
    episodes: defaultdict[str, list[ProgrammeFacts]] = defaultdict(list)
    others: defaultdict[Path, list[ProgrammeFacts]] = defaultdict(list)
    films: list[ProgrammeFacts] = []
    for each in programmes:
        if each.series:
            episodes[_key(each.series)].append(each)
        else:
            others[_folder_of_show(each.file)].append(each)
    tops, known = frozenset(folders), frozenset(episodes)
    for folder, group in others.items():
        name = clean(show_name(folder.name), MOST_TITLE)
        if _key(name) in known:  # the files without numbers of a series whose other files have some
            episodes[_key(name)] += (_in_series(each, name) for each in group)
        elif _is_series(folder, group, tops):
            episodes[_key(name)] += _numbered(group, name)
        else:
            films += group
    series = (Series(_usual_name(group), tuple(sorted(group, key=_order))) for group in episodes.values())
    return Catalogue(
        tuple(sorted(series, key=lambda each: natural_key(each.name))),
        tuple(sorted(films, key=lambda film: (natural_key(film.title), str(film.file)))),
    )


def _others(programmes: Sequence[ProgrammeFacts], files: Collection[Path]) -> tuple[ProgrammeFacts, ...]:
    return tuple(each for each in programmes if each.file not in files)


def _order(episode: ProgrammeFacts) -> tuple[int, int, bool, int, NaturalKey, str]:
    """Return the key of the order in a series: by season and episode, then files without numbers, then specials."""
    season, number = episode.season, episode.episode
    if season == 0:
        rank = 2
    elif season is None and number is None:
        rank = 1
    else:
        rank = 0
    name = natural_key(episode.file.stem)
    return rank, 1 if season is None else season, number is None, number or 0, name, str(episode.file)


def _key(series: str) -> str:
    """Return the same text for all spellings of a series' name."""
    return "".join(letter for letter in series.casefold() if letter.isalnum()) or series.casefold()


def _usual_name(group: Sequence[ProgrammeFacts]) -> str:
    counts = Counter(each.series for each in group)
    return min(counts, key=lambda name: (-counts[name], name))


# ── series by their folder ───────────────────────────────────────────────────────────────────────


def _folder_of_show(file: Path) -> Path:
    folder = file.parent
    return folder.parent if is_part(folder.name) else folder


def _is_series(folder: Path, group: Sequence[ProgrammeFacts], tops: frozenset[Path]) -> bool:
    """Return whether the files of a folder form a series. No file of the group names one."""
    if len(group) < 2 or is_general(folder.name) or not show_name(folder.name):
        return False
    if any(holds_films(each.name) for each in (folder, *_above(folder, tops))):
        return False
    if 2 * sum(loose_number(each.file.name) is not None for each in group) > len(group):
        return True
    films = 2 * sum(_looks_like_a_film(each) for each in group) >= len(group)
    return not films and len(group) >= _LEAST_UNNUMBERED and folder not in tops


def _above(folder: Path, tops: frozenset[Path]) -> list[Path]:
    """Return the folders above a folder, up to the library's own folder. Empty if the library does not contain the
    folder."""
    above: list[Path] = []
    for each in folder.parents:
        above.append(each)
        if each in tops:
            return above
    return []


def _looks_like_a_film(programme: ProgrammeFacts) -> bool:
    return programme.year is not None or programme.sources.get("title") == "nfo"


def _numbered(group: Sequence[ProgrammeFacts], series: str) -> list[ProgrammeFacts]:
    """Return the files of a folder as episodes. The numbers in their names count if most of them have one."""
    numbers = [loose_number(each.file.name) for each in group]
    count = 2 * sum(number is not None for number in numbers) > len(group)
    episodes = []
    for each, number in zip(group, numbers, strict=True):
        episode = _in_series(each, series)
        if number is not None and count:
            title = each.title
            if each.sources.get("title") == "name":
                title = series if plain(number[1]) == plain(series) else number[1] or series
            sources: dict[Fact, Source] = {**episode.sources, "episode": "name"}
            episode = replace(episode, episode=number[0], title=title, sources=sources)
        episodes.append(episode)
    return episodes


def _in_series(programme: ProgrammeFacts, series: str) -> ProgrammeFacts:
    sources: dict[Fact, Source] = {**programme.sources, "series": "name"}
    return replace(programme, series=series, sources=sources)
