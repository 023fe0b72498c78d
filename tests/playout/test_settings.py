"""A config that is changed while the station is on air."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from retrovue_tui.config import ChannelConfig, Config, HouseConfig
from retrovue_tui.playout.settings import revise
from tests.media_factory import Clip, make
from tests.playout.homes import Home, serving

if TYPE_CHECKING:
    from retrovue_tui.control.snapshots import StationSnapshot

ONE = ChannelConfig("1", 1, "One", pool="ads")
OLD = Config(Path("/home"), channels=(ONE,), pools={"ads": (Path("/ads"),)})


def test_what_a_channel_is_called_counts_at_once_and_its_house_does_not() -> None:
    new = replace(
        OLD,
        house=HouseConfig(profile="480p"),
        channels=(replace(ONE, name="Uno", at_end="slate"), ChannelConfig("2", 2, "Two")),
    )
    found = revise(OLD, new)
    assert found.channels == (replace(ONE, name="Uno", at_end="slate"),)
    assert found.applied == ("channel '1': name = 'Uno'", "channel '1': at_end = 'slate'")
    assert found.later == ("[house]", "channel '2' is new")
    assert found.config.house == OLD.house
    assert found.config.channels == found.channels


def test_a_pool_that_is_not_there_yet_waits_and_nothing_is_said_of_nothing() -> None:
    new = replace(OLD, channels=(replace(ONE, pool="other"),))
    assert revise(OLD, new).later == ("channel '1' has a pool that is new",)
    assert revise(OLD, OLD) == revise(OLD, replace(OLD))
    assert not revise(OLD, OLD).applied + revise(OLD, OLD).later


async def test_a_station_takes_it_up_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    film = await asyncio.to_thread(make, Clip(frames=90, size=(160, 90)))
    home = Home.make(tmp_path, {"film.mp4": film}, {"1": 'name = "One"'})
    home.rundown("1", "film.mp4")
    path = tmp_path / "retrovue.toml"
    text = path.read_text()

    def warned(now: StationSnapshot, what: str) -> bool:
        return any(what in each for each in now.warnings)

    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air")
        path.write_text(text.replace('"One"', '"Uno"').replace("400", "500"))
        now = await station.until(lambda now: now.channels[0].name == "Uno" and bool(now.warnings))
        assert warned(now, "[house]: counts when the station is started anew")
        path.write_text(text + "nonsense = 1\n")
        now = await station.until(lambda now: warned(now, "nonsense"))
        assert now.channels[0].name == "Uno"
        path.write_text(text)
        now = await station.until(lambda now: now.channels[0].name == "One" and not now.warnings)
        assert now.channels[0].state == "on_air"
