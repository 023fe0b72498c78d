"""A channel on air with its controller, and a viewer who records all of it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from retrovue_tui.playout.automation.controller import ChannelController
from retrovue_tui.playout.automation.rundown_file import RundownPaths
from retrovue_tui.playout.mpegts.analyser import analyse
from retrovue_tui.protocol.commands import Command
from retrovue_tui.rundown.break_fill import Clip
from retrovue_tui.rundown.entries import Rundown
from retrovue_tui.rundown.file_format import ffconcat
from retrovue_tui.rundown.positions import Position
from retrovue_tui.schedule.spots.pool_file import FolderRules, read_pool_file
from tests.media_factory import Clip as Film
from tests.media_factory import make, numbers
from tests.playout.studio import NTSC, Recorder, Studio, entry, studio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrovue_tui.playout.asrun.database import AsRunDatabase
    from retrovue_tui.protocol.answers.receipts import Receipt
    from retrovue_tui.rundown.entries import Entry

TOP = Position(0, 0, 0)
LONG = Film(frames=600)
SPOT = Film(frames=45, first=2_000)
OTHER = Film(frames=60, first=3_000)


@asynccontextmanager
async def stage_with(
    tmp_path: Path,
    *rows: Entry,
    pool: tuple[Film, ...] = (SPOT,),
    rules: str | None = None,
    log: AsRunDatabase | None = None,
) -> AsyncIterator[Stage]:
    """`rules` is the text of the pool's file, if it has one; `log` records what airs, from the first picture on."""
    async with studio(tmp_path) as made:
        spots = [make(film) for film in pool]
        await made.prepared([*rows, *(entry(spot, spot=True) for spot in spots)])
        script = tmp_path / "channels" / "1.ffconcat"
        script.parent.mkdir()
        ffconcat.save(Rundown(tuple(rows)), script, NTSC)
        clips = [Clip(spot, spot.stem, made.store.frames(made.assets[spot])) for spot in spots]
        found = None if rules is None else rules_of(rules, spots)
        controller = ChannelController(
            made.channel,
            RundownPaths(
                script, tmp_path / "history.json", tuple(spot.parent for spot in spots[:1]), (), lambda: made.assets
            ),
            lambda: clips,
            made.events,
            lambda: found,
        )
        if log is not None:
            made.channel.log.record_in(log, made.channel.air_time)
        made.channel.start(await controller.open(), TOP)
        controller.start()
        await made.until(lambda: made.channel.state == "on_air")
        recorder = made.record()
        try:
            yield Stage(made, controller, script, recorder)
        finally:
            await controller.close()


def rules_of(text: str, spots: list[Path]) -> FolderRules:
    """The rules of a pool file beside these spots."""
    rules, problems = read_pool_file(text, spots[0].parent / "pool.toml")
    assert problems == []
    return FolderRules((rules,))


class Stage:
    """A channel on air with its controller."""

    def __init__(self, made: Studio, controller: ChannelController, script: Path, recorder: Recorder) -> None:
        self.made, self.controller, self.script, self.recorder = made, controller, script, recorder
        self.channel = made.channel

    async def say(self, name: str, **arguments: Any) -> Receipt:
        return await self.controller.execute(Command.parse({"command": name, **arguments}))

    async def aired(self, pictures: int) -> None:
        wanted = self.recorder.pictures + pictures
        await self.made.until(lambda: self.recorder.pictures >= wanted)

    async def standby(self) -> None:
        await self.made.until(
            lambda: self.controller._standby.deck is not None and self.controller._standby.deck.usable()
        )

    def seen(self) -> list[int]:
        report = analyse(self.recorder.data, NTSC)
        assert report.clean, report
        assert report.largest_audio_error <= 1_920
        return [number for number in numbers(self.recorder.data) if number is not None]


def film_of(seen: list[int]) -> list[int]:
    return [number for number in seen if number < 2_000]


def in_order(film: list[int]) -> bool:
    """Each frame once, with the next one behind it; the loop's wrap apart."""
    breaks = [(a, b) for a, b in pairwise(film) if b != a + 1 and (a, b) != (599, 0)]
    assert breaks == []
    return True
