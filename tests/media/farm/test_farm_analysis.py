"""Analyses on a farm with a real scheduler and real workers: the same candidates as at home, also from other folders,
and by the station when the farm cannot."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.decoding.probe import probe
from retrovue_tui.media.analysis.analyser import Analyser
from retrovue_tui.media.analysis.break_analysis import BreakAnalysis, ElsewhereError
from retrovue_tui.media.farm.analysis_order import AnalysisOrder, read_result, result_to_json
from retrovue_tui.media.farm.farm_analysis import FarmAnalysis
from retrovue_tui.media.farm.render_order import OrderError
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.timecode import FrameRate
from tests.media.analysis.films import film
from tests.media.farm.farms import needs_dask, running_farm, small_house, soon, station
from tests.media.rendered import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrovue_tui.media.asset import Asset

PAL = FrameRate(25)


@pytest.fixture(scope="module")
def asset() -> Asset:
    return probe(film())


@contextlib.asynccontextmanager
async def analysing(service: BreakAnalysis) -> AsyncIterator[None]:
    task = asyncio.create_task(service.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@needs_dask
async def test_a_machine_with_other_mounts_finds_the_candidates_of_home(tmp_path: Path, asset: Asset) -> None:
    there = tmp_path / "there"
    there.mkdir()
    shutil.copy2(asset.path, there / asset.path.name)
    ffmpeg = find_ffmpeg()
    home = await Analyser(ffmpeg, PAL).analyse(asset)
    assert len(home.candidates) >= 3
    with running_farm(1, "--name", "render-1") as farm_of_one:
        mounts = ((str(asset.path.parent), str(there)),)
        one, farm, warnings = station(tmp_path / "cache", farm_of_one.address, *mounts, of=small_house("25"))
        async with running(one):
            await soon(lambda: farm.workers)
            found: asyncio.Queue[Asset] = asyncio.Queue()
            analyser = Analyser(ffmpeg, PAL, tmp_path / "results")
            service = BreakAnalysis(analyser, found.put_nowait, FarmAnalysis(farm, one.store))
            parts = []
            async with analysing(service):
                service.want([asset])
                async with asyncio.timeout(100):
                    while service.candidates(asset) is None:
                        run = service._running.get(asset.key)
                        assert run is None or run.elsewhere
                        parts.append(service.progress.part)
                        await asyncio.sleep(0.02)
            assert await found.get() == asset
            assert service.candidates(asset) == home.candidates
            stored = await analyser.stored(asset)
            assert stored is not None
            assert stored.candidates == home.candidates
            assert not [each for each in one.store.folder.iterdir() if each.name.startswith(".work")]
            assert not warnings.now

            # The file is gone there: the machine is named, and home does it.
            (there / asset.path.name).unlink()
            again = BreakAnalysis(Analyser(ffmpeg, PAL), found.put_nowait, FarmAnalysis(farm, one.store))
            async with analysing(again):
                again.want([asset])
                assert await asyncio.wait_for(found.get(), 100) == asset
            assert again.candidates(asset) == home.candidates
            assert str(there / asset.path.name) in warnings.now["farm render-1"]


@needs_dask
async def test_an_analysis_that_is_no_longer_wanted_frees_its_machine(tmp_path: Path, asset: Asset) -> None:
    with running_farm(1) as farm_of_one:
        one, farm, _ = station(tmp_path, farm_of_one.address, of=small_house("25"))
        analysis = FarmAnalysis(farm, one.store)
        async with running(one):
            await soon(lambda: farm.workers)
            reports: list[float] = []
            search = asyncio.create_task(analysis.search(asset, reports.append))
            await soon(lambda: reports)
            search.cancel()
            await asyncio.gather(search, return_exceptions=True)
            assert not [each for each in one.store.folder.iterdir() if each.name.startswith(".work")]
            found, _ = await asyncio.wait_for(analysis.search(asset, lambda _: None), 100)
            assert len(found) >= 3


async def test_a_farm_that_is_away_leaves_the_analysis_to_home(tmp_path: Path, asset: Asset) -> None:
    one, farm, _ = station(tmp_path, "tcp://127.0.0.1:9")
    analysis = FarmAnalysis(farm, one.store)
    assert not analysis.takes(asset)
    assert analysis.most == 0
    with pytest.raises(ElsewhereError, match="the farm: the farm is away"):
        await analysis.search(asset, lambda _: None)


async def test_orders_and_results_are_checked(tmp_path: Path, asset: Asset) -> None:
    order = AnalysisOrder("1", tmp_path, asset, PAL)
    data = order.to_json()
    assert AnalysisOrder.from_json(data) == order
    for wrong in ({"version": "0"}, {"analysis": 0}, {"rate": "x"}, {"asset": None}, {"rate": "1/0"}):
        with pytest.raises(OrderError):
            AnalysisOrder.from_json({**data, **wrong})
    made = await Analyser(find_ffmpeg(), PAL).analyse(asset)
    result = result_to_json(made)
    assert read_result(result, made.frames) == (list(made.candidates), [])
    last = made.candidates[-1].frame
    bad: list[object] = [
        {}, [], {"candidates": [{}], "warnings": []},
        {**result, "candidates": [{**result["candidates"][0], "score": 2}]},
    ]  # fmt: skip
    for each in bad:
        with pytest.raises((ValueError, KeyError, TypeError)):
            read_result(each, made.frames)
    with pytest.raises(ValueError, match="after the end"):
        read_result(result, last)
