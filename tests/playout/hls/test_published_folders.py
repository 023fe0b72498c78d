"""Channels and qualities that are gone, in the folder of a web server: their playlists end, their files go later, and
nothing else is touched."""

from __future__ import annotations

import asyncio
import json
import shutil
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import m3u8

from retrovue_tui.config.hls import HlsConfig
from retrovue_tui.config.station_config import Config
from retrovue_tui.playout.event_log import EventLog
from retrovue_tui.playout.hls.hls_service import HlsService
from retrovue_tui.playout.hls.published_folders import RECORD
from retrovue_tui.playout.hls.segment import Segment
from retrovue_tui.playout.hls.segment_folder import SegmentFolder
from retrovue_tui.playout.station_warnings import StationWarnings
from tests.media_factory import make
from tests.playout.hls.on_air import HlsOnAir
from tests.playout.stage import LONG, stage_with
from tests.playout.studio import entry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from retrovue_tui.playout.channel.channel import Channel

FOREIGN = Segment(9, 0, 60, 1_795_000_000_000, "0123456789ab", 3)


@asynccontextmanager
async def published(home: Path, config: HlsConfig, channels: dict[str, Channel]) -> AsyncIterator[HlsOnAir]:
    """The HLS of a station with these channels, which may come and go."""
    warnings, whole = StationWarnings(EventLog()), Config(home, hls=config)
    whole.state_dir.mkdir(exist_ok=True)
    service = HlsService(lambda: whole, lambda: dict(channels), warnings)
    made = HlsOnAir(service, warnings, asyncio.create_task(service.run()))
    try:
        yield made
    finally:
        await made.end()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.02)


def neighbour(web: Path) -> dict[str, bytes]:
    """What another station, which has no channel 1, and a person have put into the same folder."""
    other = SegmentFolder(web, "2", public=True)
    other.load()
    other.write(FOREIGN, [b"abc"])
    other.write_playlists(b"#EXTM3U\n", b"#EXTM3U\n")
    (web / "keep.html").write_text("mine")
    return contents(web)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


async def test_the_playlist_of_a_removed_channel_ends_and_its_files_go_after_the_window(tmp_path: Path) -> None:
    web = tmp_path / "www"
    kept = neighbour(web)
    config = HlsConfig(folder=web, window=timedelta(seconds=4), target=timedelta(seconds=1))
    async with stage_with(tmp_path, entry(make(LONG))) as stage:
        channels = {"1": stage.channel}
        async with published(tmp_path, config, channels) as hls:
            await until(lambda: (web / "1.m3u8").exists())
            (web / "1" / "note.txt").write_text("mine")
            del channels["1"]
            await until(lambda: not (web / "1.m3u8").exists())
            await until(lambda: m3u8.load(str(web / "1" / "index.m3u8")).is_endlist)
            ended = (web / "1" / "index.m3u8").read_text()
            assert ended.count("#EXT-X-ENDLIST") == 1
            assert all((web / "1" / each.uri).is_file() for each in m3u8.loads(ended).segments)
            await until(lambda: not [*(web / "1").glob("*.ts")])
            await until(lambda: "1" not in (tmp_path / "state" / RECORD).read_text().partition("folders")[2])
            assert not hls.warnings.texts()
    assert contents(web) == {**kept, "1/note.txt": b"mine"}


async def test_a_stop_ends_no_playlist_and_after_a_restart_it_goes_on(tmp_path: Path) -> None:
    web = tmp_path / "www"
    config, media = HlsConfig(folder=web, target=timedelta(seconds=2)), web / "1" / "index.m3u8"
    async with stage_with(tmp_path / "one", entry(make(LONG))) as stage:
        async with published(tmp_path, config, {"1": stage.channel}):
            await until(lambda: media.exists() and len(m3u8.load(str(media)).segments) >= 2)
        stopped = m3u8.load(str(media))
    assert not stopped.is_endlist, "a player waits for the station"
    assert all((web / "1" / each.uri).is_file() for each in stopped.segments)
    assert (web / "1.m3u8").exists()
    two = tmp_path / "two"
    async with stage_with(two, entry(make(LONG))) as stage, published(tmp_path, config, {"1": stage.channel}):
        await until(lambda: len(m3u8.load(str(media)).segments) > len(stopped.segments) + 1)
        again = m3u8.load(str(media))
    assert again.media_sequence == stopped.media_sequence
    count = len(stopped.segments)
    assert [each.uri for each in again.segments[:count]] == [each.uri for each in stopped.segments]
    assert [index for index, each in enumerate(again.segments) if each.discontinuity] in ([count], [count + 1]), (
        "a segment that was written last may have been in no playlist yet"
    )
    assert not again.is_endlist


