"""HLS of a station in a process of its own: players, a crash, and the token."""

from __future__ import annotations

import asyncio
import signal
from itertools import pairwise
from typing import TYPE_CHECKING

import aiohttp
import m3u8

from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.playout.hls.segment import named
from retrovue_tui.playout.mpegts.analyser import analyse
from retrovue_tui.server.access import derived_viewer_token
from tests.media_factory import Clip, make
from tests.playout.homes import Home, serving
from tests.playout.studio import NTSC

if TYPE_CHECKING:
    from pathlib import Path

FRAME_MS = 34
TOKEN = "a long word"
WATCH = f"?token={derived_viewer_token(TOKEN)}"


async def page_of(http: aiohttp.ClientSession, url: str, channel: str, least: int = 1) -> m3u8.M3U8:
    """The media playlist once it has this number of segments."""
    async with asyncio.timeout(90):
        while True:
            async with http.get(f"{url}/hls/{channel}/index.m3u8{WATCH}") as answer:
                if answer.status == 200:
                    page = m3u8.loads(await answer.text())
                    if len(page.segments) >= least:
                        return page
            await asyncio.sleep(0.1)


async def played(url: str, seconds: float) -> None:
    """FFmpeg plays HLS without a word of complaint."""
    ffmpeg = await asyncio.to_thread(find_ffmpeg)
    process = await asyncio.create_subprocess_exec(
        str(ffmpeg.path), "-v", "warning", "-xerror", "-i", url, "-t", str(seconds), "-f", "null", "-",
        stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(90):
            _, complaints = await process.communicate()
        assert (process.returncode, complaints) == (0, b"")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_player_and_a_station_that_was_killed(tmp_path: Path) -> None:
    film = await asyncio.to_thread(make, Clip(frames=600, size=(160, 90)))
    home = Home.make(tmp_path, {"film.mp4": film}, {"1": 'on_start = "top"'}, prepared=True)
    config = tmp_path / "retrovue.toml"
    config.write_text(config.read_text().replace("port = 0", f'port = 0\ntoken = "{TOKEN}"\n[hls]\nwindow = "1m"'))
    home.rundown("1", "film.mp4")
    async with serving(home) as station, aiohttp.ClientSession() as http:
        async with http.get(f"{station.url}/iptv/channel/1.m3u8") as refused:
            assert refused.status == 401
        await page_of(http, station.url, "1", 2)
        await played(f"{station.url}/iptv/channel/1.m3u8{WATCH}", 4)
        before = await page_of(http, station.url, "1", 3)
        station.process.send_signal(signal.SIGKILL)
        await station.process.wait()
    async with serving(home) as station, aiohttp.ClientSession() as http:
        count = len(before.segments)
        after = await page_of(http, station.url, "1", count + 2)
        parts = []
        for each in after.segments:
            async with http.get(f"{station.url}/hls/1/{each.uri}") as answer:
                assert answer.status == 200
                parts.append(await answer.read())
    assert after.media_sequence == before.media_sequence
    assert [each.uri for each in after.segments[:count]] == [each.uri for each in before.segments]
    marks = [index for index, each in enumerate(after.segments) if each.discontinuity]
    assert len(marks) == 1
    assert marks[0] >= count
    for run in (parts[: marks[0]], parts[marks[0] :]):
        assert analyse(b"".join(run), NTSC).clean
    segments = [named(each.uri.partition("?")[0]) for each in after.segments]
    assert all(each is not None and each.sequence == after.media_sequence + n for n, each in enumerate(segments))
    dates = [(each.program_date_time.timestamp() * 1_000, each.duration * 1_000) for each in after.segments]
    for index, ((at, length), (next_at, _)) in enumerate(pairwise(dates), 1):
        assert abs(at + length - next_at) <= FRAME_MS or index == marks[0]
