"""The confidence monitors show what the channels send: known pictures, known tones, real decks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from retrovue_tui.decoding.bus_sampler import AudioMeter, VideoSampler
from retrovue_tui.media.workers.process import WorkerError
from retrovue_tui.media.workers.tasks import MONITORS
from retrovue_tui.playout.event_log import EventLog
from retrovue_tui.playout.monitoring import alarms as alarms_module
from retrovue_tui.playout.monitoring import confidence as monitor_module
from retrovue_tui.playout.monitoring.alarms import Alarm
from retrovue_tui.playout.monitoring.confidence import ConfidenceMonitors
from retrovue_tui.playout.mpegts.packets import newest_key
from retrovue_tui.protocol.answers.pictures import ALARM_S, SILENT_DBFS, Picture
from retrovue_tui.rundown.positions import Position
from tests.media_factory import H264, Clip, make, read_number
from tests.playout.studio import Studio, entry, studio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrovue_tui.protocol.events import Event
    from retrovue_tui.rundown.positions import Stretch

TOP = Position(0, 0, 0)
LOUD = Clip(frames=900, gain_db=-12.0)
DARK = Clip(frames=90, first=3_000, gain_db=-200.0, filters="format=yuv420p,lutyuv=y=16:u=128:v=128")
RED = Clip(frames=300, filters="format=yuv420p,lutyuv=y=81:u=90:v=240")


@contextlib.asynccontextmanager
async def watching(made: Studio) -> AsyncIterator[ConfidenceMonitors]:
    monitors = ConfidenceMonitors([made.channel], made.events)
    task = asyncio.create_task(monitors.run())
    try:
        yield monitors
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def on_air(tmp_path: Path, *clips: Clip, at: Position = TOP) -> AsyncIterator[tuple[Studio, ConfidenceMonitors]]:
    rows = [entry(make(clip)) for clip in clips]
    async with studio(tmp_path) as made:
        await made.prepared(rows)
        made.channel.start(tuple(rows), at)
        await made.until(lambda: made.channel.state == "on_air")
        async with watching(made) as monitors:
            yield made, monitors


async def seen(monitors: ConfidenceMonitors, width: int = 320, height: int = 180) -> Picture:
    """A picture, once there is one."""
    async with asyncio.timeout(90):
        while (found := await monitors.picture("1", width, height)) is None:
            await asyncio.sleep(0.02)
    return found


def pixels(picture: Picture) -> np.ndarray[Any, Any]:
    return np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)


def number_in(picture: Picture) -> int | None:
    return read_number(pixels(picture).mean(axis=2).astype(np.uint8))


# ── what is on air ───────────────────────────────────────────────────────────────────────────────


async def test_the_picture_is_the_one_on_air_and_goes_on_with_it(tmp_path: Path) -> None:
    """Nobody watches the channel: it is looked at all the same. Asked for again and again, it is live."""
    async with on_air(tmp_path, LOUD) as (made, monitors):
        offsets, frames = set(), []
        for _ in range(4):
            picture = await seen(monitors)
            number, position = number_in(picture), made.channel.position.frame
            assert number is not None
            assert picture.frame is not None
            assert position - 60 < number < position
            offsets.add(picture.frame - number)
            frames.append(picture.frame)
            wanted = made.channel.splicer.frame + 25
            await made.until(lambda wanted=wanted: made.channel.splicer.frame >= wanted)  # type: ignore[misc]
        assert made.channel.bus.viewers == 0
        assert len(offsets) == 1, "the bus's frame that it names is the one that it shows"
        assert frames == sorted(set(frames))


async def test_it_has_the_colours_of_the_clip_and_the_size_that_was_asked_for(tmp_path: Path) -> None:
    async with on_air(tmp_path, RED) as (_, monitors):
        for size in ((80, 45), (320, 180), (1920, 1080)):
            picture = await seen(monitors, *size)
            assert (picture.width, picture.height) == (min(size[0], 320), min(size[1], 180))
            red, green, blue = pixels(picture).reshape(-1, 3).mean(axis=0)
            assert red > 200
            assert green < 60
            assert blue < 60


async def test_it_is_as_loud_as_the_clip(tmp_path: Path) -> None:
    # An AAC encoder is some seconds off at the beginning of a pure tone.
    async with on_air(tmp_path, LOUD, at=Position(0, 0, 540)) as (made, _):
        heard = made.channel.splicer.frame + 60
        await made.until(lambda: made.channel.seen is not None and made.channel.seen.frame > heard)
        assert made.channel.seen is not None
        assert made.channel.seen.peaks_dbfs == pytest.approx((-12.0, -12.0), abs=0.5)
        assert (made.channel.seen.silent_since, made.channel.seen.black_since) == (None, None)
        assert abs(made.channel.seen.at - time.time()) < 5
        assert made.channel.snapshot().monitor == made.channel.seen


async def test_a_stopped_channel_has_no_picture_and_comes_back(tmp_path: Path) -> None:
    async with on_air(tmp_path, LOUD) as (made, monitors):
        await seen(monitors)
        entries = made.channel.planner.entries
        await made.channel.stop()
        assert await monitors.picture("1", 320, 180) is None
        await made.until(lambda: made.channel.seen is None)
        made.channel.start(entries, TOP)
        await made.until(lambda: made.channel.state == "on_air")
        assert number_in(await seen(monitors)) is not None


async def test_a_picture_is_made_once_for_all_who_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_air(tmp_path, LOUD) as (_, monitors):
        await seen(monitors)
        made: list[str] = []
        plain = MONITORS.run

        async def counted(task: str, *arguments: Any, **options: Any) -> Any:
            made.append(task)
            return await plain(task, *arguments, **options)

        monkeypatch.setattr(MONITORS, "run", counted)
        asked = 40
        pictures = await asyncio.gather(*(monitors.picture("1", 200, 100) for _ in range(asked)))
        shown = {picture.frame for picture in pictures if picture is not None}
        again = [await monitors.picture("1", 200, 100) for _ in range(5)]
        shown |= {picture.frame for picture in again if picture is not None}
        assert made.count(monitor_module._PICTURE) <= len(shown)
        assert len(shown) < 4


async def test_pictures_and_levels_go_on_after_their_worker_is_killed(tmp_path: Path) -> None:
    async with on_air(tmp_path, LOUD, at=Position(0, 0, 300)) as (made, monitors):
        for _ in range(3):
            await seen(monitors)
            for pid in MONITORS.pids():
                os.kill(pid, signal.SIGKILL)
            picture = await seen(monitors)  # at once: out of what the bus still has
            assert number_in(picture) is not None
            heard = made.channel.splicer.frame + 30
            await made.until(lambda heard=heard: made.channel.seen is not None and made.channel.seen.frame > heard)  # type: ignore[misc]  # mypy and defaults
            assert number_in(await seen(monitors)) is not None
            assert made.channel.seen is not None
            assert len(made.channel.seen.peaks_dbfs) == 2


async def test_a_fault_in_one_look_does_not_end_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with on_air(tmp_path, LOUD) as (made, monitors):
        plain, faults = MONITORS.run, [WorkerError("it failed"), ZeroDivisionError("a fault of ours")]

        async def twice(*arguments: Any, **options: Any) -> Any:
            if faults:
                raise faults.pop()
            return await plain(*arguments, **options)

        monkeypatch.setattr(MONITORS, "run", twice)
        before = made.channel.seen
        await made.until(lambda: not faults)
        await made.until(lambda: made.channel.seen is not None and made.channel.seen is not before)
        assert await seen(monitors)
    assert "monitoring of channel 1 failed" in caplog.text
    assert "channel 1 cannot be monitored: it failed" in caplog.text


# ── alarms ───────────────────────────────────────────────────────────────────────────────────────


async def test_silence_and_black_say_since_when_and_are_over_when_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nine seconds of black and silence between two pieces of film."""
    monkeypatch.setattr(alarms_module, "ALARM_S", 2.0)
    dark = Clip(frames=270, first=DARK.first, gain_db=DARK.gain_db, filters=DARK.filters, video=H264)
    async with on_air(tmp_path, Clip(frames=90), dark) as (made, _):
        begins: dict[str, float] = {}

        def note(stretch: Stretch) -> None:
            begins.setdefault(stretch.entry.file.name, made.channel.air_time(made.channel.splicer.frame))

        made.channel.listeners.append(note)
        await made.until(lambda: len(alarms(made.events)) >= 4, 40)
        began = begins[make(dark).name]
        for fault in ("silent", "black"):
            raised, over = (event for event in alarms(made.events)[:4] if event.data["fault"] == fault)
            assert (raised.level, raised.data["over"]) == ("warning", False)
            assert (over.level, over.data["over"]) == ("info", True)
            assert raised.data["since"] == over.data["since"] == pytest.approx(began, abs=2.5)
            assert raised.data["since"] > began - 0.2
            assert raised.channel == "1"
            assert raised.message.startswith(f"Test: {fault} for ")
        assert {event.message.split(",")[0] for event in alarms(made.events)[:4] if event.data["over"]} == {
            "Test: sound again", "Test: picture again",
        }  # fmt: skip
        await made.until(lambda: made.channel.seen is not None and made.channel.seen.silent_since is None)


