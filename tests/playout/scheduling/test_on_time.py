"""Late or early frames are shared out among the coming breaks, and what cannot be absorbed is said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.playout.scheduling import on_time
from retrovue_tui.playout.scheduling.on_time import PlannedBreak, changes_for
from retrovue_tui.protocol.answers.rundown import RundownRow
from retrovue_tui.rundown.entries import Entry, Rundown
from retrovue_tui.rundown.plan_marks import BY_PLAN, START
from retrovue_tui.schedule.time_grid import TimeGrid
from retrovue_tui.timecode import FrameRate

GRID = TimeGrid(datetime(1970, 1, 1, tzinfo=UTC), FrameRate.parse("25"))
NOW = 1_000_000.0


def block(first: int, seconds: float) -> PlannedBreak:
    return PlannedBreak(first, first + 2, NOW + 100 * first, round(25 * seconds))


@given(st.lists(st.integers(1, 400), max_size=6), st.integers(-20_000, 20_000))
def test_nothing_is_lost_in_sharing(lengths: list[int], late: int) -> None:
    breaks = [block(3 * number, length) for number, length in enumerate(lengths)]
    changes, missing = changes_for(breaks, late, GRID)
    before, after = sum(each.frames for each in breaks), sum(each.frames for each in changes)
    assert before - after == late - missing
    assert all(each.frames >= 0 for each in changes)
    assert [each.exact for each in changes] == [False] * (len(changes) - 1) + [True] * bool(changes)
    if 0 <= late <= before:
        assert not missing or not breaks


def test_the_rest_that_cannot_be_absorbed_is_returned() -> None:
    changes, missing = changes_for([block(0, 10), block(3, 20)], 25 * 45, GRID)
    assert ([each.frames for each in changes], missing) == ([0, 0], 25 * 15)
    start = on_time.FixedStart(9, datetime(2026, 11, 26, 18, tzinfo=UTC), 25 * 45)
    assert on_time.label_of(25 * 45, start, missing, GRID).endswith("absorbed before it, except 15.0 s")


def entry(id: str, break_id: str | None = None, *, planned: bool = True, start: str = "") -> Entry:
    tags = (*((BY_PLAN,) if planned else ()), *(((START, start),) if start else ()))
    return Entry(id, "spot" if break_id else "programme", Path(f"/m/{id}.mp4"), 0, 100, break_id=break_id, tags=tags)


def row(each: Entry, at: float, status: str = "planned") -> RundownRow:
    return RundownRow(each.id, each.kind, "", str(each.file), 0, 100, 4.0, at, status, each.break_id)  # type: ignore[arg-type]


def test_only_coming_breaks_of_the_plan_are_changed() -> None:
    at = datetime.fromtimestamp(NOW + 400, UTC).isoformat()
    entries = [
        entry("on air"), entry("a", "soon"), entry("b"), entry("c", "mine", planned=False), entry("d"),
        entry("e", "b1"), entry("f", "b1"), entry("g", start=at), entry("h", "after"),
    ]  # fmt: skip
    times = [-5, 10, 14, 100, 200, 300, 304, 400.4, 500]
    rows = [row(each, NOW + time, "on_air" if not n else "planned") for n, (each, time) in
            enumerate(zip(entries, times, strict=True))]  # fmt: skip
    start = on_time.next_fixed_start(entries, rows, GRID)
    assert start is not None
    assert (start.index, start.late) == (7, 10)
    found = on_time.coming_breaks(entries, rows, start.index, NOW, GRID)
    assert [(each.first, each.end, each.frames) for each in found] == [(5, 7, 200)]
    changes, missing = changes_for(found, start.late, GRID)
    assert missing == 0
    made, over = on_time.with_breaks(
        Rundown(tuple(entries)), changes, lambda _, frames: ([entry(f"{frames}", "n")], frames)
    )
    assert over == 0
    assert [each.id for each in made.entries][4:8] == ["d", "190", "g", "h"]
