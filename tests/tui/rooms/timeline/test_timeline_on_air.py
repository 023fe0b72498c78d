"""The timeline before a station that is really on air."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

from retrovue_tui.tui.app import ControlRoom
from retrovue_tui.tui.rooms.timeline.screen import TimelineScreen
from retrovue_tui.tui.station_link import Pace
from tests.media_factory import Clip, make
from tests.playout.homes import Home, serving
from tests.tui.test_rooms_on_air import Before

if TYPE_CHECKING:
    from pathlib import Path


async def a_home(path: Path) -> Home:
    """A film in the rundown, and a pool of one spot."""
    film = await asyncio.to_thread(make, Clip(frames=1_800, size=(160, 90)))
    spot = await asyncio.to_thread(make, Clip(frames=90, size=(160, 90), first=2_000))
    says = 'name = "Real One"\non_start = "top"\npool = "ads"\n[pools]\nads = "ads"'
    home = Home.make(path, {"film.mp4": film}, {"1": says}, prepared=True)
    (path / "ads").mkdir()
    await asyncio.to_thread(shutil.copyfile, spot, path / "ads" / "tea.mp4")
    home.rundown("1", "film.mp4")
    return home


async def test_a_break_is_inserted_moved_and_applied_by_keys_and_undone(tmp_path: Path) -> None:
    home = await a_home(tmp_path)
    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air" and not now.channels[0].prepare.pending)
        app = ControlRoom(station.client, own_station=False, pace=Pace())
        async with app.run_test(size=(120, 36), notifications=True) as pilot:
            room, screen = Before(app, pilot), app.rooms.all[2]
            assert isinstance(screen, TimelineScreen)
            await pilot.press("enter")
            await room.shows("ON AIR", "film")
            await pilot.press("g", "plus", *"40", "enter", "b")
            await room.shows("tea")
            await pilot.press("enter")
            await room.shows("1 staged edit")
            await pilot.press("full_stop")
            await room.shows("2 staged edits")
            assert len((await station.client.rundown("1")).entries) == 1  # nothing of it airs yet

            await pilot.press("w")
            await room.shows("applied")
            rows = (await station.client.rundown("1")).entries
            assert [row.kind for row in rows] == ["programme", "spot", "programme"]
            assert [row.in_frame for row in rows] == [0, 0, 1_200]  # 40 s are 1199 frames, and one later
            assert rows[0].out_frame == 1_200

            await pilot.press("u")
            await room.until(lambda: screen.ready is not None and screen.ready.length == 1)
            assert len((await station.client.rundown("1")).entries) == 1
