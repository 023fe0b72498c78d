"""At an accepted break point a prepared asset has an IDR picture, and a break there needs no render."""

from __future__ import annotations

import asyncio
import subprocess
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.decoding.probe import probe
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.house_format import AAC_TICKS, aac_frame
from retrovue_tui.media.rendering.edge_pieces import accepted_edges
from retrovue_tui.media.rendering.piece_index import Piece
from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.rendering.render_run import render_edge
from retrovue_tui.media.rendering.render_scheduler import Need, Preparer
from retrovue_tui.playout.decks.ffmpeg_args import deck_command
from retrovue_tui.playout.mpegts.analyser import StreamAnalyser
from retrovue_tui.playout.planner import Planner
from retrovue_tui.rundown.airlist import AirList, write_airlist
from retrovue_tui.rundown.positions import Position
from tests.media.rendered import RATES, house, pieces, running, until
from tests.media_factory import decode, numbers, packets, shelf
from tests.playout.studio import entry

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.house_format import HouseFormat

POINT = 77


def preparer(folder: Path, of: HouseFormat, *accepted: int) -> Preparer:
    store = PieceStore(folder, of, 10**9)
    return Preparer(find_ffmpeg(), store, of, 1, accepted_frames=lambda _: accepted)


@pytest.mark.parametrize("rate", RATES)
async def test_an_accepted_point_becomes_an_idr_picture_and_edge_pieces(rate: str, tmp_path: Path) -> None:
    of, asset = house(rate), probe(shelf("long"))
    count = of.piece_frames
    point = count + POINT
    async with running(preparer(tmp_path, of, point, 2 * count, 10**6, -5, 0)) as one:
        whole = await pieces(one, asset)
        before, after = one.store.find(asset, count, point), one.store.find(asset, point, 2 * count)
        assert set(one.store.index(asset).edges) == {(count, point), (point, 2 * count)}
    keys = [n for n, (_, key) in enumerate(packets(whole[1])["video"]) if key]
    assert keys == sorted({*range(0, count, 60), POINT})
    assert before is not None
    assert after is not None
    shown = [(frame.ticks, frame.number) for path in (before, after) for frame in decode(path)]
    assert shown == [(frame.ticks, frame.number) for frame in decode(whole[1])]
    assert [pts for path in (before, after) for pts, _ in packets(path)["audio"]] == [
        AAC_TICKS * n for n in range(aac_frame(of, count), aac_frame(of, 2 * count))
    ]
    assert packets(after)["video"][0] == (of.rate.ticks(point), True)


async def break_at(point: int, one: Preparer, asset: Asset, spot: Asset, of: HouseFormat) -> AirList:
    """Prepare a programme, then break it at a frame, and return the air list once all of it is prepared."""
    await pieces(one, spot)
    await pieces(one, asset)
    assets = {each.path: each for each in (asset, spot)}
    plan = Planner(of, one.store, assets.get, one.fault, loop=False)
    film, advert = asset.path, spot.path
    plan.entries = (entry(film, 0, point), entry(advert, spot=True), entry(film, point))
    one.want("test", plan.needs(Position(0, 0, 0), asyncio.get_running_loop().time(), 60))
    total = asset.frames(of.rate) + spot.frames(of.rate)
    await until(one, lambda: plan.ready(Position(0, 0, 0), 60) >= total)
    made = plan.compile(Position(0, 0, 0))
    assert made is not None
    assert made.frames == total
    return made


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_break_at_an_accepted_point_needs_no_edge_render(
    accepted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[tuple[int, int]] = []

    async def counted(ffmpeg: object, store: object, asset: object, base: object, first: int, end: int) -> None:
        rendered.append((first, end))
        await render_edge(ffmpeg, store, asset, base, first, end)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr("retrovue_tui.media.rendering.render_scheduler.render_edge", counted)
    of, asset, spot = house(), probe(shelf("long")), probe(shelf("h264"))
    async with running(preparer(tmp_path / "cache", of, *([POINT] if accepted else []))) as one:
        made = await break_at(POINT, one, asset, spot, of)
    assert rendered == ([] if accepted else [(0, POINT), (POINT, of.piece_frames)])
    script = tmp_path / "list.ffconcat"
    write_airlist(made.items, script, of.rate)
    command = deck_command(find_ffmpeg(), "copy", script, house=of)
    played = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=60, check=True)
    film, advert = list(range(asset.frames(of.rate))), numbers(shelf("h264"))
    assert [frame.number for frame in decode(played.stdout)] == [*film[:POINT], *advert, *film[POINT:]]
    report = StreamAnalyser(of.rate).feed(played.stdout)
    assert (report.sync_errors, report.cc_errors, report.discontinuities, report.video_jumps) == (0, 0, 0, 0)
    assert report.largest_audio_error < AAC_TICKS


async def test_pieces_that_were_prepared_before_stay_and_are_cut_as_usual(tmp_path: Path) -> None:
    of, asset = house(), probe(shelf("long"))
    async with running(preparer(tmp_path, of)) as one:
        whole = await pieces(one, asset)
    dates = [path.stat().st_mtime_ns for path in whole]
    async with running(preparer(tmp_path, of, POINT)) as one:
        assert await pieces(one, asset) == whole
        assert not one.store.index(asset).edges
        one.want("test", [Need(asset, POINT, 180, asyncio.get_running_loop().time())])
        await until(one, lambda: one.store.find(asset, POINT, 180))
    assert [path.stat().st_mtime_ns for path in whole] == dates


async def test_an_edge_piece_that_cannot_be_copied_harms_no_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "retrovue_tui.media.rendering.render_run.edge_command", lambda *_, **__: [find_ffmpeg().path, "-nonsense"]
    )
    of, asset = house(), probe(shelf("long"))
    async with running(preparer(tmp_path, of, POINT)) as one:
        assert [n for path in await pieces(one, asset) for n in numbers(path)] == list(range(420))
        assert not one.store.index(asset).edges


@given(st.integers(0, 50), st.integers(1, 200), st.lists(st.integers(-10, 400), max_size=20))
def test_every_break_at_accepted_points_of_a_piece_has_its_edges(first: int, frames: int, keys: list[int]) -> None:
    piece = Piece(first, frames, 1)
    made = accepted_edges(piece, keys)
    inside = sorted({key for key in keys if first < key < piece.end})[:6]
    assert made == sorted(set(made))
    assert all(first <= a < b <= piece.end and (a, b) != (first, piece.end) for a, b in made)
    assert {a for a, _ in made} | {b for _, b in made} == ({first, piece.end, *inside} if inside else set())
    assert all((first, key) in made and (key, piece.end) in made for key in inside)
    assert all(pair in made for pair in pairwise(inside))
