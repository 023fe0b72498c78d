"""The measurements of renders refine the break candidates, and never harm a render."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.decoding.brightness import looks
from retrovue_tui.decoding.probe import probe
from retrovue_tui.media.analysis.analyser import Analyser, Analysis
from retrovue_tui.media.analysis.measuring.signal_store import load
from retrovue_tui.media.analysis.measuring.sound_levels import sound_levels
from retrovue_tui.media.analysis.prepared_analysis import PreparedAnalysis
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.house_format import HouseFormat
from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.rendering.render_scheduler import Need, Preparer
from retrovue_tui.timecode import FrameRate
from tests.media.analysis.films import END, FADE, GREY, LOUD, film_48k
from tests.media.rendered import pieces, running
from tests.media_factory import packets, shelf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrovue_tui.media.analysis.measuring.piece_signals import PieceSignals

PAL = FrameRate(25)
HOUSE = HouseFormat("test", 160, 90, PAL, 200)


@dataclass
class Room:
    """A preparer that measures what it renders, and what it has refined."""

    preparer: Preparer
    analyser: Analyser
    folder: Path
    analysis: PreparedAnalysis
    refined: asyncio.Queue[Analysis] = field(default_factory=asyncio.Queue)


@contextlib.asynccontextmanager
async def room(folder: Path, slots: int = 1) -> AsyncIterator[Room]:
    analyser = Analyser(find_ffmpeg(), PAL, folder / "analysis")
    refined: asyncio.Queue[Analysis] = asyncio.Queue()
    analysis = PreparedAnalysis(analyser, PAL, folder / "measured", refined.put_nowait)
    preparer = Preparer(find_ffmpeg(), PieceStore(folder / "cache", HOUSE, 10**9), HOUSE, slots, analysis=analysis)
    task = asyncio.create_task(analysis.run())
    try:
        async with running(preparer):
            yield Room(preparer, analyser, folder, analysis, refined)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def kept(made: Room) -> list[PieceSignals]:
    return [piece for folder in (made.folder / "measured").glob("*") for piece in load(folder)]


async def test_a_programme_is_refined_when_all_of_it_has_been_rendered(tmp_path: Path) -> None:
    asset = probe(film_48k())
    async with room(tmp_path) as made:
        ahead = await made.analyser.analyse(asset)
        await pieces(made.preparer, asset, 3000)  # the end first, and by another run than the beginning
        assert made.refined.empty()
        assert not await made.analyser.is_refined(asset)
        assert (await made.analyser.analyse(asset)).candidates == ahead.candidates
        assert sum(len(piece.looks) for piece in kept(made)) == END - 3000
        await pieces(made.preparer, asset)
        async with asyncio.timeout(60):
            refined = await made.refined.get()
        assert not list((tmp_path / "measured").iterdir())
        assert await made.analyser.is_refined(asset)
        assert not await made.analysis.wants(asset)
        assert (await made.analyser.analyse(asset)).candidates == refined.candidates
    assert refined.frames == END
    natural = {each.frame: each.kind for each in refined.candidates if each.score >= 0.5}
    assert [each.frame for each in ahead.candidates if each.score >= 0.5] == list(natural)
    assert [natural[frame] for frame in natural if FADE[0] <= frame <= FADE[1]] == ["fade"]
    assert [natural[frame] for frame in natural if GREY[0] <= frame <= GREY[1]] == ["black and silence"]
    weak = [each for each in refined.candidates if LOUD[0] <= each.frame <= LOUD[1]]
    assert [each.score < 0.5 for each in weak] == [True]  # black while the music goes on


async def test_the_signals_are_those_of_the_file(tmp_path: Path) -> None:
    asset = probe(film_48k())
    first, end = 1800, 2400
    async with room(tmp_path) as made:
        await pieces(made.preparer, asset, first, end)
        measured = sorted(kept(made), key=lambda piece: piece.first)
    seen = [look for piece in measured for look in piece.looks]
    levels = {piece.first_level + n: level for piece in measured for n, level in enumerate(piece.levels)}
    assert [look.frame for look in seen] == list(range(first, first + len(seen)))
    (direct,) = looks(asset, PAL, [[(first, end)]], (0, 11, 160, 79))
    by_frame = {look.frame: look for look in seen}
    for look in direct:
        near = by_frame[look.frame]
        assert (near.low, near.middle, near.high) == pytest.approx((look.low, look.middle, look.high), abs=6)
        assert (near.spread, near.change) == pytest.approx((look.spread, look.change), abs=4) or look.change < 0
    whole = await sound_levels(find_ffmpeg(), asset)
    assert [levels[n] for n in range(first, end)] == pytest.approx(whole[first:end], abs=1.0)


@pytest.mark.parametrize("words", [
    pytest.param([], id="nothing is written"),
    pytest.param(["-map", "0:v:0", "-frames:v", "30", "-f", "rawvideo", "file:{folder}/000000.grey"], id="it is short"),
    pytest.param(["-map", "0:99", "-f", "null", "-"], id="FFmpeg does not start"),
    pytest.param(["-map", "0:v:0", "-f", "rawvideo", "file:/nowhere/000000.grey"], id="it cannot be written"),
])  # fmt: skip
async def test_a_fault_of_the_proxy_never_harms_the_render(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def proxy(house: object, asset: object, wanted: object, folder: Path) -> list[str]:
        return [word.format(folder=folder) for word in words]

    monkeypatch.setattr("retrovue_tui.media.rendering.arguments.render_args.proxy_words", proxy)
    monkeypatch.setattr("retrovue_tui.media.rendering.proxy_reader._LOOKS", 1)
    asset = probe(film_48k())
    async with room(tmp_path) as made:
        await pieces(made.preparer, asset, 0, 300)
        assert made.preparer.fault(asset) is None
        assert made.preparer.store.ready(asset, 0) >= 300
        assert made.refined.empty()
        assert not kept(made)
        assert not list(made.preparer.store.folder.glob(".work*/*.grey"))


async def test_a_spot_is_not_measured(tmp_path: Path) -> None:
    asset = probe(shelf("h264"))
    async with room(tmp_path) as made:
        assert not await made.analysis.wants(asset)
        await pieces(made.preparer, asset)
        assert not kept(made)


async def test_an_interrupted_render_keeps_what_it_measured(tmp_path: Path) -> None:
    asset = probe(film_48k())
    async with room(tmp_path) as made:
        store = made.preparer.store
        await store.open(asset)
        made.preparer.want("test", [Need(asset, 0, END, asyncio.get_running_loop().time())])
        event = asyncio.Event()
        remove = made.preparer.add_listener(lambda _: event.set())
        async with asyncio.timeout(60):
            await event.wait()
        remove()
        made.preparer.want("test", [])
        ready = store.ready(asset, 0)
        assert 0 < ready <= sum(len(piece.looks) for piece in kept(made))
        await pieces(made.preparer, asset)
        async with asyncio.timeout(60):
            assert (await made.refined.get()).frames == END


async def test_pieces_are_the_same_with_and_without_the_measurement(tmp_path: Path) -> None:
    asset = probe(film_48k())
    async with room(tmp_path / "with") as made:
        measured = await pieces(made.preparer, asset, 0, 360)
        assert kept(made)
    async with running(Preparer(find_ffmpeg(), PieceStore(tmp_path / "cache", HOUSE, 10**9), HOUSE, 1)) as plain:
        others = await pieces(plain, asset, 0, 360)
        assert [packets(path) for path in measured] == [packets(path) for path in others]
        assert [path.read_bytes() for path in measured] == [path.read_bytes() for path in others]
