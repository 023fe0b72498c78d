"""Finds every problem of a home, in its config, FFmpeg, folders, pool files, outputs, rundowns and media."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.cli.checks.alert_problems import alert_problems
from retrovue_tui.cli.checks.dry_plan import plan_warnings
from retrovue_tui.cli.checks.logos import logo_problems
from retrovue_tui.cli.checks.media_facts import probe_files
from retrovue_tui.cli.checks.output_problems import output_problems
from retrovue_tui.cli.checks.pool_files import pool_file_problems, variant_advice
from retrovue_tui.cli.checks.problems import Problem
from retrovue_tui.config.config_file import has_config, read_draft, serving
from retrovue_tui.errors import MediaError, RetrovueError
from retrovue_tui.files.disk_errors import unwritable
from retrovue_tui.files.silent_mounts import NO_ANSWER, SilentMounts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from retrovue_tui.config.station_config import Config
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.library.library import Library
    from retrovue_tui.rundown.entries import Entry


_PATIENCE_S: Final = 3_600.0
"""The time limit for probing all files in the folders (s). Each file also has its own limit."""


class HomeReport(NamedTuple):
    """The problems of a home, and a line for each thing that will not air as planned."""

    problems: list[Problem]
    upcoming: list[str]


async def find_problems(home: Path) -> HomeReport:
    """Return every problem of a home: in its config, FFmpeg, folders, pool files, rundowns, media and plans."""
    from retrovue_tui.media.ffmpeg.locate import find_ffmpeg

    config, wrong = read_draft(home)
    problems = [Problem.of(error) for error in wrong]
    if not has_config(home):
        return HomeReport(problems, [])
    if (reason := unwritable(home)) is not None:
        problems.append(Problem(None, None, reason))
    for attempt in (lambda: wrong or serving(config), lambda: find_ffmpeg(config.ffmpeg)):
        try:
            await asyncio.to_thread(attempt)
        except RetrovueError as error:
            problems.append(Problem.of(error))
    problems += await asyncio.to_thread(_folder_problems, config)
    problems += await asyncio.to_thread(pool_file_problems, config)
    problems += await asyncio.to_thread(logo_problems, config)
    problems += await asyncio.to_thread(output_problems, config)
    problems += await asyncio.to_thread(alert_problems, config)
    library = await _library(config)
    known: dict[Path, Asset | RetrovueError] = dict(library.assets.by_path())
    broken: dict[Path, RetrovueError] = {path: MediaError(why, path) for path, why in library.faults.items()}
    for path in await asyncio.to_thread(_rundowns, config, every=bool(wrong)):
        problems += await rundown_problems(config, path, known)
    problems += _plan_problems(config, known)
    reported = {problem.path for problem in problems} | {
        file for file in known if isinstance(known[file], RetrovueError)
    }
    problems += [Problem.of(error) for file, error in broken.items() if file not in reported]
    upcoming = [] if wrong else await plan_warnings(config, library)
    upcoming += await asyncio.to_thread(variant_advice, config, _lengths(config, known))
    return HomeReport(problems + _pool_problems(config, known), upcoming)


def _folder_problems(config: Config) -> list[Problem]:
    """Return a problem for each folder that does not exist, or does not answer. Blocking."""
    folders = list(dict.fromkeys(str(each) for each in (*config.library.programmes, *config.spot_folders)))
    mounts = SilentMounts()
    wrong = _hls_problems(config)
    silent = list(dict.fromkeys(mount for folder in folders for mount in mounts.below(folder)))
    gone = [each for each in folders if each not in {*mounts.present(folders), *silent}]
    return [
        *wrong,
        *(Problem(config.path, None, f"the folder {folder} does not exist") for folder in gone),
        *(Problem(None, None, f"{mount} does not answer; is it on a network drive that is gone?") for mount in silent),
    ]


def _hls_problems(config: Config) -> list[Problem]:
    """Return a problem if the folder of HLS cannot be written. Blocking."""
    folder = config.hls.folder
    reason = None if folder is None or not config.hls.enabled else unwritable(folder)
    if reason is None:
        return []
    return [Problem(config.path, None, f"[hls] folder: {reason.replace('--home DIR', '`folder`')}")]


def _rundowns(config: Config, *, every: bool) -> list[Path]:
    """Return the paths of the configured channels' rundowns. `every`: also return the other rundown files, because a
    broken config may not name their channels. A rundown that the station writes by a plan may not exist yet."""
    channels = [channel for channel in config.channels if not channel.id.startswith("?")]
    paths = [
        config.rundown_path(each.id) for each in channels
        if each.plan is None or config.rundown_path(each.id).exists()
    ]  # fmt: skip
    if every:
        paths += sorted((config.home / "channels").glob("*.ffconcat"))
    return list(dict.fromkeys(paths))


async def _library(config: Config) -> Library:
    """Probe all files in the folders, and return the library with them. Facts that the station stored in an earlier run
    are reused."""
    from retrovue_tui.media.library.library import Library

    memory = config.state_dir / "library.jsonl"
    library = Library(
        config.library.programmes, pools=config.pools, memory=memory if memory.exists() else None, ffmpeg=config.ffmpeg
    )
    await library.open(patience=_PATIENCE_S)
    return library


def _pool_problems(config: Config, known: dict[Path, Asset | RetrovueError]) -> list[Problem]:
    """Return a problem for each channel whose pool has no usable spot."""
    empty = []
    for name in dict.fromkeys(channel.pool for channel in config.channels if channel.pool in config.pools):
        folders = config.pools[name or ""]
        spots = [file for file in known if any(file.is_relative_to(folder) for folder in folders)]
        if not spots and len(SilentMounts().present(map(str, folders))) == len(folders):
            where = ", ".join(map(str, folders))
            empty.append(
                Problem(
                    config.path, None, f"pool {name!r} has no spots, so no break can be filled; put some into {where}"
                )
            )
    return empty


def _lengths(config: Config, known: Mapping[Path, Asset | RetrovueError]) -> Callable[[Path], int | None]:
    """Return a function that returns the length of a file in house frames; None if it cannot air."""

    def length(file: Path) -> int | None:
        asset = known.get(file)
        return None if asset is None or isinstance(asset, RetrovueError) else asset.frames(config.house.rate)

    return length


def _plan_problems(config: Config, known: dict[Path, Asset | RetrovueError]) -> list[Problem]:
    """Return a problem for each plan or block whose programmes are not in the library."""
    from retrovue_tui.playout.scheduling.plans.plan_inputs import programmes_of, without_spots
    from retrovue_tui.schedule.series_memory import Chooser

    media = [each for each in known.values() if not isinstance(each, RetrovueError)]
    assets = without_spots(media, config.spot_folders)
    chooser = Chooser(programmes_of(assets, {}, config.library.programmes, config.house.rate), 0)
    problems = []
    for channel in config.channels:
        plan = channel.plan
        scopes = [] if plan is None else [("plan", plan.rules), *((block.name, block.rules) for block in plan.blocks)]
        for name, rules in scopes:
            if not chooser.programmes(rules):
                globs = ", ".join(rules.programmes)
                message = f"channel {channel.id!r}, {name}: no programme in the library matches {globs}"
                problems.append(Problem(config.path, None, f"{message}; its time would be filled with spots and cards"))
    return problems


async def rundown_problems(config: Config, path: Path, known: dict[Path, Asset | RetrovueError]) -> list[Problem]:
    """Return the problems of a rundown and of the media that it names. `known` holds the files probed so far; files
    probed here are added to it."""
    from retrovue_tui.rundown.file_format.ffconcat import parse_whole, read

    try:
        text = await asyncio.to_thread(read, path)
    except RetrovueError as error:
        return [Problem.of(error)]
    rundown, faults = await asyncio.to_thread(parse_whole, text, path, config.house.rate, config.spot_folders)
    files = {str(entry.file): entry.file for entry in rundown.entries if entry.file not in known}
    silent = await asyncio.to_thread(SilentMounts().silent, files)
    known.update({file: MediaError(NO_ANSWER, file) for name, file in files.items() if name in silent})
    known.update(await probe_files((file for name, file in files.items() if name not in silent), config.ffmpeg))
    problems = [Problem.of(fault) for fault in faults]
    planned = {config.rundown_path(each.id) for each in config.channels if each.plan is not None}
    if not rundown.entries and not faults and path not in planned:
        problems.append(Problem(path, None, "the rundown is empty; its channel would show the slate"))
    for entry in rundown.entries:
        facts = known[entry.file]
        message = facts.message if isinstance(facts, RetrovueError) else _cut_problem(entry, facts, config)
        if message:
            problems.append(Problem(path, entry.line, message))
    return sorted(problems, key=lambda problem: problem.line or 0)


def _cut_problem(entry: Entry, asset: Asset, config: Config) -> str | None:
    rate = config.house.rate
    length = asset.frames(rate)
    end = f"is after the end of {asset.path.name} ({rate.timecode(length)})"
    if entry.in_frame >= length:
        return f"inpoint {rate.timecode(entry.in_frame)} {end}"
    if entry.out_frame is not None and entry.out_frame > length:
        return f"outpoint {rate.timecode(entry.out_frame)} {end}"
    return None
