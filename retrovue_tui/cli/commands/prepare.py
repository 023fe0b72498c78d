"""`prepare`: renders media into the cache before it airs, with a progress bar for every file."""

from __future__ import annotations

import asyncio
import contextlib
import json
from functools import partial
from typing import TYPE_CHECKING

from retrovue_tui.cli.checks.media_facts import probe_file
from retrovue_tui.cli.serve import private_files
from retrovue_tui.cli.terminal import say
from retrovue_tui.config.config_file import has_config, load_config, media_config
from retrovue_tui.config.station_config import FILE_NAME, Config
from retrovue_tui.errors import ConfigError, MediaError, RetrovueError
from retrovue_tui.files.disk_errors import reason_of
from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from rich.progress import Progress

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.rendering.render_scheduler import Preparer
    from retrovue_tui.protocol.answers.snapshots import PrepareJob


def prepare(arguments: argparse.Namespace) -> int:
    """`prepare [FILE …]`: render these files, or all files in the rundowns. Return 1 if a file cannot be rendered."""
    if arguments.files:
        config = media_config(arguments.home)
        files = [file.expanduser().absolute() for file in arguments.files]
    else:
        config = _home_config(arguments.home)
        files = _files_of_rundowns(config)
    with private_files():
        failed = asyncio.run(_prepare(config, files, show=not arguments.json))
    if arguments.json:
        done = [str(file) for file in files if file not in failed]
        summary = {"prepared": done, "failed": {str(file): reason for file, reason in failed.items()}}
        say(json.dumps(summary, indent=2))
    for reason in failed.values():
        say(f"retrovue-tui: {reason}", error=True)
    return 1 if failed else 0


def _home_config(home: Path) -> Config:
    if not has_config(home):
        raise ConfigError(
            "there is no configuration, so no rundowns to prepare for; name files (retrovue-tui prepare FILE …),"
            " or give the home of a station with --home DIR", home / FILE_NAME,
        )  # fmt: skip
    return load_config(home)


def _files_of_rundowns(config: Config) -> list[Path]:
    from retrovue_tui.rundown.file_format.ffconcat import load

    files: dict[Path, None] = {}
    for channel in config.channels:
        if channel.plan is not None and not config.rundown_path(channel.id).exists():
            continue  # its rundown is written when the station runs
        rundown = load(config.rundown_path(channel.id), config.house.rate, config.spot_folders)
        files.update(dict.fromkeys(entry.file for entry in rundown.entries))
    return list(files)


async def _prepare(config: Config, files: Sequence[Path], *, show: bool) -> dict[Path, str]:
    """Render the files. Return path → reason for the files that cannot be rendered. `show`: draw progress bars."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from retrovue_tui.media.farm.farm import Farm
    from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.media.rendering.render_scheduler import Preparer

    wanted = config.house
    house = HouseFormat.of(wanted.profile, wanted.rate, wanted.video_kbps, wanted.audio_kbps, wanted.loudness)
    ffmpeg = await asyncio.to_thread(find_ffmpeg, config.ffmpeg)
    store = PieceStore(config.cache_dir, house, config.prepare.cache_bytes)
    farm = Farm.of(config.prepare, _warn)
    preparer = Preparer(ffmpeg, store, house, config.prepare.jobs, farm=farm)
    facts = partial(probe_file, ffmpeg=ffmpeg.path, audio=config.library.audio)
    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[speed]}"), TimeRemainingColumn(),
    )  # fmt: skip
    failed: dict[Path, str] = {}
    slots = asyncio.Semaphore(4)  # this limits the progress bars; the preparer itself limits the renders
    runner = asyncio.create_task(preparer.run())
    try:
        with Progress(*columns, console=Console(stderr=True), disable=not show) as bars:
            await asyncio.gather(*(_prepare_one(preparer, facts, file, bars, slots, failed) for file in files))
    finally:
        runner.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await runner
    return failed


def _warn(_: str, text: str | None) -> None:
    if text is not None:
        say(f"retrovue-tui: {text}", error=True)


async def _prepare_one(
    preparer: Preparer,
    facts: Callable[[Path], Awaitable[Asset]],
    file: Path,
    bars: Progress,
    slots: asyncio.Semaphore,
    failed: dict[Path, str],
) -> None:
    from rich.markup import escape

    async with slots:
        bar = bars.add_task(escape(printable(file.name)), total=1.0, speed="")

        def report(job: PrepareJob) -> None:
            bars.update(bar, completed=job.progress, speed=f"{job.speed:.1f}x" if job.speed else "")

        try:
            await preparer.prepare(await facts(file), report)
        except RetrovueError as error:
            failed[file] = error.message
            bars.update(bar, speed="failed")
        except OSError as error:
            failed[file] = str(MediaError(f"cannot be prepared: {reason_of(error)}", file))
            bars.update(bar, speed="failed")
