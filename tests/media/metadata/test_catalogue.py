"""Programmes become series, with their episodes in order, and films."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.media.metadata.catalogue import Catalogue, catalogue
from retrovue_tui.media.metadata.name_parser import facts_of_name
from retrovue_tui.media.metadata.natural_order import natural_key
from retrovue_tui.media.metadata.programme_facts import PartialFacts, ProgrammeFacts, merged

TOP = Path("/media")


def facts(path: str) -> ProgrammeFacts:
    """The facts of a file below `/media`, from its name alone."""
    *folders, name = path.split("/")
    return merged(TOP / path, PartialFacts(), PartialFacts(), facts_of_name(name, ["media", *folders]))


def sort(*paths: str) -> Catalogue:
    return catalogue([facts(path) for path in paths], [TOP])


def shown(found: Catalogue) -> dict[str, list[str]]:
    return {each.name: [episode.file.name for episode in each.episodes] for each in found.series}


def test_episodes_are_in_order_and_specials_last() -> None:
    names = ["S1E1.mkv", "S1E2.mkv", "S1E10.mkv", "S02E01.mkv", "bonus 2.mkv", "bonus 10.mkv", "S00E01.mkv"]
    paths = [f"Night Court/{name}" for name in names]
    found = sort(*random.Random(4).sample(paths, len(paths)))
    assert shown(found) == {"Night Court": names}


def test_series_of_the_same_name_in_two_places_are_one() -> None:
    found = sort("a/Night Court/S01E02.mkv", "b/night court/S01E01.mkv", "c/Night.Court.S01E03.mkv")
    assert shown(found) == {"Night Court": ["S01E01.mkv", "S01E02.mkv", "Night.Court.S01E03.mkv"]}


def test_a_folder_of_numbered_files_is_a_series() -> None:
    found = sort("Toons/Betty/10 Snow.avi", "Toons/Betty/2 Ball.avi")
    assert shown(found) == {"Betty": ["2 Ball.avi", "10 Snow.avi"]}
    assert [(each.episode, each.title) for each in found.series[0].episodes] == [(2, "Ball"), (10, "Snow")]


def test_a_folder_of_three_files_without_numbers_is_a_series_in_natural_order() -> None:
    found = sort("Toons/Betty/Snow.avi", "Toons/Betty/Ball.avi", "Toons/Betty/ball again.avi")
    assert shown(found) == {"Betty": ["Ball.avi", "ball again.avi", "Snow.avi"]}
    assert [each.season for each in found.series[0].episodes] == [None, None, None]


def test_films_stay_films() -> None:
    found = sort(
        "Movies/Alien (1979).mkv", "Movies/Drama/B.mkv", "Movies/Drama/A.mkv", "Movies/Drama/C.mkv",
        "Collection/X (1990).mkv", "Classics/Y (1950).mkv", "Classics/Z (1951).mkv", "Classics/V (1951).mkv",
        "loose 10.mkv", "loose 9.mkv",
    )  # fmt: skip
    assert found.series == ()
    assert [film.title for film in found.films] == ["A", "Alien", "B", "C", "loose 9", "loose 10", "V", "X", "Y", "Z"]


def test_discs_belong_to_the_folder_above_them() -> None:
    found = sort("Betty/Disc 1/1 A.avi", "Betty/Disc 1/2 B.avi", "Betty/Disc 2/3 C.avi")
    assert shown(found) == {"Betty": ["1 A.avi", "2 B.avi", "3 C.avi"]}


def test_natural_order() -> None:
    names = ["Part 10", "part 2", "Part 1", "10 Apes", "9 Apes", "", "Ärger"]
    assert sorted(names, key=natural_key) == ["", "9 Apes", "10 Apes", "Part 1", "part 2", "Part 10", "Ärger"]


def test_labels() -> None:
    assert facts("Night Court/S02E05 The Trial.mkv").label == "Night Court S02E05 The Trial"
    assert facts("Night Court/S02E05.mkv").label == "Night Court S02E05"
    assert facts("Movies/Alien (1979).mkv").label == "Alien (1979)"


_WORDS = st.sampled_from(
    ["S01E02", "Season 1", "Specials", "Movies", "07", "(1984)", "Show", "Disc 1", "a b", "9" * 30]
)
_FILES = st.lists(_WORDS, min_size=1, max_size=4).map(lambda parts: "/".join(parts) + ".mkv")


@given(st.lists(_FILES, max_size=12, unique=True))
def test_every_programme_is_in_the_catalogue_once_whatever_the_order(paths: list[str]) -> None:
    found = sort(*paths)
    files = [each.file for each in found.films] + [each.file for one in found.series for each in one.episodes]
    assert sorted(files) == sorted(TOP / path for path in paths)
    assert all(each.series for one in found.series for each in one.episodes)
    again = sort(*reversed(paths))
    assert shown(again) == shown(found)
    assert again.films == found.films
