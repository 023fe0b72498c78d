"""The pages in a real Chromium, before a real station."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

from retrovue_tui.protocol.client import StationClient
from retrovue_tui.server.access import derived_viewer_token
from tests.browser import browser, needs_chromium
from tests.media_factory import Clip, make
from tests.player_log import record, recorded
from tests.playout.homes import Home, serving

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "a long word"
HOSTILE = "<img src=x onerror=alert(1)>"
TIME = "document.getElementById('video').currentTime"
QUALITY = "document.getElementById('video').getVideoPlaybackQuality()"
RATE = "document.getElementById('video').playbackRate"
LATENCY = "playerLog.hls.latency"
AHEAD = "playerLog.hls.mainForwardBufferInfo.len"
MESSAGE = "document.getElementById('message').textContent"


@needs_chromium
async def test_a_channel_plays_over_joins_a_break_and_a_restart(tmp_path: Path) -> None:
    film = await asyncio.to_thread(make, Clip(frames=75, size=(160, 90)))
    other = await asyncio.to_thread(make, Clip(frames=90, size=(160, 90)))
    home = Home.make(
        tmp_path, {"film.mp4": film, "other.mp4": other},
        {"1": f'on_start = "top"\nname = "{HOSTILE}"', "2": 'on_start = "top"'}, prepared=True,
    )  # fmt: skip
    config = tmp_path / "retrovue.toml"
    config.write_text(config.read_text().replace("port = 0", f'port = 0\ntoken = "{TOKEN}"'))
    for channel in ("1", "2"):
        home.rundown(channel, f'#retrovue id=film title="{HOSTILE}"', "file ../media/film.mp4", "other.mp4")
    async with serving(home) as station, browser(tmp_path) as tab:
        await tab.open(f"{station.url}/")
        await tab.until("document.querySelector('input[name=token]') !== null")
        tab.errors.clear()  # Chromium reports the 401
        await tab.open(f"{station.url}/?token={derived_viewer_token(TOKEN)}")
        await tab.until("document.querySelectorAll('.card').length === 2")
        assert await tab.value("document.querySelector('.card .name').textContent") == HOSTILE
        first = await tab.until("document.querySelector('.card img').src")
        await tab.until("[...document.querySelectorAll('.card .state')].every(each => each.textContent === '')", 120)
        await tab.until(
            "[...document.querySelectorAll('.programme .title')].some(each => each.textContent.includes('<'))"
        )
        assert await tab.value("document.querySelectorAll('#guide img, #channels b').length") == 0
        await tab.until(f"document.querySelector('.card img').src !== '{first}'")  # a new picture every ten seconds
        await tab.until("document.querySelector('.card img').naturalWidth === 426")
        await tab.value("document.querySelector('.card').click()")
        await tab.until(f"location.pathname === '/watch/1' && {TIME} > 0")
        assert await tab.value("document.getElementById('channel').textContent") == f"1 {HOSTILE}"
        await tab.until(f"{TIME} > 3")
        async with StationClient(station.url, TOKEN) as operator:
            receipt = await operator.command("1", "break_now", spots=[str(home.path / "media" / "other.mp4")])
            assert receipt.accepted, receipt.reason
        begun = await tab.value(TIME)
        await tab.until(f"{TIME} > {begun} + 30")  # ten joins and more
        assert await tab.value("document.getElementById('video').error") is None
        assert await tab.value("document.getElementById('video').buffered.length") == 1, "no gap at any join"
        assert await tab.value(f"{QUALITY}.totalVideoFrames") > 850  # how many of them it draws depends on the machine
        assert await tab.value(f"{QUALITY}.droppedVideoFrames < {QUALITY}.totalVideoFrames / 2")
        await tab.press("m")
        await tab.press("c")
        assert await tab.value("document.getElementById('caption').hidden") is True
        await tab.press("ArrowUp")
        await tab.until(f"location.pathname === '/watch/2' && {TIME} > 0")
        assert tab.errors == []
        port = station.url.rpartition(":")[2]
        os.kill(station.process.pid, signal.SIGKILL)
        await station.process.wait()
        await tab.until(f"{MESSAGE}.includes('does not answer')")
        config.write_text(config.read_text().replace("port = 0", f"port = {port}"))
        begun = await tab.value(TIME)
        async with serving(home):
            await tab.until(f"{MESSAGE} === '' && !document.getElementById('video').paused && {TIME} !== {begun}", 90)


@needs_chromium
async def test_the_first_viewer_never_waits_and_plays_what_it_has_while_the_station_is_away(tmp_path: Path) -> None:
    film = await asyncio.to_thread(make, Clip(frames=600, size=(160, 90)))
    home = Home.make(tmp_path, {"film.mp4": film}, {"1": 'on_start = "top"'}, prepared=True)
    home.rundown("1", "film.mp4")
    config = tmp_path / "retrovue.toml"
    config.write_text(config.read_text() + '[hls]\ntarget = "4s"\n')
    async with serving(home) as station, browser(tmp_path) as tab:
        await record(tab)
        await tab.open(f"{station.url}/watch/1")
        await tab.until(f"{TIME} > 1 && {RATE} < 1")  # it begins with the last 6 s at most, and needs 8
        near = await tab.value(LATENCY)
        for key in ("ArrowRight", "l"):
            begun = await tab.value(TIME)
            await tab.press(key)
            assert await tab.value(TIME) >= begun, "it is closer to the live edge than it wants to be, and stays there"
        await tab.until(f"{TIME} > 12 && {LATENCY} > {near} + 0.3")
        log = await recorded(tab)
        assert log.waits == []
        assert min(each.rate for each in log.samples) >= 0.9
        await tab.press("ArrowLeft")
        await tab.until(f"!document.getElementById('video').seeking && {AHEAD} > 10")
        await tab.until(f"{RATE} === 1 && {LATENCY} >= 8")
        os.kill(station.process.pid, signal.SIGKILL)
        await station.process.wait()
        end = await tab.value(f"{TIME} + {AHEAD}")
        began = len((await recorded(tab)).events)
        await tab.until(f"playerLog.events.slice({began}).some(each => each[1] === 'waiting')")
        ended = next(each for each in (await recorded(tab)).events[began:] if each[1] == "waiting")
        assert ended[2] > end - 1, "it played all of its stock"
        port = station.url.rpartition(":")[2]
        config.write_text(config.read_text().replace("port = 0", f"port = {port}"))
        begun = await tab.value(TIME)
        async with serving(home):
            await tab.until(f"{MESSAGE} === '' && !document.getElementById('video').paused && {TIME} !== {begun}", 90)
