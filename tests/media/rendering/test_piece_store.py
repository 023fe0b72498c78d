"""The store: what it says is there, is there; nothing on a list is ever evicted."""

from __future__ import annotations

import asyncio
import errno
import json
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from retrovue_tui.files.disk_errors import disk_full
from retrovue_tui.media.asset import Asset
from retrovue_tui.media.house_format import HouseFormat
from retrovue_tui.media.rendering.piece_index import Piece
from retrovue_tui.media.rendering.piece_store import INDEX, RESERVE, PieceStore

HOUSE = HouseFormat(profile="test", width=320, height=180, video_kbps=400)
COUNT = HOUSE.piece_frames


def asset(name: str, frames: int = 2 * COUNT + 60) -> Asset:
    return Asset(Path(f"/films/{name}.mp4"), name, 1, 1, Fraction(frames * 1001, 30_000))


async def put(store: PieceStore, what: Asset, number: int, frames: int = COUNT, size: int = 1000) -> Path:
    work = await asyncio.to_thread(store.work_folder)
    made = work / "made.ts"
    made.write_bytes(b"G" * size)
    piece = Piece(number * COUNT, frames, size)
    await store.add_piece(what, made, piece, piece.end if frames < COUNT else None)
    work.rmdir()
    return store.piece_path(what, number)


async def test_finds_what_was_added_and_again_after_a_restart(tmp_path: Path) -> None:
    film = asset("a")
    store = PieceStore(tmp_path, HOUSE, 10**9)
    await store.open(film)
    assert store.find(film, 0, COUNT) is None
    path = await put(store, film, 0)
    await put(store, film, 2, 55)
    for each in (store, PieceStore(tmp_path, HOUSE, 10**9)):
        await each.open(film)
        assert each.find(film, 0, COUNT) == path
        assert each.find(film, 0, COUNT - 1) is None
        assert each.ready(film, 0) == COUNT
        assert each.ready(film, 2 * COUNT) == 2 * COUNT + 55
        assert each.frames(film) == 2 * COUNT + 55  # exact now
        assert each.bytes == 2000


async def test_edges_are_found_by_their_exact_range(tmp_path: Path) -> None:
    film, store = asset("a"), PieceStore(tmp_path, HOUSE, 10**9)
    await store.open(film)
    made = store.work_folder() / "edge.ts"
    made.write_bytes(b"G")
    await store.add_edge(film, made, Piece(10, 20, 1))
    assert store.find(film, 10, 30) == store.edge_path(film, 10, 30)
    assert store.find(film, 10, 31) is None


async def test_a_torn_or_missing_piece_is_not_there(tmp_path: Path) -> None:
    film, store = asset("a"), PieceStore(tmp_path, HOUSE, 10**9)
    torn, gone = await put(store, film, 0), await put(store, film, 1)
    torn.write_bytes(b"G")
    gone.unlink()
    await store.forget(film)
    assert store.find(film, 0, COUNT) is None
    assert store.find(film, COUNT, 2 * COUNT) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 99}', '{"version": 1, "pieces": "x"}'])
async def test_a_damaged_index_counts_as_empty(tmp_path: Path, text: str) -> None:
    film, store = asset("a"), PieceStore(tmp_path, HOUSE, 10**9)
    await put(store, film, 0)
    (store.asset_folder(film) / INDEX).write_text(text)
    again = PieceStore(tmp_path, HOUSE, 10**9)
    await again.open(film)
    assert again.find(film, 0, COUNT) is None


async def test_two_processes_fill_one_cache(tmp_path: Path) -> None:
    film = asset("a")
    one, two = PieceStore(tmp_path, HOUSE, 10**9), PieceStore(tmp_path, HOUSE, 10**9)
    await one.open(film)
    await two.open(film)
    await put(one, film, 0)
    await put(two, film, 1)
    assert two.ready(film, 0) == 2 * COUNT
    data = json.loads((two.asset_folder(film) / INDEX).read_text())
    assert [row[0] for row in data["pieces"]] == [0, COUNT]


