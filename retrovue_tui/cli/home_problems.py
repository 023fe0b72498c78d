"""Everything that is wrong with a home: its config, FFmpeg, folders, rundowns and media."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from retrovue_tui.cli.media_facts import probe_files
from retrovue_tui.cli.problems import Problem
from retrovue_tui.config import read_config, serving
from retrovue_tui.disk_errors import unwritable
from retrovue_tui.errors import RetrovueError

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.config import Config
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.rundown.entries import Entry


async def find_problems(home: Path) -> list[Problem]:
    """Return everything that is wrong with a home's config, FFmpeg, rundowns and media."""
    from retrovue_tui.media.ffmpeg import find_ffmpeg

    config, wrong = read_config(home)
    if config is None:
        return [Problem.of(error) for error in wrong]
    problems: list[Problem] = []
    if (reason := unwritable(home)) is not None:
        problems.append(Problem(None, None, reason))
    for attempt in (lambda: serving(config), lambda: find_ffmpeg(config.ffmpeg)):
        try:
            await asyncio.to_thread(attempt)
        except RetrovueError as error:
            problems.append(Problem.of(error))
    folders = (*config.library.programmes, *config.spot_folders)
    missing = [folder for folder in folders if not folder.is_dir()]
    problems += [Problem(config.path, None, f"the folder {folder} does not exist") for folder in missing]
    known: dict[Path, Asset | RetrovueError] = {}
    for channel in config.channels:
        problems += await rundown_problems(config, config.rundown_path(channel.id), known)
    return problems


async def rundown_problems(config: Config, path: Path, known: dict[Path, Asset | RetrovueError]) -> list[Problem]:
    """Return what is wrong with a rundown and the media that it names. `known` holds what has been probed already, and
    takes up what is probed here."""
    from retrovue_tui.rundown.ffconcat import load

    try:
        rundown = await asyncio.to_thread(load, path, config.house.rate, config.spot_folders)
    except RetrovueError as error:
        return [Problem.of(error)]
    files = (entry.file for entry in rundown.entries if entry.file not in known)
    known.update(await probe_files(files, config.ffmpeg))
    problems = []
    if not rundown.entries:
        problems.append(Problem(path, None, "the rundown is empty; its channel would show the slate"))
    for entry in rundown.entries:
        facts = known[entry.file]
        message = facts.message if isinstance(facts, RetrovueError) else _cut_problem(entry, facts, config)
        if message:
            problems.append(Problem(path, entry.line, message))
    return problems


def _cut_problem(entry: Entry, asset: Asset, config: Config) -> str | None:
    rate = config.house.rate
    length = asset.frames(rate)
    end = f"is behind the end of {asset.path.name} ({rate.timecode(length)})"
    if entry.in_frame >= length:
        return f"inpoint {rate.timecode(entry.in_frame)} {end}"
    if entry.out_frame is not None and entry.out_frame > length:
        return f"outpoint {rate.timecode(entry.out_frame)} {end}"
    return None
