"""The pictures in the README, taken from the running control room: `python -m tests.screenshots [URL]`.

Without an address, a demo station is started for it, and waited for until it is on air for good.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retrovue_tui.control.client import StationClient
from retrovue_tui.tui.app import ControlRoom

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from retrovue_tui.control.snapshots import ChannelSnapshot

FOLDER = Path(__file__).parent / "screenshots"
SIZE = (120, 36)
PATIENCE_S = 180.0
ENOUGH_S = 60.0
"""What is prepared ahead of the air when the pictures are taken."""
SETTLED_S = 2.5
"""How long a room is given until its pictures and its sparklines have come."""


@dataclass(frozen=True)
class Shot:
    """A picture by its file name, and the keys that lead to it from the control room."""

    name: str
    keys: tuple[str, ...]


SHOTS = (
    Shot("control-room", ()),
    Shot("multiviewer", ("m",)),
    Shot("timeline", ("2", "z", "z")),
    Shot("bin", ("3",)),
    Shot("as-run", ("4",)),
)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?", help="a station that is on air, like http://127.0.0.1:8480")
    given: str | None = parser.parse_args().url
    FOLDER.mkdir(exist_ok=True)
    async with contextlib.AsyncExitStack() as stack:
        address = given or await stack.enter_async_context(_demo())
        for shot in SHOTS:
            await _take(str(address), shot)


async def _take(url: str, shot: Shot) -> None:
    async with StationClient(url) as client:
        app = ControlRoom(client, own_station=False)
        async with app.run_test(size=SIZE) as pilot:
            await asyncio.sleep(SETTLED_S)
            for key in shot.keys:
                await pilot.press(key)
            await asyncio.sleep(SETTLED_S)
            svg = app.export_screenshot(title="retrovue-tui")
    path = FOLDER / f"{shot.name}.svg"
    await asyncio.to_thread(path.write_text, svg, "utf-8")
    sys.stdout.write(f"{path}\n")


def _ready(channel: ChannelSnapshot) -> bool:
    return channel.state == "on_air" and (not channel.prepare.pending or channel.prepare.ready_s >= ENOUGH_S)


@contextlib.asynccontextmanager
async def _demo() -> AsyncIterator[str]:
    """A demo station with everything prepared; gives its address."""
    with tempfile.TemporaryDirectory(prefix="retrovue-screenshots-") as home:
        words = ("-m", "retrovue_tui", "demo", "--headless", "--home", home, "--port", "0")
        process = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=asyncio.subprocess.PIPE)
        try:
            assert process.stdout is not None
            async with asyncio.timeout(PATIENCE_S):
                found = re.search(rb"on air: (\S+)", await process.stdout.readline())
                assert found is not None, "the demo did not go on air"
                url = found[1].decode()
                async with StationClient(url) as client:
                    while not all(_ready(each) for each in (await client.station()).channels):
                        await asyncio.sleep(1)
            yield url
        finally:
            process.terminate()
            await process.wait()


if __name__ == "__main__":
    asyncio.run(main())
