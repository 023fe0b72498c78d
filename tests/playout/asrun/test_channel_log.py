"""The log of entries that do not air as planned, with the reasons."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from retrovue_tui.playout.asrun.database import AsRunDatabase
from retrovue_tui.rundown.positions import Position
from tests.media_factory import Clip, make, shelf
from tests.playout.stage import LONG, OTHER, stage_with
from tests.playout.studio import entry, studio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.protocol.answers.asrun import AsRunEntry

TOP = Position(0, 0, 0)
LONG_SPOT = Clip(frames=300, first=5_000)


@asynccontextmanager
async def logged(channel: Channel, path: Path) -> AsyncIterator[AsRunDatabase]:
    """The channel's as-run log."""
    log = AsRunDatabase(path)
    await log.start()
    channel.log.record_in(log, channel.air_time)
    yield log
    await log.close()


async def row_of(log: AsRunDatabase, id: str) -> AsRunEntry:
    """The first row of an entry that has ended."""
    async with asyncio.timeout(90):
        while True:
            for row in await log.entries():
                if row.entry == id and row.ended is not None:
                    return row
            await asyncio.sleep(0.05)


async def test_a_piece_that_cannot_be_played_fails_its_entry_with_the_reason(tmp_path: Path) -> None:
    """The middle of a film, the beginning of another, and the only piece of a spot."""
    film = await asyncio.to_thread(make, Clip(frames=400, size=(160, 90)))
    other = await asyncio.to_thread(make, Clip(frames=240, size=(160, 90), first=1_000))
    spot = await asyncio.to_thread(make, Clip(frames=45, size=(160, 90), first=2_000))
    whole = shelf("h264")
    rundown = [
        entry(film, id="film"), entry(spot, id="spot", spot=True), entry(other, id="other"), entry(whole, id="whole"),
    ]  # fmt: skip
    async with studio(tmp_path) as made, logged(made.channel, tmp_path / "asrun.db") as log:
        await made.prepared(rundown)
        for file, number in ((film, 1), (spot, 0), (other, 0)):
            piece = made.store.piece_path(made.assets[file], number)
            piece.write_bytes(b"\xff" * piece.stat().st_size)
        made.channel.start(rundown, TOP)
        rows = {id: await row_of(log, id) for id in ("film", "spot", "other", "whole")}
        of_film = [row for row in await log.entries() if row.entry == "film"][:2]
        events = [event.message for event in made.events.after(0)]
    assert (rows["film"].ended, rows["film"].frames_aired, rows["film"].frames_planned) == ("failed", 180, 400)
    assert rows["film"].note == "000001.ts could not be played"
    assert [(row.asset_frame, row.frames_aired, row.ended) for row in of_film] == [
        (0, 180, "failed"), (360, 40, "complete"),
    ]  # fmt: skip
    assert {row.asset for row in of_film} == {made.assets[film].key}
    assert (rows["spot"].ended, rows["spot"].frames_aired) == ("failed", 0)
    assert rows["spot"].note == "000000.ts could not be played"
    assert (rows["other"].ended, rows["other"].frames_aired, rows["other"].asset_frame) == ("failed", 60, 180)
    assert rows["other"].note == "000000.ts could not be played"
    assert (rows["whole"].ended, rows["whole"].frames_aired, rows["whole"].note) == ("complete", 120, "")
    assert any(event.endswith("did not air: 000000.ts could not be played") for event in events)
    assert any(f"000001.ts of {film.name} cannot be played" in event for event in events)


async def test_an_entry_cut_short_has_the_reason(tmp_path: Path) -> None:
    rows = (entry(make(LONG), id="film"), entry(make(OTHER), id="other"))
    async with (
        stage_with(tmp_path, *rows, pool=(LONG_SPOT,)) as stage,
        logged(stage.channel, tmp_path / "asrun.db") as log,
    ):
        for _ in range(2):
            assert (await stage.say("break_now", spots=[str(make(LONG_SPOT))])).accepted
            await stage.aired(10)
            assert (await stage.say("return")).accepted
            await stage.aired(10)
        assert (await stage.say("skip")).accepted
        await stage.aired(10)
        assert (await stage.say("stop")).accepted
        ended = [(row.kind, row.ended, row.note) for row in await log.entries() if row.frames_aired]
    back = "returned from the break"
    assert ended == [
        ("spot", "cut", back), ("programme", "cut", f"break now in {make(LONG).stem}"), ("spot", "cut", back),
        ("programme", "skipped", ""), ("programme", "stopped", "the channel was stopped"),
    ]  # fmt: skip
