"""Series go on where they stopped, shuffles air everything once, and the same inputs give the same plan."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from retrovue_tui.config.plan import PlanRules
from retrovue_tui.schedule.series_memory import Chooser, Planned, Programme, SeriesMemory

NOW = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def episode(series: str, season: int | None, number: int | None, name: str = "") -> Programme:
    title = name or f"s{season}e{number}"
    return Programme(Path(f"/m/Shows/{series}/{title}.mp4"), ("Shows", series, f"{title}.mp4"), 1_000, title, series,
                     season, number)  # fmt: skip


def film(name: str, frames: int = 5_000) -> Programme:
    return Programme(Path(f"/m/Movies/{name}.mp4"), ("Movies", f"{name}.mp4"), frames, name)


def aired(chooser: Chooser, rules: PlanRules, memory: SeriesMemory, count: int, block: str = "plan") -> list[str]:
    found = []
    for number in range(count):
        at = NOW + number * HOUR
        choice = chooser.next(block, rules, memory, None, at)
        assert choice is not None
        each = choice.programme
        memory.note(Planned(at, block, each.file, each.series, each.order, choice.round))
        found.append(each.name)
    return found


COURT = [episode("Court", 1, 1), episode("Court", 1, 2), episode("Court", 2, 1), episode("Court", 0, 1)]
TAXI = [episode("Taxi", 1, 1), episode("Taxi", 1, 2)]


def test_series_take_turns_in_their_order() -> None:
    rules = PlanRules(("Shows/*",))
    assert aired(Chooser([*TAXI, *COURT], 0), rules, SeriesMemory(), 7) == [
        "Court, S01E01", "Taxi, S01E01", "Court, S01E02", "Taxi, S01E02", "Court, S02E01", "Taxi, S01E01",
        "Court, S00E01",
    ]  # fmt: skip


def test_the_order_survives_added_and_removed_episodes() -> None:
    rules, memory = PlanRules(("Shows/Court",)), SeriesMemory()
    assert aired(Chooser(COURT, 0), rules, memory, 2) == ["Court, S01E01", "Court, S01E02"]
    more = [*COURT[2:], episode("Court", 1, 3)]  # the ones that aired are gone, and a new one has come
    assert aired(Chooser(more, 0), rules, memory, 2) == ["Court, S01E03", "Court, S02E01"]


def test_a_marathon_stays_with_a_series_to_its_end() -> None:
    rules = PlanRules(("Shows/*",), marathon=True)
    names = aired(Chooser([*TAXI, *COURT], 0), rules, SeriesMemory(), 6)
    assert [name.partition(",")[0] for name in names] == ["Court"] * 4 + ["Taxi"] * 2


def test_a_shuffle_repeats_nothing_before_all_have_aired() -> None:
    films = [film(str(number)) for number in range(10)]
    rules = PlanRules(("Movies",), order="shuffle")
    names = aired(Chooser(films, 7), rules, SeriesMemory(), 40)
    for first in range(0, 40, 10):
        assert len(set(names[first : first + 10])) == 10
    assert all(one != other for one, other in itertools.pairwise(names))
    assert names == aired(Chooser(films[::-1], 7), rules, SeriesMemory(), 40)
    assert names != aired(Chooser(films, 8), rules, SeriesMemory(), 40)


def test_random_follows_the_weights() -> None:
    films = [film("often"), *(film(str(number)) for number in range(9))]
    rules = PlanRules(("Movies",), order="random", weights={"Movies/often*": 6.0})
    count = Counter(aired(Chooser(films, 1), rules, SeriesMemory(), 400))
    assert count["often"] > 2 * max(count[str(number)] for number in range(9))
    assert min(count.values()) > 5


def test_only_what_fits_and_only_what_is_named() -> None:
    chooser = Chooser([film("long", 9_000), film("short", 100), *TAXI], 0)
    choice = chooser.next("plan", PlanRules(("Mov*",)), SeriesMemory(), 1_000, NOW)
    assert choice is not None
    assert choice.programme.title == "short"
    assert chooser.next("plan", PlanRules(("Mov*",)), SeriesMemory(), 50, NOW) is None
    assert chooser.next("plan", PlanRules(("Nothing",)), SeriesMemory(), None, NOW) is None


def test_a_block_repeats_what_another_aired() -> None:
    chooser, memory = Chooser([*TAXI, *COURT], 0), SeriesMemory()
    names = aired(chooser, PlanRules(("Shows/*",)), memory, 3, "evening")
    rerun = PlanRules(("Shows/*",), rerun_of="evening")
    found = [chooser.repeat(rerun, memory.recent, NOW.date(), number) for number in range(4)]
    assert [each and each.programme.name for each in found] == [*names, None]
