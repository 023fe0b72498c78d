"""The operator's own themes, and what becomes of them while they are worn."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from textual.color import Color

from retrovue_tui.tui.app import ControlRoom
from retrovue_tui.tui.themes.loader import HOUSE_THEME, LIGHT_VARIABLES, read_theme
from retrovue_tui.tui.user_paths import UserPaths
from tests.tui.conftest import QUICK, Clock, Room
from tests.tui.station import FakeStation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

BLUE, RED = "#3344ff", "#ff3344"


def look(background: str, name: str = "mine") -> str:
    return f'name = "{name}"\nprimary = "#abcdef"\nbackground = "{background}"\n'


@pytest.fixture
def themes(tmp_path: Path) -> Path:
    folder = tmp_path / "themes"
    folder.mkdir()
    return folder


@contextlib.asynccontextmanager
async def dressed(themes: Path, wanted: str | None = None) -> AsyncIterator[Room]:
    """A control room whose operator has themes of their own, and wore `wanted` the last time."""
    places = UserPaths(themes=(themes,), memory=themes.parent / "screen.json")
    if wanted:
        places.remember("theme", wanted)
    station, clock = FakeStation(), Clock()
    app = ControlRoom(station, True, clock=clock, pace=QUICK, places=places)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        room = Room(app, pilot, station, clock)
        await room.shows("CONNECTED")
        yield room


def background(room: Room) -> str:
    return room.app.screen.styles.background.hex.lower()


def is_near(one: str, other: str) -> bool:
    """Whether two colours are the same but for what mixing rounds away."""
    return all(abs(a - b) <= 2 for a, b in zip(Color.parse(one).rgb, Color.parse(other).rgb, strict=True))


async def shows_colour(room: Room, colour: str) -> None:
    await room.until(lambda: is_near(background(room), colour), timeout=60)


async def test_the_theme_worn_last_is_worn_again(themes: Path) -> None:
    (themes / "mine.toml").write_text(look(BLUE))
    async with dressed(themes, "mine") as room:
        await shows_colour(room, BLUE)
        await room.pilot.press("t")
        assert room.app.theme != "mine"
        remembered = UserPaths(memory=themes.parent / "screen.json").recall
        await room.until(lambda: remembered("theme") == room.app.theme)


async def test_a_saved_theme_is_applied_at_once_even_if_the_editor_renames_files(themes: Path) -> None:
    path = themes / "mine.toml"
    path.write_text(look(BLUE))
    async with dressed(themes, "mine") as room:
        await shows_colour(room, BLUE)
        path.write_text(look(RED))
        await shows_colour(room, RED)
        fresh = themes / ".mine.toml.swp"
        fresh.write_text(look("#112233"))
        fresh.replace(path)
        await shows_colour(room, "#112233")


async def test_a_folder_that_comes_later_is_taken_in(themes: Path) -> None:
    async with dressed(themes / "later", "mine") as room:
        assert room.app.theme == HOUSE_THEME
        await asyncio.to_thread((themes / "later").mkdir)
        (themes / "later" / "mine.toml").write_text(look(BLUE))
        await shows_colour(room, BLUE)


async def test_all_faults_at_the_start_are_in_one_toast(themes: Path) -> None:
    (themes / "mine.toml").write_text('primary = "#fff"\nbackground = "blueish"\n')
    (themes / "torn.toml").write_text('primary = "#fff"\n\nsurface = ')
    async with dressed(themes, "mine") as room:
        await room.until(lambda: len(room.app._notifications) == 1)
        assert room.app.theme == HOUSE_THEME
        (toast,) = room.app._notifications
        first, second = toast.message.splitlines()
        assert f"{themes / 'mine.toml'}:2" in first
        assert "blueish" in first
        assert f"{themes / 'torn.toml'}:3" in second
        (themes / "mine.toml").write_text(look(BLUE))
        await shows_colour(room, BLUE)


async def test_a_bad_save_keeps_the_look_and_says_the_line(themes: Path) -> None:
    path = themes / "mine.toml"
    path.write_text(look(BLUE))
    async with dressed(themes, "mine") as room:
        await shows_colour(room, BLUE)
        path.write_text(look("bleu"))
        await room.until(lambda: any(f"{path}:3" in each.message for each in room.app._notifications), timeout=60)
        assert room.app.theme == "mine"
        assert is_near(background(room), BLUE)
        path.write_text(look(RED))
        await shows_colour(room, RED)


async def test_a_theme_that_is_removed_while_worn_gives_way_to_the_house_theme(themes: Path) -> None:
    path = themes / "mine.toml"
    path.write_text(look(BLUE))
    async with dressed(themes, "mine") as room:
        await shows_colour(room, BLUE)
        path.unlink()
        await room.until(lambda: room.app.theme == HOUSE_THEME, timeout=60)
        assert "mine" not in room.app.theme_names
        assert "mine" not in room.app.available_themes


async def test_an_unknown_theme_that_was_remembered_is_the_house_theme(themes: Path) -> None:
    async with dressed(themes, "gone") as room:
        assert room.app.theme == HOUSE_THEME
        await room.pilot.press("t")
        await room.until(lambda: room.app.theme != HOUSE_THEME)


async def test_an_operators_theme_replaces_a_shipped_one_until_it_is_removed(themes: Path) -> None:
    path = themes / "amber.toml"
    path.write_text(look(BLUE, "amber"))
    async with dressed(themes, "amber") as room:
        await shows_colour(room, BLUE)
        path.unlink()
        await room.until(lambda: not is_near(background(room), BLUE), timeout=60)
        assert room.app.theme == "amber"


def test_a_light_theme_that_says_nothing_of_tallies_gets_dark_ones(themes: Path) -> None:
    path = themes / "day.toml"
    path.write_text('dark = false\nprimary = "#00528f"\n[variables]\ntally-air = "#aa0000"\n')
    assert read_theme(path).variables == {**LIGHT_VARIABLES, "tally-air": "#aa0000"}
