"""Names of files and folders state the series, the season, the episode, the title and the year."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.media.metadata.name_parser import facts_of_name, loose_number
from retrovue_tui.media.metadata.programme_facts import (
    FIRST_YEAR,
    LAST_YEAR,
    MOST_EPISODE,
    MOST_SEASON,
    MOST_TITLE,
    PartialFacts,
)

EPISODES = [
    ("TV/Night Court/Night Court - 2x05 - The Trial.avi", "Night Court", 2, 5, "The Trial"),
    ("tv/Night.Court.S02E05.The.Trial.720p.WEB-DL.x264-GRP.mkv", "Night Court", 2, 5, "The Trial"),
    ("tv/Night Court/Season 2/night.court.s02e05.mkv", "Night Court", 2, 5, ""),
    ("tv/Night Court/Season 02/05 - The Trial.mkv", "Night Court", 2, 5, "The Trial"),
    ("tv/Night Court/Season 2/205 The Trial.mkv", "Night Court", 2, 5, "The Trial"),
    ("tv/Night Court/S2/Disc 1/Episode 5.mkv", "Night Court", 2, 5, ""),
    ("tv/Night Court Season 2/5. The Trial.mkv", "Night Court", 2, 5, "The Trial"),
    ("tv/Night.Court.S02.1080p.BluRay/Night.Court.S02E05.mkv", "Night Court", 2, 5, ""),
    ("Night Court/S02E05.mkv", "Night Court", 2, 5, ""),
    ("tv/Show (2005)/S01E02-E03 Two parter.mkv", "Show (2005)", 1, 2, "Two parter"),
    ("tv/Doctor Who (1963)/Doctor Who 1x04.avi", "Doctor Who (1963)", 1, 4, ""),
    ("tv/Foo/Specials/Christmas.mkv", "Foo", 0, None, "Christmas"),
    ("tv/Foo/Specials/Foo S00E03 Christmas.mkv", "Foo", 0, 3, "Christmas"),
    ("tv/Mr. Show - 1x01 - Mr. Smith [1080p].avi", "Mr. Show", 1, 1, "Mr. Smith"),
    ("tv/Series 1 Episode 12.mkv", "", 1, 12, ""),
    ("tv/Foo/Staffel 3/Foo 07.mkv", "Foo", 3, 7, ""),
    ("tv/Foo/3. Staffel/07v2.mkv", "Foo", 3, 7, ""),
    ("tv/Foo.2019.S01E05.1080p/Foo.2019.S01E05.1080p.mkv", "Foo 2019", 1, 5, ""),
    ("tv/Foo/Foo - [12x03] - Terror.avi", "Foo", 12, 3, "Terror"),
    ("tv/Foo/Season 1/Behind the mask.mkv", "Foo", 1, None, "Behind the mask"),
    ("anime/[Group] Cowboy Bebop - 05 [1080p][ABCD1234].mkv", "Cowboy Bebop", None, 5, ""),
    ("anime/Cowboy Bebop/[Group]_Cowboy_Bebop_-_05v2.mkv", "Cowboy Bebop", None, 5, ""),
    ("anime/[Group] Foo - 105 - The Trial (720p).mkv", "Foo", None, 105, "The Trial"),
    ("anime/[Group] Foo S2 - 05 [720p].mkv", "Foo S2", None, 5, ""),
]
FILMS = [
    ("Movies/Some Film (1984).mkv", "Some Film", 1984),
    ("Movies/Blade.Runner.1982.1080p.BluRay.x264.mkv", "Blade Runner", 1982),
    ("Movies/1984 (1956).avi", "1984", 1956),
    ("Movies/1917.2019.2160p.mkv", "1917", 2019),
    ("Movies/2012.1080p.mkv", "2012", None),
    ("Movies/[GRP] Apollo 13 [1080p].mkv", "Apollo 13", None),
    ("Movies/2001 A Space Odyssey.mkv", "2001 A Space Odyssey", None),
    ("Movies/2001.A.Space.Odyssey.1968.mkv", "2001 A Space Odyssey", 1968),
    ("Movies/Charlotte's Web.mkv", "Charlotte's Web", None),
    ("Movies/Class of 1999.mkv", "Class of 1999", None),
    ("Movies/[GRP] Some_Film [1920x1080].mkv", "Some Film", None),
    ("Movies/12 Angry Men.mkv", "12 Angry Men", None),
    ("Movies/Star Wars Episode 4 A New Hope (1977).mkv", "Star Wars Episode 4 A New Hope", 1977),
    ("Movies/20240105_2000_News.ts", "20240105 2000 News", None),
    ("Movies/.hidden", ".hidden".strip("."), None),
]


def read(path: str) -> PartialFacts:
    *folders, name = path.split("/")
    return facts_of_name(name, folders)


@pytest.mark.parametrize(("path", "series", "season", "episode", "title"), EPISODES)
def test_episodes(path: str, series: str, season: int | None, episode: int | None, title: str) -> None:
    assert read(path) == PartialFacts(title, series, season, episode)


@pytest.mark.parametrize(("path", "title", "year"), FILMS)
def test_films(path: str, title: str, year: int | None) -> None:
    assert read(path) == PartialFacts(title, year=year)


def test_the_year_after_an_episode() -> None:
    assert read("tv/Cheers/Cheers 1x01 (1982).avi") == PartialFacts("", "Cheers", 1, 1, 1982)


def test_a_daily_show_is_in_the_order_of_its_dates() -> None:
    facts = read("tv/The Daily News 2014-03-05 Guest.mp4")
    assert facts == PartialFacts("Guest", "The Daily News", 2014, 305, 2014)


def test_the_library_folder_names_a_series_only_if_nothing_else_does() -> None:
    assert read("Night Court/S01E01.mkv").series == "Night Court"
    assert read("Night Court/Cheers S01E01.mkv").series == "Cheers"
    assert read("Movies/S01E01.mkv").series == ""


def test_numbers_that_may_be_an_episode() -> None:
    assert loose_number("07 - The Ring.mkv") == (7, "The Ring")
    assert loose_number("Cartoon 07.mkv") == (7, "Cartoon")
    assert loose_number("[GRP] Cartoon - 07v2 [1080p].mkv") == (7, "Cartoon")
    assert loose_number("001 Puss (1940).mp4") == (1, "Puss")
    assert loose_number("Looney.Tunes.-.033.-.A.Name.avi") == (33, "A Name")
    assert loose_number("Cartoon.mkv") is None
    assert loose_number("Cartoon 1984.mkv") is None


_PARTS = st.sampled_from(
    ["S01E02", "2x05", "Season 3", "(1984)", "1080p", "x264", " - ", ".", "_", "[", "]", "(", "07", "Show"]
)
_NAMES = st.one_of(st.text(max_size=400), st.lists(_PARTS, max_size=40).map("".join))


@given(_NAMES, st.lists(_NAMES, max_size=6))
def test_any_name_is_read_within_the_limits(name: str, folders: list[str]) -> None:
    facts = facts_of_name(name, folders)
    for text in (facts.title, facts.series):
        assert len(text) <= MOST_TITLE
        assert text == " ".join(text.split())
    assert facts.season is None or 0 <= facts.season <= MOST_SEASON
    assert facts.episode is None or 0 <= facts.episode <= MOST_EPISODE
    assert facts.year is None or FIRST_YEAR <= facts.year <= LAST_YEAR
    assert facts == facts_of_name(name, folders)
    loose_number(name)


@given(st.text("abcdefgh XYZ", min_size=1).filter(lambda text: text.strip()), st.integers(1, 99), st.integers(1, 999))
def test_usual_names_are_read_back(show: str, season: int, episode: int) -> None:
    show = " ".join(f"q{word}" for word in show.split())
    facts = facts_of_name(f"{show} S{season:02}E{episode:02} Pilot.mkv", ["tv"])
    assert facts == PartialFacts("Pilot", show, season, episode)
