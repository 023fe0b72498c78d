"""The station as a process: what it leaves behind, what it takes up, and what it says when something is wrong."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from itertools import pairwise
from time import monotonic
from typing import TYPE_CHECKING

from retrovue_tui.cli import main
from retrovue_tui.instance_lock import find_running
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.house_format import HouseFormat
from retrovue_tui.playout.decks.deck import Deck
from retrovue_tui.playout.mpegts.analyser import analyse
from retrovue_tui.rundown.airlist import write_airlist
from retrovue_tui.rundown.positions import Position
from retrovue_tui.timecode import HOUSE_RATES, FrameRate
from tests.media_factory import Clip, make, numbers, shelf
from tests.playout.homes import Home, OnAir, alive, none_alive, serving
from tests.playout.studio import NTSC, Studio, entry, studio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest

    from retrovue_tui.protocol.events import Event

PIECE = HouseFormat.of("480p").piece_frames
ENDS_S = 20.0  # a stop takes a second; one that hangs never ends


def on_grid(frame: float) -> int:
    """The start of the piece that a frame lies in: where a channel can begin without an edge."""
    return int(frame) // PIECE * PIECE


# ── killed, and back ─────────────────────────────────────────────────────────────────────────────


async def test_killed_it_leaves_no_ffmpeg_and_the_next_goes_on_where_it_should(tmp_path: Path) -> None:
    """SIGKILL: the decks die with the station, the lock is free, and each channel begins as it is told to."""
    film = await asyncio.to_thread(make, Clip(frames=1_800, size=(160, 90)))
    ways = ("top", "resume", "clock")
    home = Home.make(tmp_path, {"film.mp4": film}, {how: f'on_start = "{how}"' for how in ways}, prepared=True)
    for how in ways:
        home.rundown(how, "film.mp4")
        home.anchor(how, "film", 700, time.time() - 20)
    notes = {how: home.anchored(how) for how in ways}
    async with serving(home) as first:
        assert await began_at(first, "top") == 0
        assert await began_at(first, "resume") == on_grid(700)
        assert await off_by(first, "clock", *notes["clock"]) <= 0.6
        await first.until(lambda now: all(channel.state == "on_air" for channel in now.channels))
        await noted_since(home, ways, time.time())
        children = first.children()
        assert len(children) >= 3
        os.kill(first.process.pid, signal.SIGKILL)
        await first.process.wait()
        await none_alive(children)
    assert find_running(home.path) is None
    notes = {how: home.anchored(how) for how in ways}
    async with serving(home) as second:
        running = find_running(home.path)
        assert running is not None
        assert running.pid == second.process.pid
        assert await began_at(second, "top") == 0
        assert await began_at(second, "resume") == on_grid(notes["resume"][0])
        assert await off_by(second, "clock", *notes["clock"]) <= 0.6


async def off_by(station: OnAir, channel: str, frame: int, at: float) -> float:
    """By how many frames the channel of an 1800-frame film began off its clock, which named `frame` at Unix time `at`:
    by the as-run log, whose times are those of the frame clock. (The bench of resuming reads a viewer's pictures.)"""
    await station.event("take", channel)
    began = next(row for row in reversed(await station.client.asrun(channel)) if row.kind == "programme")
    named = frame + (began.started_at - at) * 30_000 / 1_001
    return abs((began.asset_frame - named + 900) % 1_800 - 900)


async def began_at(station: OnAir, channel: str) -> int:
    """The asset frame with which a channel went on air."""
    return int((await station.event("take", channel)).data["asset_frame"])


async def noted_since(home: Home, channels: tuple[str, ...], then: float) -> None:
    """Wait until the station has noted down where each channel is."""
    async with asyncio.timeout(60):
        while any(home.anchored(channel)[1] < then for channel in channels):
            await asyncio.sleep(0.05)


# ── its end ──────────────────────────────────────────────────────────────────────────────────────


async def test_every_signal_ends_it_quickly_with_viewers_and_without_a_trace(tmp_path: Path) -> None:
    """Twenty viewers, half of which take nothing."""
    home = Home.make(tmp_path, {"film.mp4": shelf("h264")}, {"1": ""})
    home.rundown("1", "film.mp4")
    for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        async with serving(home) as station:
            viewers = [await asyncio.open_connection("127.0.0.1", station.port) for _ in range(20)]
            for _, writer in viewers:
                writer.write(b"GET /iptv/channel/1.ts HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            await station.until(lambda now: now.channels[0].viewers == 20 and now.channels[0].state == "on_air")
            for reader, _ in viewers[:10]:
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            children = station.children()
            assert children
            station.process.send_signal(each)
            code = await asyncio.wait_for(station.process.wait(), ENDS_S)
            assert code == 0
            assert not alive(children)
            for reader, writer in viewers:
                with contextlib.suppress(ConnectionError):
                    await asyncio.wait_for(reader.read(), ENDS_S)  # the connection is at its end
                writer.close()
            assert station.process.stderr is not None
            assert b"Traceback" not in await station.process.stderr.read()
        assert find_running(home.path) is None
        assert "off air" in (home.path / "logs" / "station.log").read_text()


def test_another_machine_needs_a_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = Home.make(tmp_path, {}, {"1": ""})
    for host in ("0.0.0.0", "192.0.2.1", "::"):
        assert main(["serve", "--home", str(home.path), "--host", host]) == 1
        said = capsys.readouterr().err
        assert len(said.splitlines()) == 1
        assert host in said
        assert "token = " in said
    assert not (tmp_path / "logs").exists()


# ── what is wrong ────────────────────────────────────────────────────────────────────────────────


async def test_a_problem_is_reported_with_its_place_and_the_rest_airs(tmp_path: Path) -> None:
    channels = {"torn": "", "partly": "", "empty": "", "once": 'at_end = "slate"'}
    home = Home.make(tmp_path, {"film.mp4": shelf("h264"), "text.mp4": shelf("text")}, channels)
    torn = home.rundown("torn", "film.mp4", "outpiont 3 s")
    home.rundown("partly", "gone.mp4", "film.mp4", "text.mp4")
    once = home.rundown("once", "file '../media/film.mp4'", "outpoint 1.0 ")
    async with serving(home) as station:
        now = await station.until(
            lambda now: (
                [channel.state for channel in now.channels] == ["slate", "on_air", "slate", "slate"]
                and now.channels[3].takes >= 2
                and now.channels[3].next is None  # its film has aired; a slow machine takes the slate twice before it
            )
        )
        assert len(now.warnings) == 2
        assert any(f"{torn}:4: " in warning and "outpiont" in warning for warning in now.warnings)
        assert any(str(home.path / "channels" / "empty.ffconcat") in warning for warning in now.warnings)
        partly = now.channels[1]
        assert partly.on_air is not None
        assert partly.on_air.title == "film"
        missing, unusable = partly.warnings
        assert missing.startswith("gone.mp4 (line 3 of the rundown): no such file")
        assert unusable.startswith("text.mp4 (line 7 of the rundown): ")
        ended = now.channels[3]
        assert ended.warnings == ()
        assert ended.restarts == 0
        assert ended.on_air is not None
        assert ended.on_air.kind == "slate"
        assert ended.next is None
        assert once.read_text().count("file") == 1


async def test_files_that_come_and_go_are_taken_up(tmp_path: Path) -> None:
    home = Home.make(tmp_path, {}, {"1": ""})
    home.rundown("1", "late.mp4", "never.mp4")
    late, never = "late.mp4 (line 3 of the rundown): no such file", "never.mp4 (line 5 of the rundown): no such file"
    async with serving(home) as station:
        # On a slow machine the slate airs before the rundown is read.
        now = await station.until(lambda now: now.channels[0].state == "slate" and bool(now.channels[0].warnings))
        assert [warning.partition(";")[0] for warning in now.channels[0].warnings] == [late, never]
        home.bring("late.mp4", shelf("vertical"))
        now = await station.until(lambda now: now.channels[0].state == "on_air")
        assert now.channels[0].on_air is not None
        assert now.channels[0].on_air.entry == "late"
        assert [warning.partition(";")[0] for warning in now.channels[0].warnings] == [never]
        home.take_away("late.mp4")
        await station.until(lambda now: len(now.channels[0].warnings) == 2)
        await station.until(lambda now: now.channels[0].state == "slate")
        home.bring("late.mp4", shelf("vertical"))
        now = await station.until(lambda now: now.channels[0].state == "on_air")
        assert len(now.channels[0].warnings) == 1


# ── long films ───────────────────────────────────────────────────────────────────────────────────


def ten_minutes(path: Path) -> Path:
    """A film that is cheap to make: one minute, ten times."""
    minute = path / "minute.mp4"
    say = [str(find_ffmpeg().path), "-v", "error", "-y"]
    subprocess.run(
        [*say, "-f", "lavfi", "-i", "testsrc=s=160x90:r=10:d=60", "-f", "lavfi", "-i", "sine=d=60", "-c:v", "libx264",
         "-preset", "ultrafast", "-g", "50", "-c:a", "aac", "-b:a", "32k", minute],
        check=True,
    )  # fmt: skip
    film = path / "film.mp4"
    subprocess.run([*say, "-stream_loop", "9", "-i", minute, "-c", "copy", film], check=True)
    return film


async def test_in_the_middle_of_a_long_film_never_prepared_it_is_on_air_in_seconds(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    film = await asyncio.to_thread(ten_minutes, tmp_path)
    home = Home.make(tmp_path / "home", {"film.mp4": film}, {"1": 'on_start = "resume"'})
    home.rundown("1", "film.mp4")
    middle = NTSC.count(300)
    home.anchor("1", "film", middle, time.time() - 1_000)
    async with serving(home) as station:
        take = await station.event("take", "1")
        assert take.data["asset_frame"] == on_grid(middle)
        pieces = sorted(int(each.stem) for each in (home.path / "cache").rglob("[0-9]*.ts") if each.stem.isdecimal())
        assert pieces[0] == on_grid(middle) // PIECE, "nothing before it was waited for"
        now = await station.until(lambda now: now.channels[0].prepare.ready_s > 20)
        assert now.channels[0].on_air is not None
        # How late it is, the machine decides; what airs has gone on from there since its take.
        assert abs(now.channels[0].on_air.position_s - float(NTSC.seconds(on_grid(middle))) - (now.at - take.at)) < 5
        assert now.channels[0].restarts == 0
        children = station.children()
        assert any("segment" in each.cmdline() for each in children), "it is still being prepared"
        station.process.kill()
        await none_alive(children)


async def test_ranges_that_were_rendered_apart_join(tmp_path: Path) -> None:
    """The end of a film first, then its beginning: together they are the film, every frame once."""
    film = await asyncio.to_thread(make, Clip(frames=600, size=(160, 90)))
    async with studio(tmp_path) as stage:
        await stage.know([film])
        recorder = stage.record()
        stage.channel.start([entry(film)], Position(0, 0, 400))
        await stage.until(lambda: stage.channel.state == "on_air")
        asset = stage.assets[film]
        await stage.until(lambda: stage.store.ready(asset, 0) == 600)
        await stage.until(lambda: recorder.pictures > 20)
        airlist = stage.channel.planner.compile(Position(0, 0, 0), 19)
        assert airlist is not None
        listing = tmp_path / "whole.ffconcat"
        await asyncio.to_thread(write_airlist, airlist.items, listing, NTSC)
        assert await played(stage, listing, airlist.frames) == list(range(600))
        seen = [number for number in numbers(recorder.data) if number is not None]
        assert seen == [number % 600 for number in range(360, 360 + len(seen))]  # the film begins again after its end


async def played(stage: Studio, listing: Path, frames: int) -> list[int | None]:
    """The numbers in the pictures that a deck makes of a list, stamped by a splicer as on the bus."""
    from retrovue_tui.playout.output.splicer import Splicer

    deck = Deck(await asyncio.to_thread(find_ffmpeg), stage.channel.house, listing, frames)
    splicer = Splicer(stage.channel.house.rate, "Test")
    data = b""
    await deck.start()
    try:
        async with asyncio.timeout(90):
            while not deck.finished:
                picture = deck.pop()
                if picture is None:
                    await asyncio.sleep(0.005)
                else:
                    data += splicer.splice(picture)
    finally:
        await deck.close()
    return numbers(data)


# ── every house ──────────────────────────────────────────────────────────────────────────────────


async def test_every_house_rate_airs_cleanly(tmp_path: Path) -> None:
    """All five at once, each with a short file in a loop."""
    rates = [FrameRate.parse(rate) for rate in HOUSE_RATES]
    await asyncio.gather(*(_airs_cleanly(tmp_path / f"{number}", rate) for number, rate in enumerate(rates)))


async def _airs_cleanly(folder: Path, rate: FrameRate) -> None:
    film = await asyncio.to_thread(make, Clip(frames=45, size=(160, 90)))
    async with studio(folder, rate=rate) as stage:
        rundown = [entry(film)]
        await stage.prepared(rundown)
        recorder = stage.record()
        stage.channel.start(rundown, Position(0, 0, 0))
        await stage.until(lambda: recorder.pictures > rate.count(4))
    report = analyse(recorder.data, rate)
    assert report.clean, (rate, report)
    assert report.largest_pcr_gap <= 3_600, rate
    assert report.pcr_backwards == 0, rate
    assert report.largest_table_gap <= 45_000, rate
    assert report.largest_audio_error <= 1_920, rate
    assert abs(report.audio_video_distance) < 2 * 1_920 + rate.ticks(1), rate
    assert stage.channel.decks.restarts == 0, rate


# ── it stands still ──────────────────────────────────────────────────────────────────────────────


async def test_stopped_for_seconds_it_goes_on_where_its_clock_is_without_a_burst(tmp_path: Path) -> None:
    """SIGSTOP of the station: a viewer gets one continuous stream, with one jump forward in what it shows."""
    film = await asyncio.to_thread(make, Clip(frames=1_800, size=(160, 90)))
    home = Home.make(tmp_path, {"film.mp4": film}, {"1": ""}, prepared=True)
    home.rundown("1", "film.mp4")
    gone_s = 6.0
    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air" and now.channels[0].prepare.ready_s > 40)
        reader, writer = await asyncio.open_connection("127.0.0.1", station.port)
        writer.write(b"GET /iptv/channel/1.ts?burst=0 HTTP/1.0\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        chunks: list[tuple[float, bytes]] = []

        async def record() -> None:
            while data := await reader.read(1 << 20):
                chunks.append((monotonic(), data))

        recording = asyncio.create_task(record())
        async with asyncio.timeout(90):
            while pictures_since(chunks, 0.0) < 40:
                await asyncio.sleep(0.05)
        station.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(gone_s)  # this pause is what the test is about
        station.process.send_signal(signal.SIGCONT)
        back = monotonic()
        async with asyncio.timeout(90):
            while len(rows := [row for row in await station.client.asrun("1") if row.kind == "programme"]) < 2:
                await asyncio.sleep(0.1)
            while monotonic() < back + 1 or pictures_since(chunks, back) < 60:
                await asyncio.sleep(0.05)
        recording.cancel()
        writer.close()
        events = [each.message async for each in _so_far(station)]
    before, after = rows[:2]
    assert before.ended == "cut"
    assert "stood still" in before.note
    named = before.asset_frame + (after.started_at - before.started_at) * 30_000 / 1_001
    assert abs((after.asset_frame - named + 900) % 1_800 - 900) <= 0.6
    assert any("stood still for" in message for message in events)
    data = b"".join(data for _, data in chunks)
    report = analyse(data[: len(data) // 188 * 188], NTSC)
    assert report.clean, report
    first_second = [chunk for chunk in chunks if chunk[0] < back + 1]
    assert pictures_since(first_second, back) < 30 * 2.5  # 6 s of pictures at once would be 180
    seen = [number for number in numbers(data) if number is not None]
    jumps = [(a, b) for a, b in pairwise(seen) if b != (a + 1) % 1_800]
    assert len(jumps) == 1
    assert jumps[0][1] % 60 == 0, "it begins with a key frame"


def pictures_since(chunks: list[tuple[float, bytes]], then: float) -> int:
    """How many pictures begin in what came from then on."""
    return sum(data.count(b"\0\0\1\xe0") for at, data in chunks if at >= then)


async def _so_far(station: OnAir) -> AsyncIterator[Event]:
    """The events up to now."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            async for event in station.client.events(0):
                yield event
