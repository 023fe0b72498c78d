"""A lower quality on air: the same pictures at the same times, whatever happens on the channel."""

from __future__ import annotations

import asyncio
import io
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import av
import m3u8

from retrovue_tui.config.hls import HlsConfig
from retrovue_tui.config.station_config import Config
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.house_format import HouseFormat
from retrovue_tui.playout.event_log import EventLog
from retrovue_tui.playout.hls.hls_service import ROOM_ABOVE, HlsService
from retrovue_tui.playout.mpegts.analyser import analyse
from retrovue_tui.playout.renditions.lower_pieces import LowerPieces
from retrovue_tui.playout.renditions.rendition_service import RenditionService
from retrovue_tui.playout.station_warnings import StationWarnings
from tests.media_factory import make, numbers, packets
from tests.playout.stage import LONG, OTHER, SPOT, stage_with
from tests.playout.studio import NTSC, Recorder, entry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from tests.playout.stage import Stage

SMALL = HouseFormat("small", 192, 108, NTSC, 200, 64, None)


@asynccontextmanager
async def qualities_of(stage: Stage, folder: Path) -> AsyncIterator[RenditionService]:
    """The qualities of the stage's channel: its own, and `small`."""
    channel, config = stage.channel, Config(folder)
    channel.config = replace(channel.config, renditions=("small",))
    service = RenditionService(
        lambda: config, lambda: {channel.id: channel}, channel.house, StationWarnings(EventLog())
    )
    service._pieces["small"] = LowerPieces(config.cache_dir, channel.house, SMALL)
    task = asyncio.create_task(service.run(await asyncio.to_thread(find_ffmpeg)))
    try:
        yield service
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def joined(service: RenditionService, quality: str = "small") -> Recorder:
    """A viewer of a quality."""
    recorder, bus = Recorder(), service.bus("1", quality)
    for part in bus.join():
        recorder.write(part)
    bus.attach(recorder)
    return recorder


def times(data: bytes) -> list[int]:
    return [each[0] for each in packets(data)["video"]]


async def all_made(stage: Stage, service: RenditionService) -> None:
    """Wait until every piece has its lower one."""
    pieces = set(stage.channel.decks.files())
    await stage.made.until(lambda: service._of("small").missing(pieces) is None)


async def test_the_same_pictures_at_the_same_times_over_joins_and_a_break(tmp_path: Path) -> None:
    rows = [entry(make(LONG), 0, 250, id="a"), entry(make(OTHER), id="b"), entry(make(LONG), 250, id="c")]
    async with stage_with(tmp_path, *rows) as stage, qualities_of(stage, tmp_path) as service:
        await all_made(stage, service)
        first = joined(service)
        assert first.data, "a picture at once, though nobody has watched this quality before"
        rendition = service._on_air["1", "small"]
        await stage.made.until(lambda: rendition.lower_frames > 70)
        assert stage.channel.bus.viewers == 2
        lower = joined(service)
        await stage.standby()
        assert (await stage.say("break_now", spots=[str(make(SPOT))])).accepted
        await stage.made.until(lambda: rendition.lower_frames > 500)
        main = stage.recorder.data
    first_at = times(main)[0]
    shown = dict(zip(times(main), numbers(main), strict=True))
    for data in (first.data, lower.data):
        report = analyse(data, NTSC)
        assert report.clean, report
        begun = [at for at in times(data) if at >= first_at]  # this viewer got the pictures before it, too
        assert begun == [at for at in shown if begun[0] <= at <= begun[-1]]
    seen = dict(zip(times(lower.data), numbers(lower.data), strict=True))
    assert {at: number for at, number in seen.items() if at in shown} == {
        at: number for at, number in shown.items() if at in seen
    }
    assert {SPOT.first, LONG.first + 249, OTHER.first} <= set(seen.values())


async def test_a_missing_lower_piece_is_replaced_by_the_channels_own_picture(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG))) as stage, qualities_of(stage, tmp_path) as service:
        await all_made(stage, service)
        pieces = service._of("small")
        third = stage.channel.decks.files()[2]
        pieces.path(third).unlink()
        pieces.path(third).mkdir()  # it cannot be made again
        lower = joined(service)
        rendition = service._on_air["1", "small"]
        await stage.made.until(lambda: rendition.lower_frames > 60)
        others = rendition.other_frames
        await stage.made.until(lambda: rendition.other_frames >= others + 180)  # the third piece, whole
        lowers = rendition.lower_frames
        await stage.made.until(lambda: rendition.lower_frames > lowers + 60)
        data = lower.data
    assert analyse(data, NTSC).clean
    sizes = await asyncio.to_thread(sizes_of, data, tmp_path / "seen.ts")
    assert set(sizes) == {(320, 180), (SMALL.width, SMALL.height)}


def sizes_of(data: bytes, path: Path) -> list[tuple[int, int]]:
    path.write_bytes(data)
    with av.open(str(path)) as file:
        return [(frame.width, frame.height) for frame in file.decode(video=0)]


def codec_in(data: bytes) -> str:
    """The codec of a stream as a playlist states it, from the parameter set that FFmpeg finds."""
    with av.open(io.BytesIO(data), "r", format="mpegts") as opened:
        next(opened.decode(video=0))
        extradata = opened.streams.video[0].codec_context.extradata
    assert extradata is not None
    at = extradata.index(b"\0\0\1\x67") + 4
    return f"avc1.{extradata[at : at + 3].hex()}"