async def test_sweep_removes_only_the_files_of_dead_processes(tmp_path: Path) -> None:
    film, store = asset("a"), PieceStore(tmp_path, HOUSE, 10**9)
    kept = await put(store, film, 0)
    mine = store.work_folder()
    dead = store.folder / ".work-999999999-abc-0"
    dead.mkdir()
    (dead / "000000.ts").write_bytes(b"G")
    reborn = store.folder / f".work-{os.getpid()}-another-0"
    reborn.mkdir()
    stray = kept.with_name("000007.ts")
    stray.write_bytes(b"G")
    torn = kept.with_name(f".{INDEX}-123")
    torn.write_text("{")
    await store.sweep()
    assert kept.exists()
    assert mine.exists()
    assert not any(path.exists() for path in (dead, reborn, stray, torn))


async def test_eviction_takes_the_least_recently_aired_first_and_never_what_is_held(tmp_path: Path) -> None:
    store = PieceStore(tmp_path, HOUSE, 3500)
    films = [asset(name) for name in ("old", "held", "aired", "new")]
    for age, film in enumerate(films):
        for number in (0, 1):
            await put(store, film, number)
        os.utime(store.asset_folder(film) / INDEX, (1000 + age, 1000 + age))
    old, held, aired, new = films
    store.hold("channel 1", [store.piece_path(held, 1)])
    store.touch([store.piece_path(aired, 0)])
    await store.evict()
    left = {film.key: [number for number in (0, 1) if store.piece_path(film, number).exists()] for film in films}
    assert left == {"old": [], "held": [1], "aired": [0, 1], "new": []}
    assert store.bytes == 3000
    assert store.find(old, 0, COUNT) is None
    assert store.find(new, 0, COUNT) is None
    assert store.find(held, COUNT, 2 * COUNT) is not None
    store.hold("channel 1", [])
    store.cap_bytes = 0
    await store.evict()
    assert store.bytes == 0


async def test_a_wanted_asset_is_not_evicted(tmp_path: Path) -> None:
    store, film = PieceStore(tmp_path, HOUSE, 0), asset("a")
    await put(store, film, 0)
    store.hold_assets("channel 1", [film])
    await store.evict()
    assert store.find(film, 0, COUNT) is not None
    store.hold_assets("channel 1", [])
    await store.evict()
    assert store.find(film, 0, COUNT) is None


@pytest.mark.parametrize("takes_an_index", [True, False])
async def test_on_a_disk_that_others_fill_the_cache_becomes_smaller(
    takes_an_index: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cap is not reached, but the station's log and rundowns need room. A disk that is quite full takes not even
    the index without the pieces."""
    store, films = PieceStore(tmp_path, HOUSE, 10**9), [asset(name) for name in ("old", "wanted", "new")]
    for age, film in enumerate(films):
        await put(store, film, 0)
        os.utime(store.asset_folder(film) / INDEX, (1000 + age, 1000 + age))
    store.hold_assets("channel 1", [films[1]])

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "_free", lambda: RESERVE - 500)
    if not takes_an_index:
        monkeypatch.setattr(json, "dump", full)
    await store.evict()
    assert [store.find(film, 0, COUNT) is not None for film in films] == [False, True, True]
    assert store.bytes == 2000


async def test_pieces_leave_room_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film, store = asset("a"), PieceStore(tmp_path, HOUSE, 10**9)
    await put(store, film, 0)
    monkeypatch.setattr(store, "_free", lambda: RESERVE - 1)
    assert store.nearly_full()
    with pytest.raises(OSError, match="No space left") as caught:
        await put(store, film, 1)
    assert disk_full(caught.value)
    assert store.find(film, COUNT, 2 * COUNT) is None
    assert store.ready(film, 0) == COUNT


async def test_a_full_disk_tears_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film, store = asset("a"), PieceStore(tmp_path, HOUSE, 10**9)
    await put(store, film, 0)
    before = (store.asset_folder(film) / INDEX).read_text()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(json, "dump", full)
    with pytest.raises(OSError, match="No space left") as caught:
        await put(store, film, 1)
    assert disk_full(caught.value)
    assert (store.asset_folder(film) / INDEX).read_text() == before
    assert store.find(film, COUNT, 2 * COUNT) is None
    assert not list(store.asset_folder(film).glob(f".{INDEX}*"))
