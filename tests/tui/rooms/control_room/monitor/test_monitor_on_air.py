"""The monitor and the multiviewer before a station that is really on air: the picture is the one on the wire."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np

from retrovue_tui.tui.app import ControlRoom
from retrovue_tui.tui.rooms.control_room.monitor.monitor_pane import MonitorPane
from retrovue_tui.tui.rooms.control_room.monitor.multiviewer import Tile
from tests.media_factory import Clip, make, read_number
from tests.playout.homes import Home, serving
from tests.tui.test_rooms_on_air import Before

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.protocol.answers.pictures import Picture

SIZE = (180, 60)
BEHIND_S = 4.0
"""A key frame comes every so often, the newest may be as old; then the station looks, and we do."""


def number_in(picture: Picture | None) -> int | None:
    """The number of the frame that a picture shows."""
    if picture is None:
        return None
    image = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)
    return read_number(image[:, :, 1])


async def test_the_picture_is_of_what_is_on_air(tmp_path: Path) -> None:
    film = await asyncio.to_thread(make, Clip(frames=1_800, size=(160, 90)))
    home = Home.make(tmp_path, {"film.mp4": film}, {"1": 'name = "Real One"\non_start = "top"'}, prepared=True)
    home.rundown("1", "film.mp4")
    async with serving(home) as on_air:
        await on_air.until(lambda seen: seen.channels[0].state == "on_air" and seen.channels[0].monitor is not None)
        app = ControlRoom(on_air.client, own_station=False)
        async with app.run_test(size=SIZE) as pilot:
            room = Before(app, pilot)
            monitor = app.room.query_one(MonitorPane)
            await room.until(lambda: monitor.picture is not None)
            await room.until(lambda: monitor.query("#levels") and "-" in room.text)
            await pilot.press("m")
            await room.until(lambda: app.room.query(Tile) and app.room.query_one(Tile).view.picture is not None)
            for _ in range(2):
                tile = app.room.query_one(Tile)
                shown = tile.view.picture
                number = number_in(shown)
                channel = (await on_air.client.station()).channels[0]
                assert channel.on_air is not None
                assert number is not None
                assert -1 <= channel.on_air.position_s - number * 1001 / 30_000 <= BEHIND_S
                await room.until(lambda shown=shown: app.room.query_one(Tile).view.picture != shown)  # type: ignore[misc]
