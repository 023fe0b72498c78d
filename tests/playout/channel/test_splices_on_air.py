"""Splice messages of a channel on air, as a receiver gets them: every break begins and ends at the picture that the
messages name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.media_factory import decode, make
from tests.playout.channel.splice_receiver import FOUR_S, Receiver, by_picture
from tests.playout.stage import LONG, OTHER, SPOT, Stage, stage_with
from tests.playout.studio import entry

if TYPE_CHECKING:
    from pathlib import Path

FIRST_SPOT = 2_000
"""The numbers in the pictures of spots begin here."""


def switch(stage: Stage, on: bool) -> None:
    """Change `scte35` in the config."""
    stage.channel.configure(replace(stage.channel.config, scte35=on))


def received(stage: Stage) -> Receiver:
    """A receiver after the whole recording. At each picture it has known whether it is one of a break."""
    stage.seen()  # the recording has no fault
    data = stage.recorder.data
    times, receiver = by_picture(data), Receiver()
    films = decode(data)
    first = films[0].ticks - times[0][0]
    assert [each.ticks - first for each in films] == [pts for pts, _ in times]
    began = next(at for at, (_, messages) in enumerate(times) if messages)
    for (pts, messages), picture in zip(times[began:], films[began:], strict=True):
        receiver.picture(pts, messages)
        assert picture.number is not None
        assert (receiver.out is not None) == (picture.number >= FIRST_SPOT), picture
    return receiver


async def test_planned_breaks_are_announced_to_the_picture(tmp_path: Path) -> None:
    rows = [
        entry(make(LONG), 0, 330),
        entry(make(SPOT), spot=True),
        entry(make(OTHER), spot=True),
        entry(make(LONG), 330),
    ]
    async with stage_with(tmp_path, *rows) as stage:
        switch(stage, True)
        await stage.made.until(lambda: stage.channel.position.index == 3 and stage.channel.position.frame > 340)
        receiver = received(stage)
        events = [event for event in stage.made.events.after(0) if event.kind == "splice"]
    (event,) = receiver.outs
    assert event >> 28 == 4
    assert [lead // 90_000 for lead in receiver.heard[event]] == [8, 6, 4]
    assert receiver.out is None
    assert [each.data["splice"] for each in events] == ["announced", "out"]
    assert {(each.data["event"], each.data["frames"]) for each in events} == {(event, 105)}


async def test_breaks_by_hand_and_early_returns_are_immediate(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG)), pool=(SPOT, OTHER)) as stage:
        switch(stage, True)
        await stage.standby()
        await stage.aired(20)
        assert (await stage.say("break_now", spots=[str(make(SPOT))])).accepted
        await stage.made.until(lambda: stage.channel.position.index == 2)
        await stage.aired(10)
        assert (await stage.say("break_now", spots=[str(make(OTHER)), str(make(SPOT))])).accepted
        await stage.aired(15)
        assert (await stage.say("return")).accepted
        await stage.aired(30)
        receiver = received(stage)
        kinds = [event.data["splice"] for event in stage.made.events.after(0) if event.kind == "splice"]
    assert [event >> 28 for event in receiver.outs] == [6, 6]
    assert receiver.heard == {}
    assert kinds == ["out", "out", "in"]


async def test_an_edit_that_moves_an_announced_break_cancels_it(tmp_path: Path) -> None:
    """The held break airs later, under another event; it is then known 4 s ahead again."""
    rows = [
        entry(make(LONG), 0, 200),
        entry(make(SPOT), spot=True, id="s"),
        entry(make(LONG), 200, 350),
        entry(make(OTHER)),
    ]
    async with stage_with(tmp_path, *rows) as stage:
        switch(stage, True)
        await stage.aired(20)
        await stage.made.until(lambda: any(event.kind == "splice" for event in stage.made.events.after(0)))
        assert (await stage.say("hold")).accepted
        entries = stage.channel.planner.entries
        await stage.made.until(lambda: entries[stage.channel.position.index].file == make(OTHER))
        receiver = received(stage)
    assert receiver.cancelled == 1
    (event,) = receiver.outs
    assert receiver.heard[event][0] >= FOUR_S


async def test_switched_off_again_the_stream_is_as_before(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG))) as stage:
        await stage.aired(10)
        switch(stage, True)
        await stage.aired(10)
        switch(stage, False)
        await stage.aired(10)
        stage.seen()
        data = stage.recorder.data
    sent = [number for number, (_, messages) in enumerate(by_picture(data)) if messages]
    assert len(sent) == 1
    pmts = [data[at : at + 188] for at in range(0, len(data), 188) if data[at + 1 : at + 3] == b"\x50\x00"]
    assert [b"CUEI" in pmt for pmt in (pmts[0], pmts[-1])] == [False, False]
    assert any(b"CUEI" in pmt for pmt in pmts)
