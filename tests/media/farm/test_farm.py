"""A farm with a real scheduler and real workers: what it renders, and what happens when parts of it die."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.decoding.piece_check import verify
from retrovue_tui.decoding.probe import probe
from retrovue_tui.media.farm import placing
from retrovue_tui.media.rendering.render_scheduler import Need
from tests.media.farm.farms import RunningFarm, needs_dask, running_farm, small_house, soon, station
from tests.media.rendered import running, shown, until
from tests.media_factory import Clip, make, packets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.rendering.piece_index import Piece
    from retrovue_tui.media.rendering.render_scheduler import Preparer

pytestmark = needs_dask

LENGTH = 1440
"""Eight pieces."""
PIECES = 14
LONG = 180 * PIECES
"""For what takes a while."""


@pytest.fixture(scope="module")
def film() -> Asset:
    return probe(make(Clip(frames=LENGTH)))


@pytest.fixture(scope="module")
def long_film() -> Asset:
    return probe(make(Clip(frames=LONG)))


@pytest.fixture(scope="module")
def farm_of_two() -> Iterator[RunningFarm]:
    with running_farm(2, "--name", "render-1") as one:
        yield one


def count_pieces(one: Preparer, monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """How often each piece was taken into the store, by its first frame."""
    made, add = Counter[int](), one.store.add_piece

    async def counted(asset: Asset, path: Path, piece: Piece, end: int | None = None) -> None:
        await add(asset, path, piece, end)
        made[piece.first] += 1

    monkeypatch.setattr(one.store, "add_piece", counted)
    return made


def paths(one: Preparer, asset: Asset) -> list[Path]:
    frames = asset.frames(one.store.house.rate)
    return [one.store.piece_path(asset, number) for number in range(frames // one.store.house.piece_frames)]


async def test_two_workers_and_the_scheduler_die_and_every_piece_is_made_once(
    tmp_path: Path, long_film: Asset, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(placing, "MOST_PIECES", 3)
    with running_farm(4) as four:
        one, farm, _ = station(tmp_path, four.address, of=small_house("30000/1001"))
        made = count_pieces(one, monkeypatch)
        async with running(one):
            await soon(lambda: len(farm.workers) == 4)
            work = asyncio.create_task(one.prepare(long_film))
            for already in (1, 4):
                await until(one, lambda: len(made) >= already)  # noqa: B023
                await soon(four.busy)
                four.busy()[0].kill()
            await until(one, lambda: len(made) >= 7)
            four.processes("scheduler")[0].kill()
            await soon(lambda: not farm.connected)
            await soon(lambda: farm.workers)
            await asyncio.wait_for(work, 100)
    assert made == Counter({number * one.store.house.piece_frames: 1 for number in range(PIECES)})
    assert shown(paths(one, long_film)) == list(range(LONG))
    index = one.store.index(long_film)
    assert all(verify(path, one.store.house, index.pieces[n].first) == index.pieces[n]
               for n, path in enumerate(paths(one, long_film)))  # fmt: skip
    assert not [path for path in one.store.folder.iterdir() if path.name.startswith(".")]
    cores = os.cpu_count() or 1
    assert (f"4 workers share {cores} cores" in capfd.readouterr().err) == (cores < 4)


def test_a_machine_may_have_only_the_scheduler() -> None:
    with running_farm(0) as one:
        assert one.program.stdout is not None
        lines = [one.program.stdout.readline() for _ in range(2)]
        assert lines[0].startswith(f"0 workers for {one.address}; ")
        assert lines[1] == "scheduler is ready\n"
        assert len(one.processes("scheduler")) == 1
        assert one.processes("worker") == []


async def test_the_machine_is_named_and_pieces_are_on_the_same_grid_as_at_home(
    tmp_path: Path, film: Asset, farm_of_two: RunningFarm
) -> None:
    one, farm, warnings = station(tmp_path / "farm", farm_of_two.address)
    machines = set[str]()
    async with running(one):
        await soon(lambda: len(farm.workers) == 2)
        await one.prepare(film, lambda job: machines.add(job.machine))
        assert {each.machine for each in farm.workers} == {"render-1"}
    assert "render-1" in machines
    assert not warnings.now
    alone, *_ = station(tmp_path / "home", "tcp://127.0.0.1:1")
    await alone.prepare(film)
    assert [packets(path) for path in paths(one, film)] == [packets(path) for path in paths(alone, film)]
    assert shown(paths(one, film)[:3]) == list(range(3 * one.store.house.piece_frames))


async def test_a_machine_that_cannot_see_the_media_is_named_with_the_path(
    tmp_path: Path, film: Asset, farm_of_two: RunningFarm
) -> None:
    lost = str(tmp_path / "not-mounted")
    one, farm, warnings = station(tmp_path / "cache", farm_of_two.address, (str(film.path.parent), lost))
    async with running(one):
        await soon(lambda: farm.workers)
        await one.prepare(film)
    assert one.store.ready(film, 0) == LENGTH
    assert any(f"render-1 in the farm: {lost}/{film.path.name} cannot be read" in text for text in warnings.ever)


async def test_path_maps_of_the_station_and_of_the_machine(tmp_path: Path, film: Asset) -> None:
    (tmp_path / "there").symlink_to(film.path.parent)
    (tmp_path / "mnt").symlink_to(tmp_path)
    with running_farm(1, "--map", f"/nowhere={tmp_path}/mnt") as mapped:
        there = (str(film.path.parent), "/nowhere/there")
        one, farm, warnings = station(tmp_path / "cache", mapped.address, there, (str(tmp_path), "/nowhere"))
        machines = set[str]()
        async with running(one):
            await soon(lambda: farm.workers)
            await one.prepare(film, lambda job: machines.add(job.machine))
    assert len(machines - {""}) == 1
    assert not warnings.now


async def test_an_order_that_is_no_longer_needed_ends_its_encoder(
    tmp_path: Path, long_film: Asset, farm_of_two: RunningFarm
) -> None:
    one, farm, _ = station(tmp_path, farm_of_two.address, of=small_house("60000/1001"))
    async with running(one):
        await soon(lambda: farm.workers)
        await one.store.open(long_film)
        await one.store.set_gain(long_film, 0.0, False)
        one.want("channel", [Need(long_film, 0, 2 * LONG, asyncio.get_running_loop().time() + 3600)])
        await soon(farm_of_two.busy)
        one.want("channel", [])
        await soon(lambda: not farm_of_two.busy(), 10)
        assert not one.jobs()


async def test_urgent_media_and_failed_orders_are_rendered_here(
    tmp_path: Path, film: Asset, farm_of_two: RunningFarm
) -> None:
    one, farm, warnings = station(tmp_path, farm_of_two.address)
    async with running(one):
        await soon(lambda: farm.workers)
        await one.store.open(film)
        await one.store.set_gain(film, 0.0, False)
        one.want("channel", [Need(film, 0, 180, asyncio.get_running_loop().time() + 5)])
        await until(one, lambda: one.store.ready(film, 0) >= 180)
        assert not farm_of_two.busy()
    one, farm, warnings = station(tmp_path / "alone", "tcp://127.0.0.1:1")
    async with running(one):
        await one.prepare(film)
        await soon(lambda: "cannot be reached" in warnings.now.get("farm", ""))
    assert one.store.ready(film, 0) == LENGTH