async def test_a_channel_that_was_removed_while_the_station_was_off_is_ended_too(tmp_path: Path) -> None:
    web = tmp_path / "www"
    kept = neighbour(web)
    config, media = HlsConfig(folder=web), web / "1" / "index.m3u8"
    one = tmp_path / "one"
    async with stage_with(one, entry(make(LONG))) as stage, published(tmp_path, config, {"1": stage.channel}):
        await until((web / "1.m3u8").exists)
    async with published(tmp_path, config, {}):
        await until(lambda: not (web / "1.m3u8").exists())
        await until(lambda: m3u8.load(str(media)).is_endlist)
    assert {name: data for name, data in contents(web).items() if not name.startswith("1/")} == kept
    # A channel of this id that comes again goes on there.
    two = tmp_path / "two"
    async with stage_with(two, entry(make(LONG))) as stage, published(tmp_path, config, {"1": stage.channel}):
        await until((web / "1.m3u8").exists)
        assert not m3u8.load(str(media)).is_endlist


async def test_another_folder_or_none_ends_what_is_in_the_old_one(tmp_path: Path) -> None:
    web, other = tmp_path / "www", tmp_path / "other"
    async with stage_with(tmp_path, entry(make(LONG))) as stage:
        channels = {"1": stage.channel}
        async with published(tmp_path, HlsConfig(folder=web), channels):
            await until((web / "1.m3u8").exists)
        async with published(tmp_path, HlsConfig(folder=other), channels):
            await until((other / "1.m3u8").exists)
            await until(lambda: m3u8.load(str(web / "1" / "index.m3u8")).is_endlist)
        assert not (web / "1.m3u8").exists()
        async with published(tmp_path, HlsConfig(folder=other, enabled=False), channels):
            await until(lambda: m3u8.load(str(other / "1" / "index.m3u8")).is_endlist)
        assert not (other / "1.m3u8").exists()
        # When the window has passed, the next start removes the files, and has nothing more to do.
        for each in [*web.glob("1/*.ts"), *other.glob("1/*.ts")]:
            sequence, discontinuity, frames, _, run = each.stem.split("-")
            each.rename(each.with_name(f"{sequence}-{discontinuity}-{frames}-1795000000000-{run}.ts"))
        async with published(tmp_path, HlsConfig(enabled=False), channels) as hls:
            await asyncio.wait_for(hls.task, 30)
    assert not contents(web)
    assert not contents(other)
    assert json.loads((tmp_path / "state" / RECORD).read_text())["folders"] == []


async def test_a_copy_of_a_home_leaves_the_folder_of_the_first_one_alone(tmp_path: Path) -> None:
    home, copy, web = tmp_path / "home", tmp_path / "copy", tmp_path / "www"
    home.mkdir()
    async with stage_with(tmp_path, entry(make(LONG))) as stage:
        async with published(home, HlsConfig(folder=web), {"1": stage.channel}):
            await until((web / "1.m3u8").exists)
        shutil.copytree(home, copy)
        before = contents(web)
        async with published(copy, HlsConfig(), {}) as hls:
            await until(lambda: hls.service._published._known is not None)
    assert contents(web) == before


async def test_a_playlist_that_cannot_be_removed_is_a_warning(tmp_path: Path) -> None:
    web = tmp_path / "www"
    channels: dict[str, Channel] = {}
    async with stage_with(tmp_path, entry(make(LONG))) as stage:
        channels["1"] = stage.channel
        async with published(tmp_path, HlsConfig(folder=web), channels) as hls:
            await until((web / "1.m3u8").exists)
            (web / "1.m3u8").unlink()
            (web / "1.m3u8").mkdir()
            channels.clear()
            await until(lambda: hls.warnings.about("hls folder") != "")
            warning = hls.warnings.about("hls folder")
    assert warning.startswith(f"[hls] folder: {web / '1'} cannot be written: ")
    assert warning.endswith("; a channel that is gone may still be served")


async def test_segments_in_the_cache_go_when_they_are_no_longer_made_there(tmp_path: Path) -> None:
    cache = SegmentFolder(tmp_path / "cache" / "hls", "1")
    for config in (HlsConfig(enabled=False), HlsConfig(folder=tmp_path / "www")):
        cache.load()
        cache.write(replace(FOREIGN), [b"abc"])
        async with published(tmp_path, config, {}):
            await until(lambda: not cache.path.exists())
