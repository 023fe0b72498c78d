"""The whole way: a real station, a real terminal, a break by keys, and the recorded stream as the witness.

Every picture of the media carries its number, so that the recording tells to the frame what aired, and when.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import sys
import time
from typing import TYPE_CHECKING, Final

import pytest

from retrovue_tui.timecode import FrameRate
from retrovue_tui.tui.rooms.timeline.model.line_plan import STEADY_S
from tests import CHECKOUT
from tests.bench.reading import Seen, read_packets, read_times, seen
from tests.bench.rig import Recorder
from tests.media_factory import Clip, make
from tests.playout.homes import PATIENCE_S, Home, serving
from tests.tui.tmux_terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.playout.homes import OnAir

RATE: Final = FrameRate.parse("30000/1001")
FILM_FRAMES: Final = 2_700
SPOT: Final = 10_000
SPOT_FRAMES: Final = 45
AHEAD_FRAMES: Final = 900
"""How far behind the frame on air a break is planned: time enough to type."""
LATE_S: Final = 0.3
"""How far what came over the wire may be from what the screen said, on a machine that is busy."""


class Witness:
    """Watches channel 1, and says afterwards what it saw."""

    def __init__(self, url: str) -> None:
        self._recorder = Recorder(url)
        self._to_unix = time.time() - time.monotonic()

    @property
    def pictures(self) -> int:
        """How many have come so far."""
        return self._recorder.pictures

    def close(self) -> None:
        """Stop watching, also when the test has failed."""
        self._recorder.stop()

    def testify(self) -> list[Seen]:
        """Every picture with the Unix time at which it came; the stream is to have been whole and without a jump."""
        data = self._recorder.stop()
        assert not self._recorder.disconnected
        packets = read_packets(data)
        assert (packets.bad_sync, packets.cc_errors) == (0, 0)
        assert read_times(data).video_jumps(float(90_000 / RATE.fraction)) == 0
        return [Seen(each.number, each.at + self._to_unix) for each in seen(data, self._recorder.arrivals)]


def aired_break(pictures: list[Seen]) -> tuple[int, float, int]:
    """The film's last frame before the spot, the time of the spot's first frame, and the film's first frame after the
    spot."""
    numbers = [each.number for each in pictures]
    first = numbers.index(SPOT)
    assert numbers[first : first + SPOT_FRAMES] == list(range(SPOT, SPOT + SPOT_FRAMES))
    before, after = numbers[first - 1], numbers[first + SPOT_FRAMES]
    assert before is not None
    assert after is not None
    film = [each for each in numbers if each is not None and each < SPOT]
    assert film == list(range(film[0], film[0] + len(film)))  # no frame of it lost, doubled, or out of order
    return before, pictures[first].at, after


@contextlib.asynccontextmanager
async def control_room(home: Path) -> AsyncIterator[tuple[OnAir, Terminal]]:
    """A station on air with all of its media prepared, and its control room in a terminal of its own."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed: the control room cannot be tried in a real terminal")
    film = await asyncio.to_thread(make, Clip(frames=FILM_FRAMES, size=(160, 90)))
    spot = await asyncio.to_thread(make, Clip(frames=SPOT_FRAMES, size=(160, 90), first=SPOT))
    made = Home.make(
        home, {"film.mp4": film}, {"1": 'name = "Real One"\non_start = "top"\npool = "ads"'}, prepared=True
    )
    (home / "ads").mkdir()
    shutil.copyfile(spot, home / "ads" / "cola.mp4")
    config = home / "retrovue.toml"
    config.write_text(config.read_text().replace("[[channel]]", '[pools]\nads = "ads"\n[[channel]]'))
    made.rundown("1", "film.mp4")
    async with serving(made) as station:
        await station.until(lambda now: now.channels[0].state == "on_air" and not now.channels[0].prepare.pending)
        await tried_out(station, "break_now")
        environment = f"XDG_CONFIG_HOME={home}/none XDG_STATE_HOME={home}/none"
        command = (
            f"cd {CHECKOUT} && {environment} {sys.executable} -m retrovue_tui attach {station.url}; echo left with $?"
        )
        terminal = Terminal(home / "tmux", 120, 36, command)
        try:
            await asyncio.to_thread(terminal.shows, "● CONNECTED", "Real One", "▶ ON AIR")
            yield station, terminal
        finally:
            terminal.close()


async def tried_out(station: OnAir, command: str) -> None:
    """Wait until a command would be accepted: the pool's spots are known and prepared."""
    async with asyncio.timeout(PATIENCE_S):
        while not (await station.client.command("1", command, dry_run=True)).accepted:
            await asyncio.sleep(0.05)


