"""The bin and the as-run room before a station that is really on air."""

from __future__ import annotations

import asyncio
import csv
from typing import TYPE_CHECKING, Any

from retrovue_tui.tui.app import ControlRoom
from retrovue_tui.tui.dialogs.export import ExportScreen
from retrovue_tui.tui.rooms.schedule.block_dialog import BlockScreen
from retrovue_tui.tui.rooms.schedule.screen import ScheduleScreen
from retrovue_tui.tui.station_link import Pace
from tests.media_factory import Clip, make
from tests.playout.homes import Home, programme, serving
from tests.tui.conftest import Room

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from retrovue_tui.protocol.answers.library import LibraryRow
    from retrovue_tui.protocol.client import StationClient

SIZE = (120, 36)
PATIENCE_S = 120.0


class Before(Room):
    """A control room before a real station, which takes its time."""

    def __init__(self, app: ControlRoom, pilot: Pilot[Any]) -> None:
        self.app, self.pilot = app, pilot

    async def until(self, condition: Callable[[], object], timeout: float = PATIENCE_S) -> None:
        await super().until(condition, timeout)


async def a_home(path: Path) -> Home:
    """A film in the rundown, and another that nobody airs."""
    film = await asyncio.to_thread(make, Clip(frames=1_800, size=(160, 90)))
    other = await asyncio.to_thread(make, Clip(frames=150, size=(160, 90), first=2_000))
    home = Home.make(path, {"film.mp4": film, "other.mp4": other}, {"1": 'name = "Real One"\non_start = "top"'})
    home.rundown("1", "film.mp4")
    return home


async def media(client: StationClient, name: str) -> LibraryRow:
    """The station's facts about a file."""
    return next(row for row in (await client.library()).rows if row.file.endswith(name))


def pieces(home: Home) -> int:
    return len(list((home.path / "cache").rglob("*.ts")))


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def test_from_the_bin_a_file_is_prepared_trimmed_inserted_and_taken_out(tmp_path: Path) -> None:
    home = await a_home(tmp_path)
    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air" and not now.channels[0].prepare.pending)
        assert (await media(station.client, "other.mp4")).prepared == 0
        app = ControlRoom(station.client, own_station=False, pace=Pace())
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            room = Before(app, pilot)
            await pilot.press("3")
            await room.shows("Bin · 2 files", "b inserts into Real One", "film", "other", "0 %", "h264 160×90")
            before = await asyncio.to_thread(pieces, home)

            await pilot.press("slash", *"other", "enter", "P")
            await room.shows("1 of 2 files", "100 % ✓", "✓ all of it")
            assert (await media(station.client, "other.mp4")).prepared == 1.0
            assert await asyncio.to_thread(pieces, home) > before

            await room.shows("frame 15")
            await pilot.press("right", "i", "shift+right", "o")
            await room.shows("00:05✎", "in 00:00:00;16 · out 00:00:01;16")
            await pilot.press("b")
            await room.shows("Insert · Real One", "at the end of the rundown", "On air in")
            await pilot.press("enter")
            await room.shows("Insert · Real One", "on air in")
            *_, last = (await station.client.rundown("1")).entries
            assert (last.file, last.kind) == (str(home.path / "media" / "other.mp4"), "programme")
            assert (last.in_frame, last.out_frame) == (16, 47)

            await pilot.press("u")
            await room.shows("Undo · Real One")
            assert [row.id for row in (await station.client.rundown("1")).entries] == ["film"]


async def test_the_as_run_room_follows_the_air_and_exports_it(tmp_path: Path) -> None:
    home = await a_home(tmp_path)
    home.rundown("1", "film.mp4", "other.mp4")
    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air" and not now.channels[0].prepare.pending)
        app = ControlRoom(station.client, own_station=False, pace=Pace())
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            room = Before(app, pilot)
            await pilot.press("4")
            await room.shows("As-run · 1 Real One", "film", "▶ ON AIR", "film on air")
            await pilot.press("S")
            await room.shows("Skip · Real One")
            await pilot.press("left", "enter")
            await room.shows("» skipped", "other", "✓ complete")

            await pilot.press("e")
            await room.shows("Export as-run · 1 Real One")
            asked = app.screen
            assert isinstance(asked, ExportScreen)
            asked._file.value = str(tmp_path / "log.csv")
            await pilot.press("enter")
            await room.shows("Exported")
        written = await asyncio.to_thread(read_csv, tmp_path / "log.csv")
        logged = {row.id: row for row in await station.client.asrun("1")}
    skipped = next(row for row in written if row["ended"] == "skipped")
    assert skipped["file"] == str(home.path / "media" / "film.mp4")
    assert int(skipped["frames_aired"]) == logged[skipped["id"]].frames_aired < 1_800
    assert any(row["title"] == "other" for row in written)


PLANNED = """number = 1
name = "Real One"
on_start = "top"
[channel.plan]
programmes = ["*"]
breaks = "none"
horizon = "1h"
"""


async def test_in_the_schedule_room_a_block_is_added_aired_by_the_plan_and_taken_back(tmp_path: Path) -> None:
    film = await asyncio.to_thread(programme, 18_000)
    home = Home.make(tmp_path, {"film.mp4": film}, {"1": PLANNED}, prepared=True)
    config = home.path / "retrovue.toml"
    written = config.read_text()
    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air" and now.channels[0].revision > 0)
        app = ControlRoom(station.client, own_station=False, pace=Pace())
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            room = Before(app, pilot)
            await pilot.press("5")
            await room.shows("Schedule · 1 Real One", "WHY", "film", "next in order")

            await pilot.press("a")
            await room.shows("block 1")
            await pilot.press(*"Night")  # replaces the name that was proposed
            form = app.screen
            assert isinstance(form, BlockScreen)
            await room.until(lambda: form._known is not None and form._known.values["name"] == "Night")
            await pilot.press("enter")
            await room.shows("Night", "Real One")
            await room.until(lambda: "[[channel.block]]" in config.read_text())
            assert 'name = "Night"' in config.read_text()
            assert [block.name for block in (await station.client.plan("1", 7)).blocks] == ["plan", "Night"]

            def saved() -> bool:
                schedule = app.screen
                return isinstance(schedule, ScheduleScreen) and schedule.plan is not None and bool(schedule.plan.undo)

            await room.until(saved)
            await pilot.press("U")
            await room.until(lambda: config.read_text() == written)
