"""Staged edits whose place has aired meanwhile."""

from __future__ import annotations

import pytest

from retrovue_tui.tui.rooms.timeline.model.changes import first_difference
from tests.tui.rooms.timeline.line_room import Line, open_line
from tests.tui.rooms.timeline.scene import laid, plan

FILM = "/m/late.mkv"


@pytest.mark.parametrize(("since", "place"), [(0, 8_000), (8_000, 8_000), (8_500, 8_500), (40_000, 37_350 + 8_000)])
def test_the_first_frame_at_which_two_rundowns_differ(since: int, place: int) -> None:
    moved = laid(
        ("e1", "programme", FILM, 0, 8_000, None), ("s1", "spot", "/m/cola.mp4", 0, 450, "b1"),
        ("s2", "spot", "/m/soap.webm", 0, 600, "b1"), ("e2", "programme", FILM, 8_000, 27_000, None),
        ("s3", "spot", "/m/tyres.mp4", 0, 300, "b2"), ("e3", "programme", "/m/count.mpg", 0, 9_000, None),
    )  # fmt: skip
    old, new = plan(), plan(moved)
    assert first_difference(old, new, old.base + since) == old.base + place
    assert first_difference(old, old, old.base + since) is None


async def pass_by(line: Line, seconds: float) -> None:
    """Let this time pass, at the station and here."""
    line.room.clock.now += seconds
    line.station.change(at=line.room.clock.now)
    await line.room.until(lambda: abs(line.screen.now - line.room.clock.now) < 0.01)


async def test_an_edit_that_the_air_has_passed_is_not_staged_any_more_and_can_be_had_back() -> None:
    async with open_line() as line:
        await line.press("plus", *"10", "enter", "b")
        await line.room.shows("Tyres")
        await line.press("enter")
        await line.staged(1)
        await line.press("right_square_bracket", "D")
        await line.staged(2)
        asked = len(line.station.given)
        await pass_by(line, 9.0)
        await line.press("right")
        assert len(line.station.given) == asked  # it is not passed yet

        line.station.nos["at_frame", 3_297] = "frame 3297 has aired"
        await pass_by(line, 1.0)
        await line.room.shows("too late: 1 staged edit cannot be made now", "frame 3297 has aired", "1 staged edit:")
        (edit,) = await line.staged(1)
        assert edit["command"] == "remove_break"
        await line.press("u")
        await line.room.shows("frame 3297 has aired; ctrl+r tries it again")
        line.station.nos.clear()
        await line.press("ctrl+r")
        await line.staged(2)
