"""A channel begins with the frame that its rundown's clock names, at that frame's time: real decks and pictures."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.playout.mpegts.analyser import analyse
from retrovue_tui.playout.resume_point import ResumePoint
from retrovue_tui.rundown.positions import Position
from tests.media_factory import Clip, make, numbers
from tests.playout.stage import LONG, stage_with
from tests.playout.studio import NTSC, entry, studio

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.rundown.entries import Entry
    from tests.playout.studio import Recorder, Studio

TOP = Position(0, 0, 0)
FILM, SPOT = Clip(frames=600), Clip(frames=75, first=2_000)
CUT = 217
FRAME_S = 1_001 / 30_000


def rundown() -> list[Entry]:
    """Film, a spot inside a piece of it, film: 675 frames."""
    film, spot = make(FILM), make(SPOT)
    return [entry(film, 0, CUT, id="head"), entry(spot, id="spot", spot=True), entry(film, CUT, id="tail")]


ORDER = [*range(CUT), *range(2_000, 2_075), *range(CUT, 600)]


async def began(made: Studio, recorder: Recorder, pictures: int = 40) -> list[tuple[int, float]]:
    """The numbers of the first pictures that aired after the slate, each with the Unix time at which it was due."""
    await made.until(lambda: made.channel.state == "on_air")
    wanted = recorder.pictures + pictures
    await made.until(lambda: recorder.pictures >= wanted)
    report = analyse(recorder.data, NTSC)
    assert report.clean, report
    seen = numbers(recorder.data)
    first = made.channel.splicer.frame - len(seen)  # all that was sent has arrived: the recorder is no socket
    return [
        (number, made.channel.air_time(first + index)) for index, number in enumerate(seen) if number is not None
    ]  # fmt: skip


def off_by(aired: list[tuple[int, float]], point: ResumePoint) -> float:
    """By how many frames the pictures aired off their time: the largest. Each must follow the one before it."""
    start = next(
        index for index, number in enumerate(ORDER)
        if number == point.frame + (2_000 if point.entry == "spot" else 0)
    )  # fmt: skip
    named = [start + (at - point.at) / FRAME_S for _, at in aired]
    places = [ORDER.index(number) for number, _ in aired]
    return max(
        abs((place - name + len(ORDER) / 2) % len(ORDER) - len(ORDER) / 2)
        for place, name in zip(places, named, strict=True)
    )


@pytest.mark.parametrize(
    ("id", "frame", "gone"),
    [
        ("head", 20, 1.7),
        ("head", 200, 2.0),
        ("spot", 10, 0.3),
        ("spot", 70, 5.0),
        ("tail", 580, 1.5),
        ("head", 5, 99.9),
    ],
    ids=["programme", "into the spot", "spot", "out of the spot", "over the loop", "rounds later"],
)
async def test_the_first_picture_is_the_one_that_the_clock_names(
    tmp_path: Path, id: str, frame: int, gone: float
) -> None:
    rows = rundown()
    async with studio(tmp_path) as made:
        await made.prepared(rows)
        recorder = made.record()
        point = ResumePoint(id, 0, frame, time.time() - gone)
        made.channel.start(rows, TOP, point)
        assert made.channel.resume_point() == point  # until it is on air, a crash changes nothing
        aired = await began(made, recorder)
        assert off_by(aired, point) <= 0.51
        now = made.channel.resume_point()
    assert now is not None
    assert now != point


async def test_without_a_slate_it_waits_and_is_right_all_the_same(tmp_path: Path) -> None:
    rows = rundown()
    async with studio(tmp_path, slate=False) as made:
        await made.prepared(rows)
        recorder = made.record()
        point = ResumePoint("head", 0, 61, time.time() - 0.1)
        made.channel.start(rows, TOP, point)
        assert off_by(await began(made, recorder), point) <= 1  # its frames begin with a tick of the clock


async def test_a_start_without_prepared_media_is_tried_again(tmp_path: Path) -> None:
    """Nothing is prepared as it starts: by the time that something is, the clock names another frame."""
    rows = rundown()
    async with studio(tmp_path) as made:
        await made.know([each.file for each in rows])
        recorder = made.record()
        point = ResumePoint("tail", 2, 300, time.time() - 2)
        made.channel.start(rows, TOP, point)
        aired = await began(made, recorder)
        assert made.channel.state == "on_air"
        assert off_by(aired, point) <= 0.51
        kinds = {event.kind: event for event in made.events.after(0)}
        assert kinds["slate"].level == "info", "it is no fault that the slate shows until then"


async def test_a_first_deck_that_is_killed_costs_one_aim(tmp_path: Path) -> None:
    rows = rundown()
    async with studio(tmp_path) as made:
        await made.prepared(rows)
        recorder = made.record()
        point = ResumePoint("head", 0, 1, time.time())  # the next key frame is two seconds away
        made.channel.start(rows, TOP, point)
        await made.until(lambda: bool(made.channel.decks.queue))
        pid = made.channel.decks.queue[0].deck.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert off_by(await began(made, recorder), point) <= 0.51


async def test_a_disk_that_comes_later_is_on_air_where_the_clock_is_by_then(tmp_path: Path) -> None:
    rows = rundown()
    async with studio(tmp_path) as made:
        await made.prepared(rows)
        gone, files = dict(made.assets), made.assets
        files.clear()
        recorder = made.record()
        point = ResumePoint("head", 0, 30, time.time() - 1)
        made.channel.start(rows, TOP, point)
        await made.until(lambda: made.channel.state == "slate" and recorder.pictures > 20)
        assert made.channel.resume_point() == point
        files.update(gone)
        made.channel.wake()
        assert off_by(await began(made, recorder), point) <= 0.51


@pytest.mark.parametrize("how", ["clock", "resume", "top"])
async def test_stop_and_start_follow_on_start(tmp_path: Path, how: str) -> None:
    async with stage_with(tmp_path, entry(make(LONG), id="film")) as stage:
        channel = stage.channel
        channel.configure(replace(channel.config, on_start=how))  # type: ignore[arg-type]  # one of the three
        await stage.aired(200)
        assert (await stage.say("stop")).accepted
        point = channel.resume_point()
        assert point is not None
        await asyncio.sleep(1.5)
        assert channel.resume_point() == point
        before = len(stage.made.events.after(0))
        assert (await stage.say("start")).accepted
        await stage.made.until(lambda: channel.state == "on_air")
        take = next(event for event in stage.made.events.after(0)[before:] if event.kind == "take")
        named = point.frame + (channel.air_time(take.data["frame"]) - point.at) / FRAME_S
    match how:
        case "clock":
            assert abs((take.data["asset_frame"] - named + 300) % 600 - 300) <= 1
        case "resume":
            assert take.data["asset_frame"] == point.frame // 180 * 180
        case _:
            assert take.data["asset_frame"] == 0