async def leave(terminal: Terminal) -> None:
    """Quit by keys; what is on air stays there."""
    terminal.type("q")
    await asyncio.to_thread(terminal.shows, "Leave the control room?", "1 channel on air")
    terminal.type("l")
    await asyncio.to_thread(terminal.shows, "left with 0")


def told(screen: str, pattern: str) -> str:
    """The part of the screen that the group of a pattern matches."""
    found = re.search(pattern, screen)
    assert found, screen
    return found[1]


def told_time(text: str) -> float:
    """Seconds of the day for `13:32:29;29`."""
    clock, _, frame = text.partition(";")
    hours, minutes, seconds = map(int, clock.split(":"))
    return 3600 * hours + 60 * minutes + seconds + int(frame) / RATE.nominal


def time_of_day(at: float) -> float:
    """A Unix time as seconds of the day on this machine's clock."""
    local = time.localtime(at)
    return 3600 * local.tm_hour + 60 * local.tm_min + local.tm_sec + at % 1


async def until_aired(station: OnAir, witness: Witness) -> None:
    """Wait until the film goes on after the break, and half a second of it has been recorded."""
    await station.until(lambda now: (on_air := now.channels[0].on_air) is not None and on_air.kind == "spot")
    await station.until(lambda now: (on_air := now.channels[0].on_air) is not None and on_air.kind == "programme")
    wanted = witness.pictures + RATE.nominal // 2
    async with asyncio.timeout(90):
        while witness.pictures < wanted:
            await asyncio.sleep(0.02)


async def test_a_break_now_airs_when_its_receipt_says_and_the_film_goes_on_at_its_frame(tmp_path: Path) -> None:
    async with control_room(tmp_path) as (station, terminal):
        with contextlib.closing(Witness(station.url)) as witness:
            terminal.type("B")
            await asyncio.to_thread(terminal.shows, "Break now · Real One", "Cuts film with")
            terminal.type("2", "Enter")
            pressed = time.time()
            screen = await asyncio.to_thread(terminal.shows, "Break now · Real One", "break b1")
            read = time.time()
            cut = RATE.frame(told(screen, r'inserted in "film" at ([0-9:;]{11})'))
            assert re.search(r"on air (now|in 0\.\d\d s)", screen), screen
            await until_aired(station, witness)
            before, came, after = aired_break(await asyncio.to_thread(witness.testify))
            assert (before, after) == (cut - 1, cut)
            assert pressed < came < read + LATE_S
            await leave(terminal)
            assert (await station.client.station()).channels[0].state == "on_air"


async def test_a_break_staged_in_the_timeline_airs_where_and_when_its_receipt_says(tmp_path: Path) -> None:
    async with control_room(tmp_path) as (station, terminal):
        with contextlib.closing(Witness(station.url)) as witness:
            terminal.type("2")
            await asyncio.to_thread(terminal.shows, "staged    nothing", "film  ▶ on air")
            on_air = (await station.client.station()).channels[0].on_air
            assert on_air is not None
            cut = RATE.count(on_air.position_s) + AHEAD_FRAMES
            terminal.type("=")
            await asyncio.to_thread(terminal.shows, "Go to")
            terminal.write(f"@{RATE.timecode(cut)}")
            terminal.type("Enter")
            await asyncio.to_thread(terminal.shows, f"in file {RATE.timecode(cut)}")
            terminal.type("b")
            await asyncio.to_thread(terminal.shows, f"Break in film at {RATE.timecode(cut)}", "cola")
            terminal.write("cola")
            terminal.type("Enter")
            await asyncio.to_thread(terminal.shows, "1 edit", "w applies")
            assert len((await station.client.rundown("1")).entries) == 1  # nothing is changed yet
            terminal.type("w")
            screen = await asyncio.to_thread(terminal.shows, "applied ", "on air at", "inserted in")
            assert told(screen, r'inserted in "film" at ([0-9:;]{11})') == RATE.timecode(cut)
            begins = told(screen, r"begins +([0-9:;]{11})")
            applied = told(screen, r"on air at ([0-9:]{8})") + ";00"  # in whole seconds, by the station's clock
            assert -STEADY_S <= told_time(begins) - told_time(applied) <= 1 + STEADY_S
            await until_aired(station, witness)
            before, came, after = aired_break(await asyncio.to_thread(witness.testify))
            assert (before, after) == (cut - 1, cut)
            assert time_of_day(came) == pytest.approx(told_time(begins), abs=LATE_S)
            await leave(terminal)
