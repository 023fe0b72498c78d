"""Media that crashes decoders, and workers that die: no channel notices, and what FFmpeg can read airs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from retrovue_tui.errors import MediaError
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.workers.pool import FileStamp
from retrovue_tui.media.workers.tasks import FILES, submit_probe
from tests.media.rendered import house, pieces, preparer, running
from tests.media_factory import H264, Clip, make
from tests.playout.homes import Home, alive, none_alive, serving

if TYPE_CHECKING:
    import numpy.typing as npt
    import psutil

    from tests.playout.homes import OnAir


@pytest.fixture(scope="session")
def eight(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """7.1 sound as PCM in a MOV: PyAV's libav writes behind a buffer's end, and aborts, sooner or later."""
    path = tmp_path_factory.mktemp("hostile") / "eight.mov"
    subprocess.run(
        [find_ffmpeg().path, "-v", "error", "-f", "lavfi", "-i", "color=black:s=320x180:r=30", "-f", "lavfi", "-i",
         "aevalsrc=0|0|0.3*sin(2*PI*440*t)|0|0|0|0|0:c=7.1:s=48000", "-t", "5", "-c:v", "libx264", "-c:a", "pcm_s16le",
         path],
        check=True,
    )  # fmt: skip
    return path


def loudest(files: list[Path]) -> npt.NDArray[np.float32]:
    """The loudest sample of each channel."""
    peaks = np.zeros(2, np.float32)
    for file in files:
        with av.open(str(file)) as container:
            for frame in container.decode(audio=0):
                peaks = np.maximum(peaks, np.abs(frame.to_ndarray()).max(axis=1))
    return peaks


async def test_a_file_that_kills_the_prober_airs_as_ffmpeg_describes_it(
    eight: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = await asyncio.to_thread(eight.stat)
    submit = FILES.submit

    def deadly(task: str, *arguments: Any, **options: Any) -> Any:
        if task.endswith("probe:probe"):
            task, arguments = "tests.media.worker_tasks:abort", ()
        return submit(task, *arguments, **options)

    monkeypatch.setattr(FILES, "submit", deadly)
    asset = await asyncio.wrap_future(submit_probe(eight, (facts.st_size, facts.st_mtime_ns)))
    assert asset.video is not None
    assert asset.audio is not None
    assert (float(asset.duration), asset.audio.channels, asset.video.width) == (5.0, 8, 320)
    async with running(preparer(tmp_path, house(loudness=None))) as one:
        made = await pieces(one, asset)
        assert one.store.frames(asset) == 150
        assert (loudest(made) > 0.05).all(), "the centre is heard in both channels"


def test_prepare_survives_it(eight: Path, tmp_path: Path) -> None:
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-m", "retrovue_tui", "prepare", "--json", eight], cwd=tmp_path, capture_output=True,
            text=True, timeout=100, env={**os.environ, "XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path)},
            check=False,
        )  # fmt: skip
        assert (done.returncode, json.loads(done.stdout)) == (0, {"prepared": [str(eight)], "failed": {}})


def test_the_signal_that_ended_the_worker_is_the_reason_that_is_shown() -> None:
    film = FileStamp(Path("/m/film.mp4"), 1, 1)
    with pytest.raises(MediaError) as caught:
        FILES.submit("tests.media.worker_tasks:abort", limit_s=20, about=film).result(60)
    assert caught.value.message == "/m/film.mp4: crashes the decoder (signal 6)"


def mapped(pid: int) -> set[str]:
    """The libraries of FFmpeg that a process has loaded."""
    names = {Path(line.split()[-1]).name for line in Path(f"/proc/{pid}/maps").read_text().splitlines() if "/" in line}
    return {name for name in names if name.startswith(("libav", "libsw"))}


def workers(station: OnAir) -> list[psutil.Process]:
    return [each for each in alive(station.children()) if "retrovue_tui.decoding" in each.cmdline()]


async def slates(station: OnAir) -> int:
    """How often a slate was shown so far."""
    kinds: list[str] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            async for event in station.client.events(0):
                kinds.append(event.kind)
    return kinds.count("slate")


async def test_a_station_never_loads_a_decoder_and_goes_on_without_its_workers(eight: Path, tmp_path: Path) -> None:
    film = make(Clip(frames=1_800, size=(160, 90), video=H264))
    home = Home.make(tmp_path, {"film.mp4": film, "eight.mov": eight, "more.mp4": film}, {"1": ""}, prepared=True)
    home.rundown("1", "film.mp4", "eight.mov")
    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air" and now.channels[0].prepare.ready_s > 60)
        shown = await slates(station)
        client, file = station.client, str(tmp_path / "media" / "film.mp4")
        for _ in range(3):
            assert await client.picture("1", 160, 90) is not None
            assert (await client.preview(file, 700, 160, 90)).frame == 700
            before = workers(station)
            assert any(mapped(each.pid) for each in before), "they do decode"
            for each in before:
                each.send_signal(signal.SIGKILL)
        home.bring("new.mp4", film)
        async with asyncio.timeout(90):
            while not any(row.file.endswith("new.mp4") and row.frames for row in (await client.library()).rows):
                await asyncio.sleep(0.05)
        now = await client.station()
        assert now.channels[0].state == "on_air"
        assert await slates(station) == shown, "no channel noticed"
        assert mapped(station.process.pid) == set()
        left = workers(station)
        station.process.kill()
        await none_alive(left, 5.0)
        assert not alive(left)


async def test_a_misspelt_file_leaves_the_bin_with_its_name_in_the_rundown(tmp_path: Path) -> None:
    film = make(Clip(frames=900, size=(160, 90)))
    home = Home.make(tmp_path, {"film.mp4": film}, {"1": ""}, prepared=True)
    home.rundown("1", "film.mp4", "flim.mp4")
    async with serving(home) as station:
        await station.until(lambda now: now.channels[0].state == "on_air")

        async def problems() -> dict[str, str]:
            return {Path(row.file).name: row.problem for row in (await station.client.library()).rows if row.problem}

        assert await problems() == {"flim.mp4": "no such file"}
        assert any("flim.mp4" in each for each in (await station.client.station()).channels[0].warnings)
        home.rundown("1", "film.mp4")
        async with asyncio.timeout(90):
            while await problems():
                await asyncio.sleep(0.05)
        await station.until(lambda now: not now.channels[0].warnings)
