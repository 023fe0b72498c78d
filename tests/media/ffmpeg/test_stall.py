"""A render that gets nowhere is killed, retried with care, and reported with FFmpeg's last words."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from retrovue_tui.decoding.probe import probe
from retrovue_tui.errors import MediaError
from retrovue_tui.media.ffmpeg.locate import FFmpeg, find_ffmpeg
from retrovue_tui.media.ffmpeg.stall import StallLimits, StallWatch
from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.rendering.render_scheduler import Preparer
from tests.media.rendered import house, preparer
from tests.media_factory import shelf

if TYPE_CHECKING:
    from pathlib import Path

_FAKES = {
    "hangs": ("exec sleep 1000", "made no progress for [01] s$"),
    "hangs with last words": (
        "echo 'moov atom lost' >&2; exec sleep 1000", "no progress .* its last message: moov atom lost",
    ),
    "prints errors for ever": (
        "exec yes 'Invalid PNG signature 0x0' >&2", "no progress .* its last message: Invalid PNG signature 0x0",
    ),
    "prints one endless line": ("exec tr '\\0' x </dev/zero >&2", "no progress"),
    "reports progress that stands still": (
        'while :; do printf "frame=5\\nout_time_us=99\\nprogress=continue\\n" >&$FD; sleep 0.1; done', "no progress",
    ),
    "reports garbage": ("head -c 300000 /dev/urandom >&$FD; exec sleep 1000", "no progress"),
    "reports figures beyond all bounds": (
        'printf "frame=1e999\\nspeed=-1e999x\\nprogress=continue\\n" >&$FD; exec sleep 1000', "no progress",
    ),
    "lists garbage": ("head -c 300000 /dev/urandom; exec sleep 1000", "where the name of a piece|not a list of pieces"),
    "lists a piece that is not there": ("echo 000000.ts,0,6; exec sleep 1000", "a rendered piece is not there"),
    "lists another file": ("echo ../../../etc/passwd,0,6", "where the name of a piece was expected"),
    "ends at once": ("exit 0", "code 0"),
    "fails at once": ("echo 'no such codec' >&2; exit 1", "no such codec"),
    "ignores SIGTERM": ("trap '' TERM; while :; do sleep 0.2; done", "no progress"),
}  # fmt: skip


def _fake(folder: Path, script: str) -> FFmpeg:
    """An FFmpeg that runs a shell script; `$FD` is the descriptor for `-progress`."""
    path = folder / "ffmpeg"
    find = 'for word; do case "$word" in pipe:*) [ "$FD" ] || FD=${word#pipe:} ;; esac; done'
    path.write_text(f"#!/bin/bash\n{find}\n{script}\n")
    path.chmod(0o755)
    return FFmpeg(path, "6.0", frozenset())


def _impatient(folder: Path, ffmpeg: FFmpeg) -> Preparer:
    of = house(loudness=None)
    one = Preparer(ffmpeg, PieceStore(folder / "cache", of, 10**9), of, 1)
    one.patience = StallLimits(0.5, 0.8)
    return one


@pytest.mark.parametrize("name", _FAKES)
async def test_prepare_ends_with_the_reason(name: str, tmp_path: Path) -> None:
    script, reason = _FAKES[name]
    one = _impatient(tmp_path, _fake(tmp_path, script))
    spent = time.process_time()
    with pytest.raises(MediaError, match=reason) as caught:
        async with asyncio.timeout(90):
            await one.prepare(probe(shelf("h264")))
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 700
    assert time.process_time() - spent < 10  # a flood of errors is read at a bounded rate
    children = psutil.Process().children(recursive=True)
    assert not [child for child in children if str(tmp_path) in " ".join(child.cmdline())]
    assert not list(one.store.folder.glob(".work*"))


async def test_a_render_that_hangs_is_tried_again_with_care(tmp_path: Path) -> None:
    real = find_ffmpeg()
    fake = _fake(tmp_path, f'case "$*" in *nut*) exec {real.path} "$@" ;; *) exec sleep 1000 ;; esac')
    one = _impatient(tmp_path, FFmpeg(fake.path, real.version, real.features))
    one.patience = StallLimits(3.0, 30.0)
    asset = probe(shelf("h264"))
    await one.prepare(asset)
    assert one.store.ready(asset, 0) == 120


async def test_a_slow_render_is_let_live(tmp_path: Path) -> None:
    """The progress stays slow for longer than the time limit of a stall, but it grows."""
    real = find_ffmpeg()
    crawl = "for n in 1 2 3 4 5 6 7 8; do printf 'out_time_us=%d\\nprogress=continue\\n' $n >&$FD; sleep 0.4; done"
    fake = _fake(tmp_path, f'{crawl}; exec {real.path} "$@"')
    one = _impatient(tmp_path, FFmpeg(fake.path, real.version, real.features))
    one.patience = StallLimits(1.5, 1.5)
    asset = probe(shelf("no_audio"))
    began = time.monotonic()
    await one.prepare(asset)
    assert time.monotonic() - began > 3  # not tried again with care
    assert one.store.ready(asset, 0) == 120


async def test_a_hang_leaves_the_others_alone(tmp_path: Path) -> None:
    real, bad, good = find_ffmpeg(), probe(shelf("no_audio")), probe(shelf("h264"))
    fake = _fake(tmp_path, f'case "$*" in *{bad.path.name}*) exec sleep 1000 ;; *) exec {real.path} "$@" ;; esac')
    one = _impatient(tmp_path, FFmpeg(fake.path, real.version, real.features))
    one.patience = StallLimits(3.0, 3.0)
    runner = asyncio.create_task(one.run())
    try:
        results = await asyncio.gather(one.prepare(bad), one.prepare(good), return_exceptions=True)
    finally:
        runner.cancel()
        await asyncio.gather(runner, return_exceptions=True)
    assert isinstance(results[0], MediaError)
    assert results[1] is None
    assert one.store.ready(good, 0) == 120


async def test_watch_gives_a_source_that_is_read_more_time_but_not_for_ever(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(400_000))
    process = await asyncio.create_subprocess_exec(
        "python3", "-c", "import sys,time\nfile=open(sys.argv[1],'rb',0)\nwhile True: file.read(4000); time.sleep(.05)",
        str(source),
    )  # fmt: skip
    try:
        watch, began = StallWatch(process.pid, source.stat().st_size, StallLimits(1.0, 4.0)), time.monotonic()
        while watch.check(0) is None:
            await asyncio.sleep(0.1)
        assert time.monotonic() - began > 3.9
    finally:
        process.kill()
        await process.wait()


def test_watch_counts_reading_the_file_over_and_over_as_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, read = [0.0], [0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr("retrovue_tui.media.ffmpeg.stall.bytes_read", lambda pid: read[0])
    watch = StallWatch(os.getpid(), 1_000_000, StallLimits(60, 600))
    while watch.check(0) is None:
        clock[0] += 1
        read[0] += 5_000_000
    assert clock[0] == pytest.approx(13 + 60, abs=2)  # 66 MB are read in 13 s; from there on it is idle


async def test_percent_signs_in_the_cache_path_are_no_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "100%d of %06d"
    folder.mkdir()
    asset = probe(shelf("h264"))
    one = preparer(folder)
    await one.prepare(asset)
    assert [path.name for path in sorted(one.store.asset_folder(asset).glob("*.ts"))] == ["000000.ts"]
