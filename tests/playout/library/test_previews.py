"""Previews: decoded in a worker process, ahead of whoever steps through frames."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from retrovue_tui.decoding.probe import probe
from retrovue_tui.errors import MediaError
from retrovue_tui.media.analysis.review_store import ReviewStore
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.workers.tasks import PREVIEWS, submit_preview
from retrovue_tui.playout.event_log import EventLog
from retrovue_tui.playout.library.previews import PreviewService
from retrovue_tui.playout.scheduling.programme_breaks import ProgrammeBreaks
from tests.media.rendered import pieces, preparer, running
from tests.media_factory import read_number, shelf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.library.library import Library
    from retrovue_tui.media.rendering.render_scheduler import Preparer
    from retrovue_tui.protocol.answers.pictures import Picture
    from retrovue_tui.timecode import FrameRate

FILM = shelf("long")


@dataclass
class Shelf:
    """A library with one film, and one file that is none."""

    film: Asset = field(default_factory=lambda: probe(FILM))

    def asset(self, path: Path) -> Asset | None:
        return self.film if path == FILM else None

    def fault(self, path: Path) -> str | None:
        return "is empty" if path == Path("/m/broken.mp4") else None


@contextlib.asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[PreviewService, Preparer]]:
    async with running(preparer(folder / "cache")) as one:
        rate, shelved = one.store.house.rate, Shelf()
        breaks = ProgrammeBreaks(
            find_ffmpeg(), rate, folder / "analysis", ReviewStore(folder / "reviews", rate), shelved.asset,
            lambda _: None, lambda _: None,
        )  # fmt: skip
        previews = PreviewService(
            (), EventLog(), cast("Library", shelved), one.store, find_ffmpeg(), folder / "envelopes", breaks
        )
        task = asyncio.create_task(previews.run())
        try:
            yield previews, one
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, bool]]:
    """The requests to the worker: the source, the frame, and whether it is ahead of time."""
    found: list[tuple[str, int, bool]] = []

    def noted(rate: FrameRate, asset: Asset, number: int, *rest: Any, ahead: bool = False) -> Any:
        place = rest[-1]
        found.append(("file" if place is None else place.path.suffix, number, ahead))
        return submit_preview(rate, asset, number, *rest, ahead=ahead)

    monkeypatch.setattr("retrovue_tui.playout.library.previews.submit_preview", noted)
    return found


def luma(picture: Picture) -> np.ndarray[Any, Any]:
    rows = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)
    return np.asarray(rows.mean(axis=2), np.uint8)


async def look(previews: PreviewService, frame: int) -> Picture:
    picture = await previews.preview(str(FILM), frame, 320, 180)
    assert picture is not None
    assert picture.frame == frame
    return picture


async def test_whoever_steps_on_finds_the_next_frames_decoded(
    tmp_path: Path, asked: list[tuple[str, int, bool]]
) -> None:
    async with opened(tmp_path) as (previews, _):
        for frame in (*range(200, 230), 229, 228):
            assert read_number(luma(await look(previews, frame))) == frame
        ahead = [frame for _, frame, early in asked if early]
        assert ahead == [*range(213, 242), 216], "some steps further on, in the direction of the last step"


async def test_previews_go_on_after_their_worker_is_killed(tmp_path: Path) -> None:
    async with opened(tmp_path) as (previews, _):
        for frame in (200, 30, 31):
            await look(previews, frame)
            for pid in PREVIEWS.pids():
                os.kill(pid, signal.SIGKILL)
            assert read_number(luma(await look(previews, frame + 1))) == frame + 1


async def test_pieces_are_looked_into_where_there_are_any(tmp_path: Path, asked: list[tuple[str, int, bool]]) -> None:
    async with opened(tmp_path) as (previews, one):
        await pieces(one, probe(FILM))
        for frame in (0, 179, 180, 419):
            await look(previews, frame)
        assert {source for source, _, _ in asked} == {".ts"}


async def test_many_at_once_are_answered_and_one_that_hangs_up_keeps_nobody_waiting(tmp_path: Path) -> None:
    async with opened(tmp_path) as (previews, _):
        tasks = [asyncio.create_task(look(previews, frame)) for frame in range(0, 420, 20)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(not isinstance(each, BaseException) for each in found[1::2])
        assert (await look(previews, 5)).frame == 5


async def test_missing_and_broken_files_are_refused(tmp_path: Path) -> None:
    async with opened(tmp_path) as (previews, _):
        assert await previews.preview("/m/other.mp4", 0, 160, 90) is None
        assert await previews.facts("/m/other.mp4") is None
        for frame in (-1, 420):
            with pytest.raises(MediaError, match=f"there is no frame {frame} in it; it has 420"):
                await previews.preview(str(FILM), frame, 160, 90)
        with pytest.raises(MediaError, match="is empty"):
            await previews.preview("/m/broken.mp4", 0, 160, 90)
        with pytest.raises(MediaError, match="is empty"):
            await previews.facts("/m/broken.mp4")
