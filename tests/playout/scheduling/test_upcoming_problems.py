"""The coming problems of a channel are reported with their times in words, the earliest first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.media.rendering.render_demand import Need
from retrovue_tui.media.rendering.render_forecast import Lateness
from retrovue_tui.playout.scheduling.upcoming_problems import (
    MOST,
    MOST_OF_KIND,
    ComingEntry,
    Judge,
    coming_entries,
    listed,
)
from retrovue_tui.protocol.answers.rundown import RundownRow
from retrovue_tui.protocol.answers.snapshots import UpcomingProblem
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.plan_marks import BY_PLAN, CARD, GAVE_WAY, SHORT, WHY
from retrovue_tui.schedule.series_ends import SeriesEnd
from retrovue_tui.schedule.series_memory import Programme
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = datetime(2026, 11, 26, 20, tzinfo=UTC).timestamp()
JUDGE = Judge(NOW, FrameRate.parse("25"), UTC, "ads")


def entry(id: str, break_id: str | None = None, **marks: str) -> Entry:
    return Entry(
        id, "spot" if break_id else "programme", Path(f"/m/{id}.mp4"), break_id=break_id,
        tags=(BY_PLAN, *marks.items()),
    )  # fmt: skip


def coming(*entries: tuple[Entry, float]) -> list[ComingEntry]:
    """Entries of these lengths (s), from now on."""
    found, at = [], NOW
    for each, seconds in entries:
        found.append(ComingEntry(each, each.id, at, seconds))
        at += seconds
    return found


def texts(problems: Iterable[UpcomingProblem]) -> list[str]:
    return [each.text for each in problems]


def test_breaks_that_are_not_full() -> None:
    row = coming(
        (entry("film"), 4_440), (entry("cola", "b1", **{SHORT: "105"}), 30), (entry("more"), 1_800),
        (entry("soap", "b2"), 30), (entry("card 1", "b2", **{CARD: "next"}), 14),
        (entry("card 2", "b2", **{CARD: "next"}), 6),
        (entry("film 2"), 60), (entry("ok", "b3"), 30), (entry("card", "b3", **{CARD: "next"}), 15),
    )  # fmt: skip
    found = JUDGE.of_plan(row)
    assert [(each.kind, each.subject, each.at - NOW) for each in found] == [
        ("break_short", "b1", 4_440), ("break_card", "b2", 6_300),
    ]  # fmt: skip
    assert texts(found) == [
        "the break at 21:14 is 4.2 s too short: no spots of the pool fill it",
        "the break at 21:44 is 20.0 s short of spots; a card fills it",
    ]
    assert replace(JUDGE, pool=None).of_plan(row) == found[:1]  # cards are all that a channel without spots can show
    by_hand = [each._replace(entry=replace(each.entry, tags=each.entry.tags[1:])) for each in row]
    assert JUDGE.of_plan(by_hand) == []
    assert replace(JUDGE, now=NOW + 7_000).of_plan(row) == []  # what has aired is no news


def test_a_pool_that_is_too_small_for_its_rules() -> None:
    row = coming(
        (entry("a", "b1"), 30), (entry("film"), 600), (entry("Cola", "b2", **{GAVE_WAY: "separation, cooldown"}), 30),
        (entry("Soap", "b2", **{GAVE_WAY: "cooldown"}), 30), (entry("film 2"), 600),
        (entry("Cola 2", "b3", **{GAVE_WAY: "cooldown"}), 30),
    )  # fmt: skip
    (found,) = JUDGE.of_plan(row)
    assert (found.kind, found.at - NOW, found.subject) == ("pool_small", 630, "ads")
    assert found.text == (
        "pool ads is too small for its rules: separation and cooldown give way in 2 of 3 breaks, first at 20:10 for"
        " Cola; 2 more spots of that length without such rules would do"
    )


def test_times_without_a_programme() -> None:
    filling = [(entry(f"card {n}", "b", **({WHY: "no programme fits before the next block"} if not n else {})), 20.0)
               for n in range(90)]  # fmt: skip
    (found,) = replace(JUDGE, pool=None).of_plan(coming((entry("film"), 14_400), *filling))
    assert found.kind == "no_programme"
    assert found.text == (
        "no programme from Fri 00:00 to Fri 00:30, only spots and cards: no programme fits before the next block"
    )
    assert replace(JUDGE, pool=None).of_plan(coming((entry("film"), 60), *filling[:15])) == []


def test_the_end_of_a_rundown_or_a_plan() -> None:
    row = coming((entry("film"), 3_600), (entry("last"), 25_200))
    (end,) = JUDGE.rundown_end(row)
    assert end.text == "the rundown ends at Fri 04:00 after last; then viewers see the slate"
    assert (end.kind, end.at) == ("rundown_ends", NOW + 28_800)
    assert not list(JUDGE.rundown_end(coming((entry("long"), 50_000))))
    assert not list(JUDGE.rundown_end([]))
    assert JUDGE.plan_end(row, "disk full").text == "nothing is planned after Fri 04:00: disk full"
    assert JUDGE.plan_end([], "disk full").at == NOW


def test_files_that_are_gone_are_named_once() -> None:
    row = coming((entry("film"), 60), (entry("gone"), 0), (entry("film"), 60), (entry("gone"), 0))
    row = [each._replace(missing="does not exist" if each.title == "gone" else "") for each in row]
    (found,) = JUDGE.gone(row)
    assert found.text == "gone at 20:01 is left out: gone.mp4: does not exist"
    assert (found.kind, found.at, found.subject) == ("file_gone", NOW + 60, "/m/gone.mp4")


def test_series_that_end() -> None:
    one = Programme(Path("/m/1.mp4"), ("Court", "1.mp4"), 100, "one", "Court", 1, 1)
    last = replace(one, file=Path("/m/2.mp4"), episode=13, season=2)
    at = datetime(2026, 11, 27, 20, tzinfo=UTC)
    ends = [SeriesEnd(at, "Court", "plan", last, one, others) for others in (0, 1, 2)]
    assert texts(JUDGE.ends([*ends, ends[0]._replace(block="evening")])) == [
        "Court ends at Fri 20:00 with Court, S02E13; then it begins again, and the plan has nothing else",
        "Court ends at Fri 20:00 with Court, S02E13; then it begins again, and the other series goes on",
        "Court ends at Fri 20:00 with Court, S02E13; then it begins again, and the other 2 series go on",
        "Court ends at Fri 20:00 with Court, S02E13; then it begins again, and block 'evening' has nothing else",
    ]


def test_entries_that_will_not_be_prepared() -> None:
    row = coming((entry("film"), 600), (entry("big"), 600))
    asset: Any = type("Asset", (), {"path": Path("/m/big.mp4")})()
    late = [Lateness(Need(asset, 0, 100, 50.0), 50.0, seconds) for seconds in (200.0, 9_000.0)]
    (found,) = JUDGE.late(late, row, 0.84, NOW + 550, set())
    assert found.text == "big at 20:10 will be prepared 3 min 20 s too late at the present speed (0.8×)"
    assert (found.kind, found.at, found.subject) == ("not_prepared", NOW + 600, "/m/big.mp4")
    nearly = [late[0]._replace(late_s=3.0)]
    assert not list(JUDGE.late(nearly, row, 0.84, NOW, set()))
    assert len(list(JUDGE.late(nearly, row, 0.84, NOW, {"/m/big.mp4"}))) == 1  # it does not come and go
    (hardly,) = JUDGE.late([late[0]._replace(late_s=0.2)], row, 0.84, NOW, {"/m/big.mp4"})
    assert "1 s too late" in hardly.text


def test_coming_problems_of_a_rundown_that_loops() -> None:
    entries = [entry("a"), entry("b"), entry("gone"), entry("c")]
    times, lengths, states = (
        (-90.0, -30.0, None, 30.0),
        (60.0, 60.0, 0.0, 60.0),
        ("aired", "on_air", "missing", "planned"),
    )
    rows = [
        RundownRow(each.id, each.kind, each.id, "", 0, None, length, None if at is None else NOW + at, state)  # type: ignore[arg-type]
        for each, at, length, state in zip(entries, times, lengths, states, strict=True)
    ]
    found = coming_entries(entries, rows, lambda _: "is gone", NOW, loop=True)
    assert [(each.title, each.start_at - NOW, each.missing) for each in found] == [
        ("b", -30, ""), ("gone", 30, "is gone"), ("c", 30, ""), ("a", 90, ""),
    ]  # fmt: skip
    assert [each.title for each in coming_entries(entries, rows, lambda _: "", NOW, loop=False)] == ["b", "gone", "c"]
    assert coming_entries([], [], lambda _: "", NOW, loop=True) == []


@given(
    st.lists(st.tuples(st.sampled_from(("break_short", "file_gone", "series_ends")), st.integers(0, 99)), max_size=60)
)
def test_the_list_is_short_and_in_order(facts: list[tuple[Any, int]]) -> None:
    problems = [UpcomingProblem(kind, at, f"{n}", f"{n}") for n, (kind, at) in enumerate(facts)]
    kept, more = listed(problems)
    assert len(kept) + more == len(problems)
    assert [each.at for each in kept] == sorted(each.at for each in kept)
    for kind, _ in facts:
        own = [each for each in problems if each.kind == kind]
        assert len([each for each in kept if each.kind == kind]) == min(MOST_OF_KIND, len(own))
    assert len(kept) <= MOST
