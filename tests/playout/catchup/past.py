"""A channel on air that logs what airs, its catch-up, and the readers that compare two streams picture by picture."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from retrovue_tui.playout.asrun.database import AsRunDatabase
from retrovue_tui.playout.catchup.catchup_service import CatchupService
from retrovue_tui.playout.mpegts.access_units import PictureAssembler
from retrovue_tui.playout.mpegts.analyser import analyse
from retrovue_tui.playout.mpegts.demux import elementary
from retrovue_tui.playout.mpegts.packets import AUDIO_PID, VIDEO_PID
from retrovue_tui.protocol.answers.catchup import PastRequest
from tests.media_factory import numbers
from tests.playout.stage import Stage, stage_with
from tests.playout.studio import NTSC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrovue_tui.playout.catchup.past_stream import PastStream
    from retrovue_tui.protocol.answers.asrun import AsRunEntry
    from retrovue_tui.rundown.entries import Entry


async def at_once() -> None:
    """Let the event loop do other work, as the server's turns do."""
    await asyncio.sleep(0)


@dataclass
class Past:
    """A stage with its as-run log and its catch-up."""

    stage: Stage
    log: AsRunDatabase
    service: CatchupService

    async def rows(self) -> list[AsRunEntry]:
        """The rows that have frames, in order."""
        return [row for row in await self.log.entries() if row.frames_aired or row.ended is None]

    async def ended(self, count: int) -> list[AsRunEntry]:
        """The first `count` rows with frames of a file, when all of them have ended. On a slow machine, the slate comes
        before them."""
        async with asyncio.timeout(90):
            while True:
                rows = [row for row in await self.rows() if row.ended is not None and row.kind != "slate"]
                if len(rows) >= count:
                    return rows[:count]
                await asyncio.sleep(0.05)

    async def open(self, start: float | None, end: float | None = None, *, paced: bool = False) -> PastStream:
        return await self.service.open("1", PastRequest(start, end, paced), at_once)

    async def download(self, start: float | None, end: float | None = None) -> bytes:
        """All of a stream that is sent as fast as possible."""
        return await read(await self.open(start, end))

    def skipped(self) -> list[str]:
        return [event.data["reason"] for event in self.stage.made.events.after(0) if event.kind == "catchup"]


async def read(stream: PastStream) -> bytes:
    """All of a stream up to its end."""
    parts = []
    try:
        async with asyncio.timeout(120):
            while (part := await stream.next()) is not None:
                parts.append(part)
    finally:
        stream.close()
    return b"".join(parts)


@asynccontextmanager
async def past_of(tmp_path: Path, *rows: Entry) -> AsyncIterator[Past]:
    """A channel that goes on air with these entries, logs them, and keeps a day of its past."""
    log = AsRunDatabase(tmp_path / "asrun.db")
    await log.start()
    async with stage_with(tmp_path, *rows, log=log) as stage:
        made, channel = stage.made, stage.channel
        channel.configure(replace(channel.config, catchup=timedelta(days=1)))
        service = CatchupService(
            log, made.store, made.preparer, made.events, lambda: {"1": channel}, made.assets.get, made.preparer.fault
        )
        yield Past(stage, log, service)
    await log.close()


def clean(data: bytes) -> bytes:
    """The stream itself, which has no jump and no lost packet."""
    report = analyse(data, NTSC)
    assert report.clean, report
    assert report.largest_audio_error <= 1_920, report
    return data


def seen(data: bytes) -> list[int | None]:
    """The number in each picture of a stream that is clean."""
    return list(numbers(clean(data)))


def coded(data: bytes) -> list[tuple[bytes, bytes]]:
    """Each picture as it was coded, with its sound, without time stamps and packet headers."""
    assembler = PictureAssembler()
    assembler.feed(data)
    assembler.finish(complete=True)
    found = []
    while (picture := assembler.pop()) is not None:
        sound = b"".join(elementary(bytes(unit.packets), AUDIO_PID) for unit in picture.audio)
        found.append((elementary(bytes(picture.video.packets), VIDEO_PID), sound))
    return found
