"""The next half hour, the last joins, the figures of the last minutes, and the filter of the events."""

from __future__ import annotations

import pytest

from retrovue_tui.protocol.answers.rundown import RundownRow, RundownSnapshot
from retrovue_tui.protocol.events import Event
from retrovue_tui.tui.rooms.control_room.event_list import EventList
from retrovue_tui.tui.rooms.control_room.figure_history import KEPT, STEP_S, FigureHistory, sparkline
from retrovue_tui.tui.rooms.control_room.next_half_hour import (
    AHEAD_S,
    BarEntry,
    airings,
    bar_entries,
    bar_parts,
    cells_of,
    clock_line,
)
from retrovue_tui.tui.rooms.control_room.seam_line import seam_text
from retrovue_tui.tui.text import glyphs, tally
from tests.tui.conftest import open_room
from tests.tui.station import NOW, FakeStation, channel, station


def row(
    title: str, start: float | None, duration: float, kind: str = "programme", status: str = "planned"
) -> RundownRow:
    at = None if start is None else NOW + start
    return RundownRow(title, kind, title, f"/m/{title}", 0, None, duration, at, status)  # type: ignore[arg-type]


LIST = (
    row("Gone", -900, 300, status="aired"),
    row("Film", -600, 900, status="on_air"),
    row("Soap", 300, 30, "spot"),
    row("Lost", None, 60, status="missing"),
    row("Film", 330, 600),
)


def test_the_entries_of_the_half_hour() -> None:
    plan = bar_entries(airings(LIST, NOW + AHEAD_S, loops=False), NOW)
    assert [(each.title, each.begin_s, each.end_s) for each in plan] == [
        ("Film", -600, 300), ("Soap", 300, 330), ("Film", 330, 930)
    ]  # fmt: skip


def test_a_list_that_loops_begins_again() -> None:
    plan = bar_entries(airings(LIST, NOW + AHEAD_S, loops=True), NOW)
    assert [each.title for each in plan] == ["Film", "Soap", "Film", "Gone", "Film"]
    assert [each.begin_s for each in plan[2:]] == [330, 930, 1230]


def test_a_spot_is_seen_however_short() -> None:
    plan = (
        BarEntry("Film", "programme", 0, 900),
        BarEntry("Soap", "spot", 900, 905),
        BarEntry("Film", "programme", 905, 1800),
    )
    cells = cells_of(plan, 30)
    assert cells[15] == 1
    assert cells[:15] == [0] * 15
    assert cells[16:] == [2] * 14
    text = "".join(part for part, _ in bar_parts(plan, 30))
    assert len(text) == 30
    assert text[15] == glyphs.SPOT


def test_the_clock_stands_at_full_minutes() -> None:
    for width in (20, 70, 150):
        drawn = clock_line(NOW, width)
        assert len(drawn) == width
        assert drawn.count(glyphs.TICK_SMALL) >= 1


async def test_the_strip_is_of_the_chosen_channel() -> None:
    fake = FakeStation(station(channel(1), channel(2)))
    fake.rundowns = {"1": RundownSnapshot(1, LIST), "2": RundownSnapshot(1, (row("Other", 0, 1800),))}
    async with open_room(fake) as room:
        await room.shows("30 MIN", "│Film", "◆")
        await room.pilot.press("down")
        await room.shows("│Other")
        assert "│Film" not in room.text


def seam(audio: float, jumps: int = 0) -> Event:
    return Event(1, NOW, "seam", "m", "1", data={"seam": "take", "video_jumps": jumps, "audio_error_ms": audio})


@pytest.mark.parametrize(
    ("event", "said", "judged"),
    [
        (seam(3.2), "take video 0 ms · audio +3 ms", "good"),
        (seam(-40.0), "take video 0 ms · audio -40 ms", "warn"),
        (seam(0.0, 2), "take video 2 jumps · audio +0 ms", "bad"),
    ],
)
def test_a_seam_in_words(event: Event, said: str, judged: tally.Severity) -> None:
    assert seam_text(event) == (said, judged)


async def test_the_last_joins_are_shown_but_not_among_the_events() -> None:
    async with open_room() as room:
        room.station.log.publish(
            "seam", "take at frame 9: clean", channel="1", seam="take", video_jumps=0, cc_errors=0, audio_error_ms=2.9
        )
        await room.shows("take video 0 ms · audio +3 ms")
        assert "at frame 9" not in room.text
        await room.pilot.press("down")
        await room.shows("none measured since")


async def test_events_are_filtered_by_words_and_level() -> None:
    async with open_room() as room:
        room.station.log.publish("edit_applied", "took deck 5", channel="1")
        room.station.log.publish("deck_failed", "deck 6 ended", channel="2", level="error")
        await room.shows("took deck 5", "deck 6 ended")
        await room.pilot.press("slash", *"error deck")
        await room.shows("Events · with error deck", "deck 6 ended")
        assert "took deck 5" not in room.text
        await room.pilot.press("enter")
        assert isinstance(room.app.focused, EventList)
        room.station.log.publish("edit_applied", "took deck 7", channel="1")
        room.station.log.publish("deck_failed", "deck 8 ended", channel="2", level="error")
        await room.shows("deck 8 ended")
        assert "took deck 7" not in room.text
        await room.pilot.press("escape")
        await room.shows("took deck 5", "took deck 7")


def test_a_steady_figure_is_a_calm_line() -> None:
    assert sparkline([30.0] * 9, 4) == glyphs.LEVELS[4] * 4
    assert sparkline([0.0, 0.0], 4) == "  " + glyphs.LEVELS[0] * 2
    assert sparkline([0.0, 4.0, 8.0], 3) == glyphs.LEVELS[0] + glyphs.LEVELS[4] + glyphs.LEVELS[7]
    assert sparkline([], 3) == "   "
    assert sparkline([1.0], 0) == ""


def test_trends_are_bounded_and_forget() -> None:
    trends = FigureHistory()
    for step in range(3 * KEPT):
        trends.take(station(channel(1, viewers=step), at=NOW + step * STEP_S))
        trends.take(station(channel(1, viewers=step), at=NOW + step * STEP_S + 1))
    assert len(trends.of("1")) == KEPT
    assert [sample[3] for sample in trends.of("1")][-2:] == [3 * KEPT - 2, 3 * KEPT - 1]
    trends.take(station(channel(2), at=NOW + 9_999))
    assert trends.of("1") == ()
