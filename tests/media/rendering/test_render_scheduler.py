"""The order of renders, their interruptions, and the files that remain after a failure."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from retrovue_tui.decoding.piece_check import verify
from retrovue_tui.decoding.probe import probe
from retrovue_tui.errors import MediaError
from retrovue_tui.media.rendering import render_scheduler as prepare_module
from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.rendering.render_scheduler import Need, Preparer
from retrovue_tui.protocol.answers.snapshots import PrepareJob
from tests import CHECKOUT
from tests.media.rendered import house, pieces, preparer, running, until
from tests.media_factory import H264, Clip, make, shelf

if TYPE_CHECKING:
    from retrovue_tui.media.asset import Asset


def encoders() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "ffmpeg" in child.name()]


def slow() -> Asset:
    """An asset that takes a second or more to render."""
    return probe(make(Clip(frames=900, size=(640, 360), video=H264)))


def now() -> float:
    return asyncio.get_running_loop().time()


def valid(store: PieceStore, asset: Asset) -> bool:
    """Whether everything that the index lists is there and exact."""
    index = store.index(asset)
    return all(verify(store.piece_path(asset, n), store.house, p.first) == p for n, p in index.pieces.items())


async def test_prepare_one_asset_with_progress(tmp_path: Path) -> None:
    one, told = preparer(tmp_path), list[PrepareJob]()
    asset = slow()
    await one.prepare(asset, told.append)
    assert one.store.ready(asset, 0) == 900
    assert told[-1].progress == 1.0
    assert [job.progress for job in told] == sorted(job.progress for job in told)
    assert not encoders()


async def test_running_jobs_report_speed_and_are_nice(tmp_path: Path) -> None:
    asset = slow()
    async with running(preparer(tmp_path)) as one:
        one.want("1", [Need(asset, 0, 900, now() + 100)])
        await until(one, lambda: any(job.speed > 0 for job in one.jobs()) or one.store.ready(asset, 0) == 900)
        job = one.jobs()[0]
        assert (job.file, job.state) == (str(asset.path), "running")
        assert 0 < job.progress <= 1  # its last piece may be in already
        assert job.eta_s is not None
        assert all(child.nice() == min(19, os.nice(0) + 10) for child in encoders())


async def test_the_earliest_air_time_is_rendered_first_and_interrupts_later_ones(tmp_path: Path) -> None:
    late, soon = slow(), probe(shelf("h264"))
    order: list[str] = []
    async with running(preparer(tmp_path, slots=1)) as one:
        one.add_listener(lambda asset: order.append(asset.key))
        one.want("1", [Need(late, 0, 900, now() + 3600)])
        await until(one, lambda: late.key in order)
        one.want("2", [Need(soon, 0, 120, now() + 1)])
        await until(one, lambda: one.store.ready(soon, 0) == 120)
        assert one.store.ready(late, 0) < 900
        made = one.store.ready(late, 0)
        assert made > 0  # what was made before is kept
        await until(one, lambda: one.store.ready(late, 0) == 900)
        assert valid(one.store, late)


async def test_a_later_range_that_airs_first_is_made_first(tmp_path: Path) -> None:
    asset = slow()
    async with running(preparer(tmp_path, slots=1)) as one:
        await one.store.open(asset)
        one.want("1", [Need(asset, 540, 900, now() + 1), Need(asset, 0, 540, now() + 600)])
        await until(one, lambda: one.store.find(asset, 540, 720))
        assert one.store.find(asset, 0, 180) is None
        await until(one, lambda: one.store.ready(asset, 0) == 900)
        assert valid(one.store, asset)


async def test_a_render_that_nobody_needs_is_ended(tmp_path: Path) -> None:
    asset = slow()
    async with running(preparer(tmp_path)) as one:
        one.want("1", [Need(asset, 0, 900, now())])
        await until(one, lambda: one.store.ready(asset, 0) > 0)
        one.want("1", [])
        await until(one, lambda: not encoders() and not one.jobs())
        assert one.store.ready(asset, 0) < 900
        assert valid(one.store, asset)
        assert not list(one.store.folder.glob(".work*"))


async def test_a_killed_ffmpeg_costs_one_piece_at_most(tmp_path: Path) -> None:
    asset = slow()
    async with running(preparer(tmp_path)) as one:
        one.want("1", [Need(asset, 0, 900, now())])
        await until(one, lambda: one.store.ready(asset, 0) > 0)
        for child in encoders():
            child.send_signal(signal.SIGKILL)
        await until(one, lambda: one.store.ready(asset, 0) == 900)
        assert valid(one.store, asset)
        assert one.fault(asset) is None


async def test_cancelled_at_any_moment_it_leaves_a_valid_cache_and_no_child(tmp_path: Path) -> None:
    asset = slow()
    for moment in (0.0, 0.05, 0.15, 0.3, 0.5, 0.8):
        async with running(preparer(tmp_path)) as one:
            one.want("1", [Need(asset, 0, 900, now())])
            await asyncio.sleep(moment)
        assert not encoders()
        assert not list(one.store.folder.glob(".work*"))
        again = PieceStore(tmp_path, house(), 10**9)
        await again.open(asset)
        assert valid(again, asset)
    async with running(preparer(tmp_path)) as one:
        await pieces(one, asset)


def test_a_killed_station_leaves_a_valid_cache_and_no_child(tmp_path: Path) -> None:
    asset = slow()
    program = textwrap.dedent(f"""
        import asyncio, sys
        from pathlib import Path
        from tests.media.rendered import preparer, running
        from retrovue_tui.media.rendering.render_scheduler import Need
        from retrovue_tui.decoding.probe import probe
        async def main():
            asset = probe(Path({str(asset.path)!r}))
            async with running(preparer(Path({str(tmp_path)!r}))) as one:
                one.add_listener(lambda _: print("piece", flush=True))
                one.want("1", [Need(asset, 0, 900, 0.0)])
                await asyncio.sleep(60)
        asyncio.run(main())
    """)
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}
    station = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment)
    assert station.stdout is not None
    with station:
        assert station.stdout.readline() == b"piece\n"
        children = psutil.Process(station.pid).children()
        station.kill()
        station.wait()
    assert psutil.wait_procs(children, timeout=60)[1] == []

    async def look() -> None:
        store = PieceStore(tmp_path, house(), 10**9)
        await store.sweep()
        assert not list(store.folder.glob(".work*"))
        await store.open(asset)
        assert store.ready(asset, 0) >= 180
        assert valid(store, asset)

    asyncio.run(look())


async def test_a_file_that_cannot_be_rendered_is_a_fault_until_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    shutil.copy(shelf("h264"), path)
    good = probe(path)
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    path.write_bytes(b"\x00" * path.stat().st_size)  # it went bad after it was probed
    os.utime(path, ns=times)
    async with running(preparer(tmp_path / "cache")) as one:
        one.want("1", [Need(good, 0, 120, now())])
        await until(one, lambda: one.fault(good))
        reason = one.fault(good)
        assert reason is not None
        assert "cannot be rendered" in reason
        assert "\n" not in reason
        assert [job.state for job in one.jobs()] == ["failed"]
        shutil.copy(shelf("h264"), path)
        fresh = probe(path)
        assert one.fault(fresh) is None
        assert len(await pieces(one, fresh)) == 1
    os.truncate(path, 0)
    with pytest.raises(MediaError, match="cannot be rendered"):
        await preparer(tmp_path / "cache2").prepare(fresh)


@pytest.mark.parametrize("harm", ["gone", "damaged"])
async def test_an_edge_of_a_piece_that_was_harmed_is_cut_from_a_new_one(tmp_path: Path, harm: str) -> None:
    asset = slow()
    async with running(preparer(tmp_path)) as one:
        one.want("1", [Need(asset, 0, 360, now())])
        await until(one, lambda: one.store.ready(asset, 0) >= 360)
        piece = one.store.piece_path(asset, 1)
        if harm == "gone":
            piece.unlink()
        else:
            piece.write_bytes(b"?" * piece.stat().st_size)
        one.want("1", [Need(asset, 250, 360, now())])
        await until(one, lambda: one.store.find(asset, 250, 360))
        assert one.fault(asset) is None
        assert valid(one.store, asset)
        assert verify(one.store.edge_path(asset, 250, 360), one.store.house, 250).end == 360


async def test_a_full_disk_is_reported_and_the_render_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare_module, "_PAUSE_SECONDS", 0.3)
    asset, full, replace = probe(shelf("long")), True, Path.replace

    def refuse(self: Path, target: Any) -> Path:
        if full and self.suffix == ".ts":
            raise OSError(errno.ENOSPC, "No space left on device", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    async with running(preparer(tmp_path)) as one:
        one.want("1", [Need(asset, 0, 420, now())])
        await until(one, lambda: one.fault(asset))
        assert "no room on the disk" in str(one.fault(asset))
        assert not list(one.store.asset_folder(asset).glob("*.ts"))
        full = False
        await until(one, lambda: one.store.ready(asset, 0) == 420)
        assert one.fault(asset) is None
        assert valid(one.store, asset)


async def test_a_file_shorter_than_its_header_states_airs_shorter(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    shutil.copy(make(Clip(frames=420, suffix=".mkv")), path)
    asset = probe(path)
    os.truncate(path, path.stat().st_size * 6 // 10)
    async with running(preparer(tmp_path / "cache")) as one:
        await pieces(one, asset)
        length = one.store.frames(asset)
        assert 180 < length < 330
        assert valid(one.store, asset)
        last = one.store.index(asset).pieces[(length - 1) // 180]
        assert last.end == length


async def test_with_a_full_disk_a_short_piece_is_not_taken_for_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "film.mkv"
    shutil.copy(make(Clip(frames=420, suffix=".mkv")), path)
    asset = probe(path)
    os.truncate(path, path.stat().st_size * 6 // 10)
    monkeypatch.setattr(PieceStore, "nearly_full", lambda _: True)
    async with running(preparer(tmp_path / "cache")) as one:
        one.want("1", [Need(asset, 0, 420, now())])
        await until(one, lambda: one.fault(asset))
        assert "no room on the disk" in str(one.fault(asset))
        assert one.store.index(asset).end is None


async def test_many_channels_that_want_the_same_cost_one_render(tmp_path: Path) -> None:
    asset = probe(shelf("long"))
    async with running(preparer(tmp_path)) as one:
        most = 0
        for channel in range(20):
            one.want(str(channel), [Need(asset, 0, 420, now() + channel)])

        def done() -> bool:
            nonlocal most
            most = max(most, len(encoders()))
            return one.store.ready(asset, 0) == 420

        await until(one, done)
        assert most <= one.slots


async def test_slots_and_threads_fill_the_cores() -> None:
    cores = os.cpu_count() or 1
    for slots in (None, 1, 2, 64):
        one = preparer(Path("/nowhere"), slots=slots)
        assert one.slots >= 1
        assert 1 <= one.threads <= cores
        assert isinstance(one, Preparer)
