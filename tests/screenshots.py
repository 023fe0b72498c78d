"""The pictures in the README, taken from the running control room: `python -m tests.screenshots [URL]`.

Without an address, a demo station is started for it, and waited for until all of its media is prepared. Nothing on air
is touched: the break in the picture of the timeline is staged, and dropped.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrovue_tui.protocol.client import StationClient
from retrovue_tui.tui.app import ControlRoom

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.pilot import Pilot

    from retrovue_tui.protocol.answers.snapshots import StationSnapshot

FOLDER = Path(__file__).parent / "screenshots"
SIZE = (120, 36)
LARGEST = 300_000
"""Bytes of a picture: it is to load at once."""
PATIENCE_S = 1_200.0
"""A slow machine takes minutes for the demo's media; a fast one half a minute."""
DRAWN_S = 60.0
SETTLED_S = 4.0
"""How long a room is given until its pictures have come, and its sparklines have something to say."""
AIRED = 8
"""Entries that have aired from first frame to last, so that there is something to read in the log."""


@dataclass(frozen=True)
class Step:
    """Keys, and what is on the screen once they are done."""

    keys: tuple[str, ...]
    shows: str


@dataclass(frozen=True)
class Shot:
    """A picture by its file name, and the way to it from the control room."""

    name: str
    way: tuple[Step, ...] = ()


SHOTS = (
    Shot("control-room"),
    Shot("multiviewer", (Step(("m",), "AIR"),)),
    Shot(
        "timeline",
        (
            Step(("2", "right_square_bracket", "right_square_bracket"), "break     ◆"),
            Step(("minus",), "back by:"),
            Step(("9", "enter"), "programme "),
            Step(("b",), "Break in"),
            Step(("1", "5", "enter"), "1 edit"),
        ),
    ),
    Shot("bin", (Step(("3",), "LENGTH"), Step(("down", "down", "down"), "LENGTH"))),
    Shot("as-run", (Step(("4",), "complete"),)),
    Shot("audience", (Step(("6",), "STAYED"), Step(("down",), "During one airing"))),
    Shot("clients", (Step(("c",), "Addresses for clients"),)),
)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?", help="a station that is on air, like http://127.0.0.1:8480")
    given: str | None = parser.parse_args().url
    FOLDER.mkdir(exist_ok=True)
    # In all colours, whatever the terminal that this is run in can show.
    os.environ |= {"COLORTERM": "truecolor", "TERM": "xterm-256color"}
    os.environ.pop("NO_COLOR", None)
    async with contextlib.AsyncExitStack() as stack:
        url = given if given is not None else await stack.enter_async_context(_demo())
        await _prepared(url)
        for shot in SHOTS:
            await _take(url, shot)


def _say(what: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {what}\n")
    sys.stdout.flush()


@contextlib.asynccontextmanager
async def _demo() -> AsyncIterator[str]:
    """A demo station that is on air; gives its address."""
    with tempfile.TemporaryDirectory(prefix="retrovue-screenshots-") as home:
        words = ("-m", "retrovue_tui", "demo", "--headless", "--home", home, "--port", "0")
        process = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        try:
            _say("waiting for a demo station: it makes its media first")
            async with asyncio.timeout(PATIENCE_S):
                while (found := re.search(rb"on air: (\S+)", line := await process.stdout.readline())) is None:
                    assert line, "the demo did not go on air"
            yield found[1].decode()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def _prepared(url: str) -> None:
    """Wait until every file can air, and until enough has."""
    async with StationClient(url) as client, asyncio.timeout(PATIENCE_S):
        said = ""
        while missing := _missing(await client.station()):
            if missing != said:
                _say(f"waiting: {missing}")
            said = missing
            await asyncio.sleep(2)
        _say(f"waiting until {AIRED} entries have aired whole")
        while sum(row.kind != "slate" and row.ended == "complete" for row in await client.asrun("1")) < AIRED:
            await asyncio.sleep(2)


def _missing(station: StationSnapshot) -> str:
    """The parts of the screen that are not ready for a picture; empty if all are ready."""
    off = [channel.name for channel in station.channels if channel.state != "on_air"]
    pending = max((channel.prepare.pending for channel in station.channels), default=0)
    return f"{', '.join(off)} not on air" if off else f"{pending} files to prepare" if pending else ""


async def _take(url: str, shot: Shot) -> None:
    async with StationClient(url) as client:
        app = ControlRoom(client, own_station=False)
        async with app.run_test(size=SIZE) as pilot:
            await _shown(app, "CONNECTED")
            await asyncio.sleep(SETTLED_S)
            for step in shot.way:
                await _walk(app, pilot, step)
            svg = await _picture(app, shot)
    path = FOLDER / f"{shot.name}.svg"
    await asyncio.to_thread(path.write_text, svg, "utf-8")
    _say(f"{path} ({len(svg) // 1000} kB)")


async def _picture(app: ControlRoom, shot: Shot) -> str:
    """The picture of the screen, once it is small enough: its size depends on the entry on air."""
    end = time.monotonic() + PATIENCE_S
    while True:
        await asyncio.sleep(SETTLED_S)
        svg = app.export_screenshot(title="retrovue-tui")
        if len(svg) < LARGEST:
            return svg
        _say(f"{shot.name}: {len(svg) // 1000} kB; waiting for simpler pictures on air")
        assert time.monotonic() < end, f"{shot.name} never comes to less than {LARGEST // 1000} kB"


async def _walk(app: ControlRoom, pilot: Pilot[Any], step: Step) -> None:
    for key in step.keys:
        await pilot.press(key)
    await _shown(app, step.shows)


async def _shown(app: ControlRoom, text: str) -> None:
    """Wait until this is on the screen."""

    def screen() -> str:
        return "\n".join(strip.text for strip in app.screen._compositor.render_strips(app.size))

    await _until(lambda: text in screen(), lambda: f"{text!r} is not on the screen:\n{screen()}")


async def _until(condition: Callable[[], bool], otherwise: Callable[[], str]) -> None:
    end = time.monotonic() + DRAWN_S
    while not condition():
        assert time.monotonic() < end, otherwise()
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main())