async def test_a_playlist_states_the_codecs_of_the_real_pictures_also_of_a_quality_that_nobody_watches(
    tmp_path: Path,
) -> None:
    async with stage_with(tmp_path, entry(make(LONG))) as stage, qualities_of(stage, tmp_path) as service:
        config = Config(tmp_path)
        hls = HlsService(lambda: config, service.hls_channels, StationWarnings(EventLog()))
        task = asyncio.create_task(hls.run())

        async def codecs() -> list[str]:
            found = m3u8.loads((await hls.multivariant("1", "")).body.decode())
            return [each.stream_info.codecs.partition(",")[0] for each in found.playlists]

        try:
            own = codec_in(stage.recorder.data)
            assert await codecs() == [own, own]
            await all_made(stage, service)
            await hls.media("1.small", "")
            rendition = service._on_air["1", "small"]
            await stage.made.until(lambda: rendition.lower_frames > 70)
            lower = codec_in(service._of("small").path(stage.channel.decks.files()[0]).read_bytes())
            assert await codecs() == [own, lower]
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_a_player_that_changes_to_another_quality_finds_the_place_where_it_plays(tmp_path: Path) -> None:
    rows = [entry(make(LONG), id="a"), entry(make(LONG), id="b")]
    async with stage_with(tmp_path, *rows) as stage, qualities_of(stage, tmp_path) as service:
        config = Config(tmp_path, hls=HlsConfig(idle=timedelta(seconds=3)))
        hls = HlsService(lambda: config, service.hls_channels, StationWarnings(EventLog()))
        task = asyncio.create_task(hls.run())
        widths = {stage.channel.house.width, SMALL.width}
        try:
            await all_made(stage, service)
            own = await page_of(hls, "1", 7)  # 14 s, and the bus has 7.5 s at most
            begun = await page_of(hls, "1.small", 7)
            assert dates_of(begun)[:7] == dates_of(own)
            small = await page_of(hls, "1.small", len(begun.segments) + 4)
            assert small.media_sequence == begun.media_sequence
            assert await widths_in(hls, "1.small", small) == widths
            lower = m3u8.loads((await hls.multivariant("1", "")).body.decode()).playlists[1].stream_info
            assert lower.bandwidth == round((SMALL.video_kbps + SMALL.audio_kbps) * 1_000 * ROOM_ABOVE)
            own_hls, small_hls = hls._hls["1"], hls._hls["1.small"]
            async with asyncio.timeout(90):
                while not own_hls.idle():
                    await page_of(hls, "1.small", 1)
                    await asyncio.sleep(0.05)
                await page_of(hls, "1.small", len(small_hls.segments) + 2)
                assert own_hls.running, "a player that changes back finds its place, too"
                await stage.made.until(lambda: not own_hls.running and not small_hls.running)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def page_of(hls: HlsService, id: str, least: int) -> m3u8.M3U8:
    """The media playlist once it has this number of segments."""
    async with asyncio.timeout(90):
        while len((found := m3u8.loads((await hls.media(id, "")).body.decode())).segments) < least:
            await asyncio.sleep(0.05)
    return found


def dates_of(page: m3u8.M3U8) -> list[datetime]:
    return [each.program_date_time for each in page.segments]


async def widths_in(hls: HlsService, id: str, page: m3u8.M3U8) -> set[int]:
    """The widths of the pictures in a playlist's segments, which are one stream without a jump."""
    data = b""
    for each, after in pairwise([*page.segments, None]):
        path = hls.segment(id, each.uri)
        assert path is not None
        data += await asyncio.to_thread(path.read_bytes)
        if after is not None:
            length = (after.program_date_time - each.program_date_time).total_seconds()
            assert abs(length - each.duration) < 0.002
            assert not after.discontinuity
    assert analyse(data, NTSC).clean
    with av.open(io.BytesIO(data), "r", format="mpegts") as opened:
        return {frame.width for frame in opened.decode(video=0)}


async def test_the_folder_of_a_web_server_names_no_quality_that_cannot_be_written(tmp_path: Path) -> None:
    web = tmp_path / "web"
    web.mkdir()
    (tmp_path / "state").mkdir(exist_ok=True)
    (web / "1.small").write_text("not a folder")
    config = Config(tmp_path, hls=HlsConfig(folder=web))
    async with stage_with(tmp_path, entry(make(LONG))) as stage, qualities_of(stage, tmp_path) as service:
        hls = HlsService(lambda: config, service.hls_channels, StationWarnings(EventLog()))
        task = asyncio.create_task(hls.run())

        def named() -> list[str]:
            page = web / "1.m3u8"
            return [each.uri for each in m3u8.loads(page.read_text()).playlists] if page.exists() else []

        try:
            await stage.made.until(lambda: bool(named()))
            assert named() == ["1/index.m3u8"]
            (web / "1.small").unlink()
            hls._hls["1.small"]._failed_at = float("-inf")  # the time until the next try is over
            await stage.made.until(lambda: len(named()) == 2)
            assert named() == ["1/index.m3u8", "1.small/index.m3u8"]
            assert all((web / each).is_file() for each in named())
            assert not (web / "1.small.m3u8").exists(), "a quality is found through its channel"
            # A quality that is gone is no longer there; a client that plays it takes another one.
            stage.channel.config = replace(stage.channel.config, renditions=())
            await stage.made.until(lambda: not (web / "1.small" / "index.m3u8").exists())
            await stage.made.until(lambda: named() == ["1/index.m3u8"])
            assert [*(web / "1.small").glob("*.ts")], "its clients have segments left to play"
            assert not m3u8.load(str(web / "1" / "index.m3u8")).is_endlist
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
