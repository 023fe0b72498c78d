"""A fault of a channel or a file is shown completely, in every room, until it is repaired."""

from __future__ import annotations

import re

import pytest

from retrovue_tui.tui.widgets.channel_faults import fault_lines
from tests.tui.conftest import open_room
from tests.tui.media_rows import media, with_bin
from tests.tui.station import FakeStation, channel, station

FAULT = (
    "/home/op/retrovue/channels/1.ffconcat:33: unknown directive 'fiel'; did you mean 'file', as in: "
    "file 'media/programme.mp4'"
)


def words(text: str) -> str:
    """Text without what it is wrapped with: the start of lines, the frame beside them."""
    return re.sub(r"[\s▀│]+", " ", text)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
@pytest.mark.parametrize("number", ["1", "2", "3", "4"])
async def test_a_refused_rundown_shows_in_every_room_until_it_is_mended(number: str, size: tuple[int, int]) -> None:
    fake = FakeStation(station(channel(1, rundown_fault=FAULT), channel(2)))
    async with open_room(fake, size) as room:
        await room.pilot.press(number)
        await room.until(lambda: FAULT in words(room.text))
        fake.change(channels=(channel(1), channel(2)))
        await room.until(lambda: "1.ffconcat" not in room.text)
        fake.change(channels=(channel(1), channel(2, rundown_fault=FAULT)))
        await room.pilot.press("greater_than_sign")
        await room.until(lambda: FAULT in words(room.text))


async def test_a_reason_shows_whole_in_the_side_panel_of_the_bin() -> None:
    reason = "the decoder crashes on it (signal 6), and FFmpeg itself says: Invalid data found when processing input"
    async with open_room(with_bin([media("Eight", problem=reason)]), (80, 24)) as room:
        await room.pilot.press("3")
        await room.until(lambda: reason in words(room.text))


@pytest.mark.parametrize("most", [3, 4, 5])
def test_faults_take_no_more_lines_than_there_are_and_say_how_many_are_left_out(most: int) -> None:
    lines = [each.plain for each in fault_lines((FAULT, "disk full", "no slate"), 60, most)]
    assert len(lines) <= most
    assert all(len(each) <= 60 for each in lines)
    told = " ".join(lines)
    left = re.search(r"and (\d) more", told)
    shown = sum(text in told for text in ("fiel", "disk full", "no slate"))
    assert shown + (int(left[1]) if left else 0) == 3
