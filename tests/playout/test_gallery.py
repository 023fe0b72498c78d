"""Previews: decoded once, in a thread of their own, ahead of whoever steps through frames."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from retrovue_tui.control.events import EventLog
from retrovue_tui.errors import MediaError
from retrovue_tui.media.ffmpeg import find_ffmpeg
from retrovue_tui.media.glance import Glance
from retrovue_tui.media.probe import probe
from retrovue_tui.playout.gallery import Gallery
from tests.media.rendered import pieces, preparer, running
from tests.media_factory import shelf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from retrovue_tui.control.pictures import Picture
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.library import Library
    from retrovue_tui.media.prepare import Preparer

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
async def opened(folder: Path) -> AsyncIterator[tuple[Gallery, Preparer]]:
    async with running(preparer(folder / "cache")) as one:
        gallery = Gallery((), EventLog(), cast("Library", Shelf()), one.store, find_ffmpeg(), folder / "envelopes")
        task = asyncio.create_task(gallery.run())
        try:
            yield gallery, one
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What is decoded: from which source, and which frame; only ever in the thread for it."""
    found: list[tuple[str, int]] = []
    plain = Glance._decode

    def noted(self: Glance, source: str, asset: Asset, number: int, *rest: Any) -> None:
        assert threading.current_thread().name.startswith("preview")
        found.append((Path(source).suffix or "file", number))
        plain(self, source, asset, number, *rest)

    monkeypatch.setattr(Glance, "_decode", noted)
    return found


async def look(gallery: Gallery, frame: int) -> Picture:
    picture = await gallery.preview(str(FILM), frame, 160, 90)
    assert picture is not None
    assert picture.frame == frame
    return picture


async def test_a_frame_is_decoded_once_and_so_are_those_beside_it(
    tmp_path: Path, decoded: list[tuple[str, int]]
) -> None:
    async with opened(tmp_path) as (gallery, _):
        first = await look(gallery, 200)
        assert await look(gallery, 200) is first
        for frame in (199, 198, 197):
            await look(gallery, frame)
        assert decoded[0] == ("file", 200)
        assert not {199, 198, 197} & {frame for _, frame in decoded}


async def test_whoever_steps_on_finds_the_next_frames_decoded(tmp_path: Path, decoded: list[tuple[str, int]]) -> None:
    async with opened(tmp_path) as (gallery, _):
        for frame in range(200, 260):
            await look(gallery, frame)
        asked = [frame for _, frame in decoded]
        assert asked[:2] == [200, 201]
        assert asked[2:] == list(range(213, 213 + len(asked) - 2)), "always some steps ahead, and each once"
        assert asked[-1] >= 259


async def test_pieces_are_looked_into_where_there_are_any(tmp_path: Path, decoded: list[tuple[str, int]]) -> None:
    async with opened(tmp_path) as (gallery, one):
        await pieces(one, probe(FILM))
        for frame in (0, 179, 180, 419):
            await look(gallery, frame)
        assert {source for source, _ in decoded} == {".ts"}


async def test_many_at_once_are_answered_and_one_that_hangs_up_keeps_nobody_waiting(
    tmp_path: Path, decoded: list[tuple[str, int]]
) -> None:
    async with opened(tmp_path) as (gallery, _):
        tasks = [asyncio.create_task(look(gallery, frame)) for frame in range(0, 420, 20)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(not isinstance(each, BaseException) for each in found[1::2])
        assert (await look(gallery, 5)).frame == 5
        assert len(decoded) <= len(tasks)


async def test_what_is_not_there_and_what_is_broken(tmp_path: Path) -> None:
    async with opened(tmp_path) as (gallery, _):
        assert await gallery.preview("/m/other.mp4", 0, 160, 90) is None
        assert await gallery.facts("/m/other.mp4") is None
        for frame in (-1, 420):
            with pytest.raises(MediaError, match=f"there is no frame {frame} in it; it has 420"):
                await gallery.preview(str(FILM), frame, 160, 90)
        with pytest.raises(MediaError, match="is empty"):
            await gallery.preview("/m/broken.mp4", 0, 160, 90)
        with pytest.raises(MediaError, match="is empty"):
            await gallery.facts("/m/broken.mp4")


async def test_files_are_let_go_when_nobody_looks_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrovue_tui.playout.gallery._IDLE_S", 0.05)
    async with opened(tmp_path) as (gallery, _):
        await look(gallery, 3)
        assert gallery._glance._cursors
        async with asyncio.timeout(10):
            while gallery._glance._cursors:
                await asyncio.sleep(0.01)
        assert (await look(gallery, 300)).frame == 300
