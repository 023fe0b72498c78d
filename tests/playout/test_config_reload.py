"""A config that is changed while the station is on air."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from retrovue_tui.config.config_file import serving as serving_config
from retrovue_tui.config.output import OutputConfig
from retrovue_tui.config.plan import ChannelPlan, PlanRules
from retrovue_tui.config.station_config import ChannelConfig, Config, HouseConfig, ServerConfig
from retrovue_tui.instance_lock import find_running
from retrovue_tui.playout.config_reload import revise
from retrovue_tui.playout.mpegts.analyser import analyse
from retrovue_tui.protocol.client import Refused, StationClient
from retrovue_tui.timecode import FrameRate
from tests.media_factory import Clip, make
from tests.playout.homes import Home, serving

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.snapshots import StationSnapshot

ONE = ChannelConfig("1", 1, "One", pool="ads")
OLD = Config(Path("/home"), channels=(ONE,), pools={"ads": (Path("/ads"),)})


def test_catch_up_is_named_as_people_write_it() -> None:
    found = revise(OLD, replace(OLD, channels=(replace(ONE, catchup=timedelta(hours=36)),)))
    assert found.applied == ("channel '1': catchup = '1d12h'",)
    limit = revise(OLD, replace(OLD, server=ServerConfig(max_catchup=5)))
    assert limit.later == ("[server] max_catchup",)


def test_a_channels_name_takes_effect_at_once_and_the_house_format_does_not() -> None:
    new = replace(
        OLD,
        house=HouseConfig(profile="480p"),
        channels=(replace(ONE, name="Uno", at_end="slate"), ChannelConfig("2", 2, "Two")),
    )
    found = revise(OLD, new)
    assert found.channels == (replace(ONE, name="Uno", at_end="slate"),)
    assert found.applied == ("channel '1': name = 'Uno'", "channel '1': at_end = 'slate'", "channel '2' is new")
    assert found.later == ("[house] profile",)
    assert found.config.house == OLD.house
    assert found.added == (ChannelConfig("2", 2, "Two"),)
    assert found.config.channels == (*found.channels, *found.added)


def test_a_changed_plan_counts_at_once_and_is_not_printed() -> None:
    found = revise(OLD, replace(OLD, channels=(replace(ONE, plan=ChannelPlan(PlanRules(("*",)))),)))
    assert found.applied == ("channel '1': plan = as it is now in the file",)
    assert found.later == ()
    assert found.channels[0].plan is not None


def test_changed_outputs_count_at_once_and_are_not_printed() -> None:
    output = OutputConfig("rtmp://a/app/some-stream-key", "a")
    found = revise(OLD, replace(OLD, channels=(replace(ONE, outputs=(output,)),)))
    assert found.applied == ("channel '1': outputs = as it is now in the file",)
    assert found.later == ()
    assert found.channels[0].outputs == (output,)


def test_a_new_pool_waits_for_a_restart_and_no_change_is_no_message() -> None:
    new = replace(OLD, channels=(replace(ONE, pool="other", name="Uno"), ChannelConfig("2", 2, "Two", pool="other")))
    found = revise(OLD, new)
    assert found.later == tuple(f"pool 'other' of channel '{id}', which is new" for id in "12")
    assert found.config.channels == (replace(ONE, name="Uno"), ChannelConfig("2", 2, "Two")), "the rest is taken up"
    assert revise(OLD, OLD) == revise(OLD, replace(OLD))
    assert not revise(OLD, OLD).applied + revise(OLD, OLD).later


def test_tokens_change_at_once_and_the_place_where_it_listens_does_not() -> None:
    old = replace(
        OLD, server=ServerConfig(host="0.0.0.0", port=0, token="one"), server_written=ServerConfig(token="one")
    )
    written = ServerConfig(port=9000, token="two", viewer_token="three")
    found = revise(old, replace(OLD, server=written))
    assert found.tokens
    assert (found.applied, found.later) == (("[server] token", "[server] viewer_token"), ("[server] port",))
    assert found.config.server == ServerConfig("0.0.0.0", 0, "two", "three"), "--host and --port stay"
    again = revise(found.config, replace(OLD, server=written))
    assert (again.applied, again.later) == ((), ("[server] port",)), "it waits until the restart"
    open_door = revise(old, replace(OLD, server=ServerConfig()))
    assert open_door.config.server.token == "one"
    assert open_door.later == ("[server] token: 0.0.0.0 is open to other machines, and needs one",)


def test_options_of_the_command_line_are_no_change_of_the_file() -> None:
    running = serving_config(OLD, port=0)
    assert revise(running, OLD).later == ()


async def test_a_station_takes_it_up_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    film = await asyncio.to_thread(make, Clip(frames=90, size=(160, 90)))
    home = Home.make(tmp_path, {"film.mp4": film}, {"1": 'name = "One"'}, prepared=True)
    home.rundown("1", "film.mp4")
    path = tmp_path / "retrovue.toml"
    text = path.read_text()

    def warned(now: StationSnapshot, what: str) -> bool:
        return any(what in each for each in now.warnings)

    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air")
        path.write_text(text.replace('"One"', '"Uno"').replace("400", "500"))
        now = await station.until(lambda now: now.channels[0].name == "Uno" and bool(now.warnings))
        assert warned(now, "[house] video_bitrate: takes effect after a restart: `retrovue-tui stop`, then")
        path.write_text(text + "nonsense = 1\n")
        now = await station.until(lambda now: warned(now, "nonsense"))
        assert now.channels[0].name == "Uno"
        path.write_text(text)
        now = await station.until(lambda now: now.channels[0].name == "One" and not now.warnings)
        assert now.channels[0].state == "on_air"


async def test_channels_come_and_go_while_another_airs_on(tmp_path: Path) -> None:
    film = await asyncio.to_thread(make, Clip(frames=150, size=(160, 90)))
    home = Home.make(tmp_path, {"film.mp4": film}, {"1": 'name = "One"'}, prepared=True)
    home.rundown("1", "film.mp4")
    home.rundown("2", "film.mp4")
    path = tmp_path / "retrovue.toml"
    text = path.read_text()
    async with (
        serving(home) as station,
        aiohttp.ClientSession() as session,
        session.get(f"{station.url}/iptv/channel/1.ts") as watched,
    ):
        data = bytearray()

        async def watch() -> None:
            while chunk := await watched.content.readany():
                data.extend(chunk)

        viewer = asyncio.create_task(watch())
        await station.until(lambda now: now.channels[0].state == "on_air")
        path.write_text(text.replace("[[channel]]", '[[channel]]\nid = "2"\nnumber = 7\nname = "Two"\n[[channel]]', 1))
        now = await station.until(lambda now: len(now.channels) == 2 and now.channels[0].state == "on_air")
        assert [channel.id for channel in now.channels] == ["2", "1"], "in the order of the config"
        assert not now.warnings
        async with session.get(f"{station.url}/iptv/channel/2.ts") as second:
            await second.content.readexactly(188 * 500)
            home.rundown("2", "film.mp4", "file ../media/film.mp4")  # its file is followed too
            async with asyncio.timeout(90):
                while len((await station.client.rundown("2")).entries) != 2:
                    await asyncio.sleep(0.05)
            path.write_text(text)
            await station.until(lambda now: len(now.channels) == 1)
            async with asyncio.timeout(60):
                while await second.content.readany():
                    pass
        async with session.get(f"{station.url}/iptv/channel/2.ts") as gone:
            assert gone.status == 404
        path.write_text(text.replace("[[channel]]", '[[channel]]\nid = "2"\nnumber = 7\n[[channel]]', 1))
        await station.until(lambda now: len(now.channels) == 2 and now.channels[0].state == "on_air")
        async with asyncio.timeout(90):  # all of it may take less time than that many pictures
            while data.count(b"\0\0\1\xe0") <= 155:
                await asyncio.sleep(0.05)
        viewer.cancel()
        await asyncio.gather(viewer, return_exceptions=True)
        whole = bytes(data[: len(data) // 188 * 188])
        report = analyse(whole, FrameRate(30_000, 1_001))
        assert (report.video_jumps, report.cc_errors, report.discontinuities) == (0, 0, 0)
        assert report.pictures > 150


async def test_a_token_takes_effect_at_once_and_the_homes_own_control_room_reads_it(tmp_path: Path) -> None:
    film = await asyncio.to_thread(make, Clip(frames=90, size=(160, 90)))
    home = Home.make(tmp_path, {"film.mp4": film}, {"1": 'name = "One"'}, prepared=True)
    home.rundown("1", "film.mp4")
    path = tmp_path / "retrovue.toml"
    text = path.read_text()

    def token() -> str | None:
        running = find_running(tmp_path)
        return running.token if running else None

    async with serving(home) as station, StationClient(station.url, fresh_token=token) as own:
        await station.until(lambda now: now.channels[0].state == "on_air")
        before: str | None = None
        for new in ("a long enough token", "another one, as long"):
            path.write_text(text.replace("[server]", f'[server]\ntoken = "{new}"'))
            async with asyncio.timeout(90):
                while token() != new:
                    await asyncio.sleep(0.05)
            assert (await own.station()).channels[0].state == "on_air"
            with pytest.raises(Refused, match="token"):
                await station.client.station()
            if before is not None:
                async with StationClient(station.url, before) as late:
                    with pytest.raises(Refused):
                        await late.station()
            before = new
        assert not (await own.station()).warnings
