"""FFmpeg is found and checked once; its children end with us; its progress is read however the bytes are cut."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.errors import FFmpegError
from retrovue_tui.media.ffmpeg.locate import ENVIRONMENT, find_ffmpeg
from retrovue_tui.media.ffmpeg.process import end, spawn
from retrovue_tui.media.ffmpeg.progress import Progress, ProgressParser

if TYPE_CHECKING:
    from pathlib import Path

REPORT = (
    b"frame=48\nfps=47.50\nstream_0_0_q=23.0\nbitrate= 512.5kbits/s\ntotal_size=1024\nout_time_us=1601600\n"
    b"dup_frames=1\ndrop_frames=2\nspeed=1.58x\nprogress=continue\nframe=60\nfps=N/A\nspeed=N/A\nprogress=end\n"
)


def test_the_bundled_ffmpeg_is_found_once() -> None:
    found = find_ffmpeg()
    assert os.access(found.path, os.X_OK)
    assert found is find_ffmpeg()


def test_a_wrong_path_is_reported_with_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FFmpegError, match="the setting ffmpeg"):
        find_ffmpeg(tmp_path / "gone")
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "gone"))
    with pytest.raises(FFmpegError, match=r"RETROVUE_FFMPEG"):
        find_ffmpeg()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [("hello", "is not a working FFmpeg"), ("ffmpeg version 4.4.1 Copyright", "or newer is needed"),
     ("ffmpeg version 6.1 Copyright", "lacks .*libx264")],
)  # fmt: skip
def test_an_unsuitable_ffmpeg_is_refused_with_the_reason(tmp_path: Path, answer: str, reason: str) -> None:
    fake = tmp_path / "ffmpeg"
    fake.write_text(f"#!/bin/sh\necho '{answer}'\n")
    fake.chmod(0o755)
    with pytest.raises(FFmpegError, match=reason):
        find_ffmpeg(fake)


@given(st.lists(st.integers(0, len(REPORT)), max_size=8))
def test_progress_however_it_is_cut(cuts: list[int]) -> None:
    parser, reports = ProgressParser(), list[Progress]()
    edges = [0, *sorted(cuts), len(REPORT)]
    for a, b in itertools.pairwise(edges):
        reports += parser.feed(REPORT[a:b])
    assert reports == [
        Progress(48, 47.5, 1.58, 512.5, 1, 2, 1.6016, False, 1024),
        Progress(60, 47.5, 1.58, 512.5, 1, 2, 1.6016, True, 1024),
    ]


async def test_a_child_that_does_not_listen_is_killed() -> None:
    process = await spawn(
        ["/bin/sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.05; done"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    child = psutil.Process(process.pid)
    await end(process, grace=0.1)
    assert process.returncode is not None
    assert not child.is_running()


async def test_a_program_that_is_not_there() -> None:
    with pytest.raises(FFmpegError, match="cannot be started"):
        await spawn(["/no/such/ffmpeg"])


async def test_an_end_leaves_the_exit_code_to_the_one_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(_: object) -> int | None:
        raise AssertionError("whoever looks takes the exit code away")

    process = await spawn(["sleep", "60"])
    monkeypatch.setattr(subprocess.Popen, "poll", taken)
    await end(process)
    assert process.returncode == -signal.SIGTERM
    await end(process)


async def test_a_child_is_started_in_a_moment_with_its_priority_and_its_end() -> None:
    """Without a copy of this process where the machine can, and the child is FFmpeg itself, not a launcher's."""
    ffmpeg = await asyncio.to_thread(find_ffmpeg)
    process = await spawn([ffmpeg.path, "-v", "error", "-re", "-f", "lavfi", "-i", "color", "-f", "null", "-"], nice=10)
    try:
        child = psutil.Process(process.pid)
        async with asyncio.timeout(60):
            while ffmpeg.path.name not in child.name() and not ffmpeg.path.name.startswith(child.name()):
                await asyncio.sleep(0.005)
        assert child.nice() == min(19, os.nice(0) + 10)
        assert child.children() == []
    finally:
        await end(process)


async def test_a_missing_program_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(FFmpegError, match="not there"):
        await spawn([tmp_path / "ffmpeg"])
