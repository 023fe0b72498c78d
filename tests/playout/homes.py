"""A station in a process of its own, on a home made for the test, and its client."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psutil

from retrovue_tui.decoding.probe import probe
from retrovue_tui.media.library.probe_cache import remember
from retrovue_tui.protocol.client import StationClient, Unreachable
from tests import fork_server
from tests.media_factory import Clip, make
from tests.playout import piece_shelf
from tests.playout.studio import NTSC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from retrovue_tui.protocol.answers.snapshots import StationSnapshot
    from retrovue_tui.protocol.events import Event
    from tests.fork_server import ForkedProgram

PATIENCE_S = 200.0
"""What a station does in a second or two takes long where ten others run beside it; how long, no test says."""
CONFIG = """\
name = "Test"
[server]
port = 0
[house]
profile = "240p"
video_bitrate = 400
loudness = false
[library]
programmes = ["media"]
"""


@dataclass
class Home:
    """A station's home, with a small house. `prepared`: for tests that are not about preparing, the pieces that an
    earlier test has left on the shelf lie in its cache."""

    path: Path
    prepared: bool = False

    @classmethod
    def make(
        cls, path: Path, media: Mapping[str, Path], channels: Mapping[str, str], *, prepared: bool = False
    ) -> Home:
        """`media` are files by the name that they get here, `channels` what each channel's table says by its id."""
        for folder in ("media", "channels", "state"):
            (path / folder).mkdir()
        tables = (f'[[channel]]\nid = "{id}"\n{says}\n' for id, says in channels.items())
        (path / "retrovue.toml").write_text(CONFIG + "".join(tables))
        home = cls(path, prepared)
        for name, file in media.items():
            home.bring(name, file)
        return home

    def bring(self, name: str, file: Path) -> None:
        """Put a whole file into the media folder at once, of a date that tells that nobody writes to it."""
        fresh = self.path / "fresh"
        shutil.copyfile(file, fresh)
        os.utime(fresh, (1e9, 1e9))
        fresh.rename(self.path / "media" / name)

    def probed(self) -> None:
        """Write what a station remembers of the home's files, as if it had probed them in an earlier run. On a slow
        machine, one that has to probe them plans before it knows them all, and then plans again."""
        assets = [probe(path) for path in sorted(self.path.rglob("*.mp4"))]
        remember(self.path / "state" / "library.jsonl", assets, {}, append=False)

    def take_away(self, name: str) -> None:
        """Remove a file from the media folder."""
        (self.path / "media" / name).unlink()

    def rundown(self, channel: str, *lines: str) -> Path:
        """Write a rundown; a name alone stands for that file, with the name as its id."""
        path = self.path / "channels" / f"{channel}.ffconcat"
        text = "".join(
            f"{line}\n" if " " in line else f"#retrovue id={line.partition('.')[0]}\nfile ../media/{line}\n"
            for line in lines
        )
        path.write_text("ffconcat version 1.0\n" + text)
        return path

    def anchor(self, channel: str, entry: str, frame: int, at: float) -> None:
        """The resume point of the channel at Unix time `at`."""
        (self.path / "state" / f"{channel}.anchor.json").write_text(
            json.dumps({"entry": entry, "index": 0, "frame": frame, "at": at})
        )

    def anchored(self, channel: str) -> tuple[int, float]:
        """The frame at which the channel was, and when, by the station's own note."""
        data = json.loads((self.path / "state" / f"{channel}.anchor.json").read_text())
        return int(data["frame"]), float(data["at"])


def programme(frames: int) -> Path:
    """A film for plans and guides, whose tests need its length alone: small, silent, and one picture all the time, so
    that it is cheap to make and to prepare: a station prepares the whole of it while a test runs. (To encode a tone
    takes four times as long as silence, and pictures with numbers twice as long as one that stays.)"""
    looped = ("-stream_loop", str(frames - 1))
    return make(Clip(frames=1, size=(64, 36), gain_db=-120.0, before=looped, audio_s=NTSC.seconds(frames)))


@dataclass
class OnAir:
    """A station that is on air."""

    process: ForkedProgram
    url: str
    client: StationClient
    started: float
    events: list[Event] = field(default_factory=list)

    @property
    def port(self) -> int:
        """The port of the station."""
        return int(self.url.rpartition(":")[2])

    async def until(self, condition: Callable[[StationSnapshot], bool], timeout: float = PATIENCE_S) -> StationSnapshot:
        """The first snapshot for which it is true."""
        snapshot = await self.client.station()
        try:
            async with asyncio.timeout(timeout):
                while not condition(snapshot):
                    await asyncio.sleep(0.05)
                    snapshot = await self.client.station()
        except TimeoutError:
            raise AssertionError(f"not within {timeout:.0f} s: {snapshot}") from None
        return snapshot

    async def event(self, kind: str, channel: str | None = None, timeout: float = PATIENCE_S) -> Event:
        """The first event of that kind since the station began."""
        async with asyncio.timeout(timeout):
            async for event in self.client.events(0):
                if event.kind == kind and channel in (None, event.channel):
                    return event
        raise AssertionError("events do not end")

    def children(self) -> list[psutil.Process]:
        """Every process below it at this moment: it is held still while they are counted."""
        station = psutil.Process(self.process.pid)
        station.suspend()
        children: list[psutil.Process] = station.children(recursive=True)
        station.resume()
        return children


def runs(process: psutil.Process) -> bool:
    """Whether a process has not ended; it may end while it is looked at."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run."""
    return [each for each in processes if runs(each)]


async def none_alive(processes: list[psutil.Process], timeout: float = 2.0) -> None:
    """Wait until all have ended."""
    async with asyncio.timeout(timeout):
        while alive(processes):
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def serving(home: Home) -> AsyncIterator[OnAir]:
    """`retrovue-tui serve` once it is on air; killed at the end if it is still there."""
    if home.prepared:
        await asyncio.to_thread(piece_shelf.take_home, home.path)
    started = time.time()
    process = await fork_server.start("serve", "--home", str(home.path))
    try:
        async with asyncio.timeout(90):
            line = (await process.stdout.readline()).decode()
        assert line.startswith("on air: http://127.0.0.1:"), (line, await process.stderr.read())
        url = line.removeprefix("on air: ").strip()
        async with StationClient(url) as client:
            yield OnAir(process, url, client, started)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
        if home.prepared:
            await asyncio.to_thread(piece_shelf.give_home, home.path)


async def is_gone(on_air: OnAir) -> bool:
    """Whether nothing answers there any more."""
    try:
        await on_air.client.station()
    except Unreachable:
        return True
    return False
