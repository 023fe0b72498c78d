"""The programmes of a guide: titles, numbers, ids, and what has been shown before."""

from __future__ import annotations

from pathlib import Path

from retrovue_tui.guide.guide_slots import GuideSlot
from retrovue_tui.guide.programmes import GuideSources, programme_id, programmes
from retrovue_tui.media.metadata.programme_facts import ProgrammeFacts
from retrovue_tui.timecode import FrameRate

NTSC = FrameRate(30_000, 1_001)
HOUR = 3_600 * 30
FOLDER = Path("/media")
PILOT, SECOND, FILM, PLAIN = (FOLDER / name for name in ("Show/s1e1.mkv", "Show/s1e2.mkv", "film.mkv", "plain.mp4"))
FACTS = {
    PILOT: ProgrammeFacts(PILOT, "Pilot", "The Show", 1, 1, 1994, "How it began.", ("Comedy", "Movie"),
                          date="19940922", rating="TV-PG", stars="7.8"),
    SECOND: ProgrammeFacts(SECOND, "The Show", "The Show", 1, 2),
    FILM: ProgrammeFacts(FILM, "Night & Day", year=1946, genres=("Series", "Drama")),
}  # fmt: skip


def sources(**earlier: float) -> GuideSources:
    return GuideSources(
        "Retro One", NTSC, FACTS.get, {FOLDER / f"{name}.mkv": at for name, at in earlier.items()},
        lambda file, title, detail: f"art/{title}/{detail}", (FOLDER,),
    )  # fmt: skip


def slot(number: int, file: Path | None, title: str = "") -> GuideSlot:
    return GuideSlot(number * HOUR, (number + 1) * HOUR, file, HOUR // 2, title)


def test_an_episode() -> None:
    (found,) = programmes([slot(10, PILOT)], sources())
    assert (found.kind, found.title, found.sub_title, found.number) == ("episode", "The Show", "Pilot", "S01E01")
    assert (found.description, found.date, found.rating, found.stars) == ("How it began.", "19940922", "TV-PG", "7.8")
    assert found.categories == ("Series", "Comedy")
    assert (found.start_at, found.stop_at, found.length_s) == (36_036, 39_640, 1_802)
    assert found.art == "art/The Show/S01E01 Pilot"


def test_a_film_an_episode_without_a_title_and_a_file_without_facts() -> None:
    film, second, plain = programmes([slot(0, FILM), slot(1, SECOND), slot(2, PLAIN)], sources())
    assert (film.kind, film.title, film.categories, film.date) == ("film", "Night & Day", ("Movie", "Drama"), "1946")
    assert (second.title, second.sub_title) == ("The Show", "")
    assert (plain.kind, plain.title, plain.categories) == ("film", "plain", ("Movie",))


def test_a_title_that_a_person_wrote_comes_first() -> None:
    for title in ("", "The Show S01E01 Pilot", "Pilot", "s1e1"):
        assert programmes([slot(0, PILOT, title)], sources())[0].title == "The Show"
    found = programmes([slot(0, PILOT, "Best of \x1b[2J1994")], sources())[0]
    assert (found.title, found.sub_title) == ("Best of �[2J1994", "Pilot")


def test_a_time_without_a_programme_has_the_name_of_the_channel() -> None:
    (found,) = programmes([slot(0, None)], sources())
    assert (found.kind, found.title, found.new, found.previous_at) == ("filler", "Retro One", False, None)


def test_a_first_airing_is_new_and_a_later_one_states_the_last() -> None:
    slots = [slot(1, PILOT), slot(2, FILM), slot(3, PILOT), slot(4, FILM), slot(5, PILOT)]
    found = programmes(slots, sources(film=77.4))
    assert [each.new for each in found] == [True, False, False, False, False]
    assert [each.previous_at for each in found] == [
        None, 77, found[0].start_at, found[1].start_at, found[2].start_at,
    ]  # fmt: skip


def test_a_slot_of_no_second_leaves_no_hole() -> None:
    slots = [GuideSlot(0, 300, FILM), GuideSlot(300, 301, PILOT), GuideSlot(301, 600, FILM)]
    found = programmes(slots, sources())
    assert [(each.start_at, each.stop_at) for each in found] == [(0, 10), (10, 20)]


def test_ids_are_the_same_in_every_place_and_another_for_each_file() -> None:
    found = programme_id(PILOT, (FOLDER,), "The Show")
    assert found == programme_id(Path("/elsewhere/Show/s1e1.mkv"), (Path("/elsewhere"),), "the show")
    assert found[:11] == programme_id(SECOND, (FOLDER,), "The Show")[:11]
    many = {programme_id(FOLDER / f"{number}.mkv", (FOLDER,), "The Show") for number in range(20_000)}
    assert len(many) == 20_000
    assert programme_id(FILM, (FOLDER,)).startswith("MV")
