"""The keys that review break candidates, before a station that answers from memory."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from textual.geometry import Size

from retrovue_tui.errors import StationError
from retrovue_tui.protocol.answers.pictures import AssetCue
from retrovue_tui.tui.rooms.timeline.view import TimelineView
from tests.tui.rooms.timeline.line_room import Line, open_line
from tests.tui.rooms.timeline.scene import FILM


def states(line: Line) -> list[tuple[int, str]]:
    """Frame and state of the film's candidates, as the room knows them."""
    return [(cue.frame, cue.state) for cue in line.screen._facts[FILM].cues]


async def settled(line: Line, count: int) -> None:
    """Wait until the station has this number of reviews, and the room has their answers."""
    await line.room.until(lambda: len(line.station.reviewed) == count and not line.screen.cue_jobs)


async def test_candidates_are_accepted_rejected_moved_and_taken_back() -> None:
    async with open_line() as line:
        await line.press("n")
        await line.room.until(lambda: line.at == 6_000)
        await line.room.shows("▽ chapter 0.50", "here", "Two")
        await line.press("A")
        await settled(line, 1)
        assert states(line) == [(6_000, "accepted"), (20_000, "found")]
        await line.room.shows("✓ chapter 1.00", "accepted by the operator", "break candidate 00:03:20;06: accepted")
        await line.press("n", "r")
        await settled(line, 2)
        assert line.at == 20_000 + 1_050
        await line.room.shows("✗ chapter", "rejected by the operator")
        await line.press("backspace")
        await settled(line, 3)
        assert states(line) == [(6_000, "accepted"), (20_000, "found")]
        await line.press("right", "right", "m")
        await settled(line, 4)
        assert line.station.reviewed[-1] == (FILM, 20_000, "move", 20_002)
        await line.room.shows("→ chapter 1.00", "moved by the operator from 00:11:07;10", "moved to 00:11:07;12")
        await line.press("shift+left", "shift+left", "A")
        await settled(line, 5)
        own = 20_002 - 60
        assert states(line) == [(6_000, "accepted"), (own, "accepted"), (20_002, "moved")]
        await line.room.shows("✓ operator 1.00", "set by the operator")
        await line.press("n", "backspace")
        await settled(line, 6)
        assert states(line)[-1] == (20_000, "found")
        assert line.at == 20_000 + 1_050  # where the candidate was before it was moved
        assert not line.station.given
        assert not line.board.staging


async def test_refusals_are_shown_at_the_cursor() -> None:
    async with open_line() as line:
        await line.press("r")
        await line.room.shows("there is no break candidate here")
        await line.press("m")
        await line.room.shows("no break candidate is near enough")
        await line.press("n", "m")
        await line.room.shows("the candidate is here already")
        assert not line.station.reviewed
        line.station.no_review = "late.mkv has 1000 reviewed breaks, which is the limit"
        await line.press("A")
        await line.room.shows("which is the limit")
        await line.press("right_square_bracket", "A")
        await line.room.shows("break candidates are in programmes")
        assert len(line.station.reviewed) == 1


async def test_keys_typed_fast_take_effect_in_their_order() -> None:
    async with open_line() as line:
        line.station.answers = asyncio.Event()
        line.burst("n", "A", "n", "r", "right")
        await line.room.until(lambda: len(line.station.reviewed) == 1)
        line.station.answers.set()
        await settled(line, 2)
        assert [each[1:3] for each in line.station.reviewed] == [(6_000, "accept"), (20_000, "reject")]


async def test_an_event_of_another_control_room_brings_the_new_candidates() -> None:
    async with open_line() as line:
        await line.press("n")
        await line.room.until(lambda: FILM in line.screen._facts)
        facts = line.station.insides[FILM]
        line.station.insides[FILM] = replace(facts, cues=(AssetCue(7_000, "fade", score=0.96),))
        line.station.log.publish("breaks", "late.mkv: its break candidates are known", file=FILM)
        await line.room.until(lambda: states(line) == [(7_000, "found")])


async def test_an_unfinished_analysis_is_reported() -> None:
    async with open_line() as line:
        facts = line.station.insides[FILM]
        line.station.insides[FILM] = replace(facts, analysed=False)
        line.station.log.publish("breaks", "late.mkv: the break is rejected", file=FILM)
        await line.room.shows("the station still looks for candidates in this file")


async def test_a_click_in_the_lane_goes_to_the_candidate() -> None:
    async with open_line() as line:
        await line.room.until(lambda: FILM in line.screen._facts)
        x, y = line.cell("cues", 6_000)
        await line.room.pilot.click(TimelineView, offset=(x + 2, y))
        assert line.at == 6_000
        await line.press("s")
        await line.room.pilot.click(TimelineView, offset=(x + 2, y))
        assert line.at != 6_000


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_both_sides_of_a_candidate_are_shown(size: tuple[int, int]) -> None:
    async with open_line(size) as line:
        await line.press("n")
        await line.room.until(lambda: line.at == 6_000)
        await line.press("P")
        before, under, after = (line.screen.query_one(name) for name in ("#before", "#under", "#after"))
        await line.room.until(lambda: {(FILM, 5_999), (FILM, 6_000)} <= set(line.station.previewed))
        assert before.size != Size(0, 0)
        assert under.size == before.size
        assert not after.display
        await line.room.shows("▽ chapter 0.50")
        await line.press("right")
        await line.room.until(lambda: (FILM, 6_001) in line.station.previewed)
        await line.press("P")
        await line.room.until(lambda: not line.screen.has_class("-cut"))
        assert before.display == (size[0] >= 170)
        await line.room.until(lambda: before.size.width <= under.size.width)


async def test_a_lost_station_is_reported() -> None:
    async with open_line() as line:
        await line.press("n")
        await line.room.until(lambda: line.at == 6_000)

        async def lost(*_: object) -> None:
            raise StationError("No station answers.")

        line.station.review_break = lost  # type: ignore[assignment]
        await line.press("A")
        await line.room.shows("Whether it was stored is not known")
