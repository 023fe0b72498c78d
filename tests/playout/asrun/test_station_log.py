"""The as-run log of a station on air: what its commands and its end leave there."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

from retrovue_tui.playout.asrun.database import ENDED_BY_FORCE, FILE_NAME, read_asrun
from retrovue_tui.protocol.answers.asrun import AsRunFilter
from tests.media_factory import Clip, make
from tests.playout.homes import Home, serving
from tests.playout.studio import NTSC

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.protocol.answers.asrun import AsRunEntry
    from tests.playout.homes import OnAir


async def programme_rows(station: OnAir) -> list[AsRunEntry]:
    return [row for row in await station.client.asrun("1") if row.kind != "slate"]


async def test_the_log_has_every_airing_to_the_frame(tmp_path: Path) -> None:
    film = await asyncio.to_thread(make, Clip(frames=1_800, size=(160, 90)))
    spot = await asyncio.to_thread(make, Clip(frames=45, size=(160, 90), first=2_000))
    home = Home.make(tmp_path, {"film.mp4": film, "cola.mp4": spot}, {"1": 'on_start = "top"'}, prepared=True)
    home.rundown("1", "film.mp4", "#retrovue id=cola kind=spot break=b1\nfile ../media/cola.mp4")
    async with serving(home) as station:
        async with asyncio.timeout(60):  # until the spot is prepared
            while not (await station.client.command("1", "break_now", spots=[str(tmp_path / "media" / "cola.mp4")],
                                                    dry_run=True)).accepted:  # fmt: skip
                await asyncio.sleep(0.2)
        await station.until(lambda now: now.channels[0].state == "on_air")
        _, writer = await asyncio.open_connection("127.0.0.1", station.port)
        writer.write(b"GET /iptv/channel/1.ts HTTP/1.0\r\n\r\n")
        await station.until(lambda now: now.channels[0].viewers == 1)
        receipt = await station.client.command("1", "break_now", spots=[str(tmp_path / "media" / "cola.mp4")])
        assert receipt.accepted, receipt
        await station.until(lambda now: now.channels[0].on_air is not None and now.channels[0].on_air.kind == "spot")
        await station.until(
            lambda now: now.channels[0].on_air is not None and now.channels[0].on_air.kind == "programme"
        )
        skipped = await station.client.command("1", "skip")
        assert skipped.accepted, skipped
        async with asyncio.timeout(90):
            while len(rows := await programme_rows(station)) < 4 or rows[2].seam_out is None:
                await asyncio.sleep(0.05)
        writer.close()
        os.kill(station.process.pid, signal.SIGKILL)
        await station.process.wait()
    head, cola, tail, following = rows
    assert (head.entry, head.ended, head.asset_frame, head.frames_planned) == ("film", "cut", 0, 1_800)
    assert (cola.kind, cola.ended, cola.frames_aired, cola.frames_planned) == ("spot", "complete", 45, 45)
    assert (tail.asset_frame, tail.frames_planned) == (head.frames_aired, 1_800 - head.frames_aired)
    assert (tail.ended, following.ended) == ("skipped", None)
    assert head.end_frame == cola.first_frame
    assert cola.end_frame == tail.first_frame
    assert receipt.on_air_at is not None
    assert abs(cola.started_at - receipt.on_air_at) < float(NTSC.seconds(1)) + 0.002
    assert cola.seam_in == head.seam_out
    assert cola.seam_in is not None
    assert (cola.seam_in.kind, cola.seam_in.video_jumps, cola.seam_in.cc_errors) == ("take", 0, 0)
    assert (cola.viewers_start, cola.viewers_peak) == (1, 1)
    assert cola.viewer_seconds >= 1.4  # one viewer for the 1.5 s of it; more only where the machine was slow

    async with serving(home) as station:
        again = await station.client.asrun("1")
        assert [row.ended for row in again if row.note == ENDED_BY_FORCE] == ["failed"]
        station.process.terminate()
        await station.process.wait()
    log = home.path / "state" / FILE_NAME
    assert [row for row in read_asrun(log, AsRunFilter()) if row.ended is None] == []


async def test_an_entry_without_its_file_is_in_the_log_with_the_reason(tmp_path: Path) -> None:
    first = await asyncio.to_thread(make, Clip(frames=45, size=(160, 90)))
    last = await asyncio.to_thread(make, Clip(frames=45, size=(160, 90), first=2_000))
    home = Home.make(tmp_path, {"first.mp4": first, "last.mp4": last}, {"1": 'on_start = "top"'}, prepared=True)
    home.rundown(
        "1", "first.mp4", "#retrovue id=gone title=Gone break=b1 kind=spot\nfile ../media/gone.mp4", "last.mp4"
    )
    async with serving(home) as station:
        async with asyncio.timeout(60):
            while not (gone := [row for row in await station.client.asrun("1") if row.entry == "gone"]):
                await asyncio.sleep(0.1)
        rows = await station.client.asrun("1")
    row = gone[0]
    assert (row.ended, row.frames_aired, row.title, row.kind, row.break_id) == ("failed", 0, "Gone", "spot", "b1")
    assert "no such file" in row.note
    assert row.first_frame == row.end_frame
    # The rundown may have begun again meanwhile: the rows of this pass are meant.
    assert row.first_frame in [each.end_frame for each in rows if each.file.endswith("first.mp4")]
    assert row.first_frame in [each.first_frame for each in rows if each.file.endswith("last.mp4")]