async def test_the_slate_is_no_alarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is silent, and says so itself."""
    monkeypatch.setattr(alarms_module, "ALARM_S", 0.5)
    async with studio(tmp_path) as made:
        made.channel.start((), TOP)
        async with watching(made) as monitors:
            await made.until(lambda: made.channel.state == "slate")
            picture = await seen(monitors)
            assert pixels(picture).std() > 5, "there is something to read on it"
            heard = made.channel.splicer.frame + 90
            await made.until(lambda: made.channel.seen is not None and made.channel.seen.frame > heard)
            assert made.channel.seen is not None
            assert max(made.channel.seen.peaks_dbfs) < SILENT_DBFS
            assert made.channel.seen.silent_since is None
        assert alarms(made.events) == []


def alarms(events: EventLog) -> list[Event]:
    return [event for event in events.after(0) if event.kind == "alarm"]


class NamedChannel:
    id, name = "1", "Retro One"


def test_an_alarm_waits_says_it_once_and_clears() -> None:
    events = EventLog()
    alarm = Alarm("silent", NamedChannel(), events)
    alarm.update(True, 100.0, 101.0)
    assert alarm.since == 100.0
    alarm.update(True, 101.0, 100.0 + ALARM_S - 0.1)
    assert alarms(events) == []
    for later in (0.0, 1.0, 50.0):
        alarm.update(True, 0.0, 100.0 + ALARM_S + later)
    (raised,) = alarms(events)
    assert raised.message == "Retro One: silent for 10 s"
    alarm.update(False, 0.0, 170.0)
    assert alarms(events)[-1].message == "Retro One: sound again, silent for 70 s"
    assert alarm.since is None
    alarm.update(True, 200.0, 201.0)
    alarm.clear(202.0)
    assert len(alarms(events)) == 2, "what was no alarm is not told to be over"


# ── decoders alone ───────────────────────────────────────────────────────────────────────────────


def test_bytes_that_are_no_stream_give_no_picture_and_no_sound() -> None:
    torn = [(0, True, bytes(188 * 4)), (1, False, b"\x47" + bytes(187))]
    assert VideoSampler().sample([]) is None
    assert VideoSampler().sample(torn) is None
    assert VideoSampler().sample(torn, live=True) is None
    assert VideoSampler().whole(torn, 100, 100) is None
    assert AudioMeter().measure([]) is None
    assert AudioMeter().measure(torn) is None
    assert newest_key([(4, True, b""), (5, False, b""), (6, True, b""), (7, False, b"")]) == 2
    assert newest_key([(5, False, b"")]) is None
