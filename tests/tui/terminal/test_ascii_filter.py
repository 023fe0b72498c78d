"""A terminal with ASCII only, or without colours: every room, every dialog and every state stays readable."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from retrovue_tui.protocol.answers.library import LibrarySnapshot
from retrovue_tui.protocol.answers.rundown import HistoryRow, HistorySnapshot
from retrovue_tui.tui.app import ControlRoom
from retrovue_tui.tui.terminal.ascii_filter import AsciiFilter
from retrovue_tui.tui.text import glyphs
from retrovue_tui.tui.text.glyphs import plain
from tests.tui.conftest import QUICK, Clock, Room
from tests.tui.media_rows import aired, media, spot
from tests.tui.rooms.timeline.scene import EditingStation
from tests.tui.station import NOW, FakeStation, channel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])


OVER = (
    (("1", "m"), "Multiviewer"),
    (("2", "right_square_bracket", "left", "b"), "Break in"),
    (("2", "h"), "Edits of"),
    (("2", "equals_sign"), "Go to"),
    (("2", "slash"), "Find"),
    (("3", "b"), "Insert"),
    (("4", "e"), "Export"),
)
"""Keys, and a word of what opens."""


def a_station() -> FakeStation:
    """A station whose every word has more than ASCII in it, wherever someone has chosen it."""
    fake = EditingStation()
    fake.change(channels=(channel(1, name="Für Élise ✓ 日本", revision=8), channel(2, state="slate", on_air=None)))
    fake.bin = LibrarySnapshot((media("Métropolis – 日本"), spot("Käse ½ ™"), media("kaputt…", problem="kein Bild »")))
    fake.aired = [aired(number, title="Nö ✓ 日本", ended="cut") for number in range(3)]
    fake.histories["1"] = HistorySnapshot(8, (HistoryRow("»Käse« → 20:15 …", NOW - 60),))
    return fake


@contextlib.asynccontextmanager
async def plain_room(size: tuple[int, int], *, ascii_only: bool = True, hint: str = "") -> AsyncIterator[Room]:
    fake, clock = a_station(), Clock()
    app = ControlRoom(fake, True, clock=clock, pace=QUICK, ascii_only=ascii_only, hint=hint)
    async with app.run_test(size=size, notifications=True) as pilot:
        room = Room(app, pilot, fake, clock)
        await room.until(lambda: app.view.link == "connected")
        yield room


def drawn(room: Room) -> str:
    """The whole screen as the terminal gets it, after all filters."""
    app = room.app
    width, height = app.size
    out = io.StringIO()
    for strip in app.screen._compositor.render_strips(app.size)[:height]:
        segments = list(strip)
        for each in app.get_line_filters():
            segments = each.apply(segments, Color(0, 0, 0))
        line = "".join(segment.text for segment in segments)
        assert Segment.get_line_length(segments) == width
        out.write(line + "\n")
    return out.getvalue()


async def settled(pilot: Pilot[object]) -> None:
    await pilot.pause()
    await pilot.pause()


@SIZES
async def test_every_room_and_dialog_is_ascii_alone(size: tuple[int, int]) -> None:
    async with plain_room(size, hint="This terminal is not UTF-8 – or so it says") as room:
        for keys in ("1", "2", "3", "4"):
            await room.pilot.press(keys)
            await settled(room.pilot)
            assert drawn(room).isascii(), keys
        await room.pilot.press("1")
        for key in ("question_mark", "B", "S", "X", "Q", "q"):
            await room.pilot.press(key)
            await settled(room.pilot)
            assert room.app.screen is not room.app.room, key
            assert drawn(room).isascii(), key
            await room.pilot.press("escape")
            await settled(room.pilot)
        await room.pilot.press("colon")
        await settled(room.pilot)
        assert drawn(room).isascii()


@SIZES
async def test_dialogs_are_ascii_only(size: tuple[int, int]) -> None:
    async with plain_room(size) as room:
        for keys, shows in OVER:
            for key in keys:
                await room.pilot.press(key)
                await settled(room.pilot)
            await room.until(lambda: shows in drawn(room))  # noqa: B023
            await settled(room.pilot)
            assert drawn(room).isascii(), shows
            await room.pilot.press("escape", "escape")
            await room.until(lambda: shows not in drawn(room))  # noqa: B023


@SIZES
async def test_staged_edits_are_ascii_only_and_visible(size: tuple[int, int]) -> None:
    async with plain_room(size) as room:
        await room.pilot.press("2")
        await room.until(lambda: "nothing" in drawn(room))
        await room.pilot.press("right_square_bracket", "left", "shift+left", "b")
        await room.until(lambda: "Break in" in drawn(room))
        await room.pilot.press(*"15", "enter")
        await room.until(lambda: "1 staged edit" in drawn(room))
        assert drawn(room).isascii()


@SIZES
async def test_states_are_readable_in_ascii(size: tuple[int, int]) -> None:
    async with plain_room(size) as room:
        await room.until(lambda: "Elise v" in drawn(room))
        text = drawn(room)
        assert "> ON AIR" in text
        assert "Fur Elise v ????" in text


async def test_the_hint_about_the_terminal_is_shown() -> None:
    async with plain_room((80, 24), hint="This terminal is not UTF-8") as room:
        await room.until(lambda: "This terminal is not UTF-8" in drawn(room))


async def test_no_colour_leaves_every_state_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with plain_room((120, 36), ascii_only=False) as room:
        await room.shows("▶ ON AIR", "▣ SLATE", "● CONNECTED")
        assert "nocolor" in room.app.pseudo_classes
        strips = room.app.screen._compositor.render_strips(room.app.size)
        for strip in strips:
            segments = list(strip)
            for each in room.app.get_line_filters():
                segments = each.apply(segments, Color(0, 0, 0))
            for segment in segments:
                for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                    if colour is not None and not colour.is_default:
                        red, green, blue = colour.get_truecolor()
                        assert max(red, green, blue) - min(red, green, blue) <= 1


async def test_no_colour_leaves_what_is_staged_a_word_and_a_glyph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with plain_room((120, 36), ascii_only=False) as room:
        await room.pilot.press("2")
        await room.shows("staged    nothing")
        assert glyphs.STAGED not in room.text
        await room.pilot.press("right_square_bracket", "left", "shift+left", "b")
        await room.shows("Break in")
        await room.pilot.press(*"15", "enter")
        await room.shows(f"{glyphs.STAGED} 1 staged edit", f"staged    {glyphs.STAGED} 1 edit", f"{glyphs.STAGED} cut")
        (breaks,) = (text for text in room.lines if text.startswith("BREAKS"))
        assert glyphs.STAGED in breaks
        assert "nocolor" in room.app.pseudo_classes


def test_a_picture_keeps_its_light() -> None:
    dark, light = Style.parse("#000000 on #000000"), Style.parse("#ffffff on #ffffff")
    cells = AsciiFilter().apply([Segment("▀▄", dark), Segment("▀", light), Segment("ok", light)], Color(0, 0, 0))
    assert [segment.text for segment in cells] == ["  ", "@", "ok"]
    assert AsciiFilter().apply([Segment("▀")], Color(0, 0, 0))[0].text == "@"


@pytest.mark.parametrize(
    ("text", "shown"), [("日本 é", "???? e"), ("a\u0301", "a"), ("▶ × …", "> x ~"), ("┌─┐", "+-+")]
)
def test_every_character_has_a_stand_in_of_its_width(text: str, shown: str) -> None:
    assert plain(text) == shown
