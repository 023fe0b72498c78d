"""Edge pieces are exact to the frame, and join with what stands beside them."""

from __future__ import annotations

import asyncio
import itertools
import os
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.decoding.probe import probe
from retrovue_tui.errors import FFmpegError, MediaError
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.ffmpeg.process import DECK_NICE
from retrovue_tui.media.house_format import AAC_TICKS
from retrovue_tui.media.rendering.edge_pieces import edge_command
from retrovue_tui.media.rendering.piece_index import Piece
from retrovue_tui.media.rendering.render_run import run_edge_command
from retrovue_tui.media.rendering.render_scheduler import Need
from tests.media.rendered import RATES, house, pieces, preparer, running, until
from tests.media_factory import decode, packets, shelf

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("rate", RATES)
async def test_a_cut_inside_a_piece_joins_exactly(rate: str, tmp_path: Path) -> None:
    of, asset = house(rate), probe(shelf("long"))
    count = of.piece_frames
    cuts = [count, count + 1, count + 37, 2 * count - 1, 2 * count]
    async with running(preparer(tmp_path, of)) as one:
        whole = await pieces(one, asset)
        now = asyncio.get_running_loop().time()
        ranges = list(itertools.pairwise(cuts))
        one.want("test", [Need(asset, a, b, now) for a, b in ranges])
        await until(one, lambda: all(one.store.find(asset, a, b) for a, b in ranges))
        edges = [path for a, b in ranges if (path := one.store.find(asset, a, b)) is not None]
    full, joined = decode(whole[1]), [frame for path in edges for frame in decode(path)]
    assert [(f.ticks, f.number) for f in joined] == [(f.ticks, f.number) for f in full]
    sounds = [pts for path in edges for pts, _ in packets(path)["audio"]]
    assert sounds == [pts for pts, _ in packets(whole[1])["audio"]]
    for path, (first, _) in zip(edges, ranges, strict=True):
        found = packets(path)
        assert found["video"][0] == (of.rate.ticks(first), True)
        assert all(b - a == AAC_TICKS for (a, _), (b, _) in itertools.pairwise(found["audio"]))


async def test_edges_are_made_as_soon_as_their_piece_is_there(tmp_path: Path) -> None:
    asset = probe(shelf("long"))
    async with running(preparer(tmp_path)) as one:
        await one.store.open(asset)
        one.want("test", [Need(asset, 50, 250, asyncio.get_running_loop().time())])
        await until(one, lambda: one.store.find(asset, 50, 180) and one.store.find(asset, 180, 250))
        assert one.store.find(asset, 360, 420) is None  # nobody wants it
        path = one.store.find(asset, 50, 180)
    assert path is not None
    assert [frame.number for frame in decode(path)] == list(range(50, 180))


def test_an_edge_outside_its_piece_is_refused() -> None:
    with pytest.raises(MediaError, match="not inside"):
        edge_command(find_ffmpeg(), house(), shelf("h264"), Piece(0, 180, 1), 100, 181, shelf("h264"))


async def test_an_edge_piece_is_made_with_less_priority_than_the_station() -> None:
    """Without it, the encoder took the processor from the event loop, as an equal."""
    with pytest.raises(FFmpegError, match=f"^{os.nice(0) + DECK_NICE}$"):  # the last line that it wrote
        await run_edge_command(["/bin/sh", "-c", "nice >&2; exit 1"])
