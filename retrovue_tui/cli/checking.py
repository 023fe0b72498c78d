"""`check`: everything that is wrong with a home, each with its file and its line."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.config import Config, read_config, serving
from retrovue_tui.errors import FileError, RetrovueError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.rundown.entries import Entry


_PROBES: Final = 4


class Problem(NamedTuple):
    """One thing that is wrong; `line` counts from 1."""

    path: Path | None
    line: int | None
    message: str

    @classmethod
    def of(cls, error: RetrovueError) -> Problem:
        """What an error says."""
        if isinstance(error, FileError):
            return cls(error.path, error.line, error.reason)
        return cls(None, None, error.message)

    def __str__(self) -> str:
        where = "" if self.path is None else f"{self.path}:{self.line}: " if self.line else f"{self.path}: "
        return where + self.message


def check(arguments: argparse.Namespace) -> int:
    """`check`: list what is wrong on stdout; 1 if anything is."""
    problems = asyncio.run(find_problems(arguments.home))
    if arguments.json:
        shown = [{"path": str(p.path) if p.path else None, "line": p.line, "message": p.message} for p in problems]
        print(json.dumps({"ok": not problems, "problems": shown}, indent=2))
    else:
        for problem in problems:
            print(problem)
        print(f"{len(problems)} problems" if len(problems) > 1 else "1 problem" if problems else "all is well")
    return 1 if problems else 0


async def find_problems(home: Path) -> list[Problem]:
    """Everything that is wrong with a home's config, FFmpeg, rundowns and media."""
    from retrovue_tui.media.ffmpeg import find_ffmpeg

    config, wrong = read_config(home)
    if config is None:
        return [Problem.of(error) for error in wrong]
    problems: list[Problem] = []
    for attempt in (lambda: serving(config), lambda: find_ffmpeg(config.ffmpeg)):
        try:
            await asyncio.to_thread(attempt)
        except RetrovueError as error:
            problems.append(Problem.of(error))
    folders = (*config.library.programmes, *config.spot_folders)
    missing = [folder for folder in folders if not folder.is_dir()]
    problems += [Problem(config.path, None, f"the folder {folder} does not exist") for folder in missing]
    known: dict[Path, Asset | str] = {}
    for channel in config.channels:
        problems += await _rundown_problems(config, config.rundown_path(channel.id), known)
    return problems


async def _rundown_problems(config: Config, path: Path, known: dict[Path, Asset | str]) -> list[Problem]:
    from retrovue_tui.rundown.ffconcat import load

    try:
        rundown = await asyncio.to_thread(load, path, config.house.rate, config.spot_folders)
    except RetrovueError as error:
        return [Problem.of(error)]
    files = list(dict.fromkeys(entry.file for entry in rundown.entries if entry.file not in known))
    slots = asyncio.Semaphore(_PROBES)
    known.update(zip(files, await asyncio.gather(*(_facts(file, slots) for file in files)), strict=True))
    lines = await asyncio.to_thread(_file_lines, path)
    problems = []
    if not rundown.entries:
        problems.append(Problem(path, None, "the rundown is empty; its channel would show the slate"))
    for number, entry in enumerate(rundown.entries):
        line = lines[number] if number < len(lines) else None
        facts = known[entry.file]
        message = facts if isinstance(facts, str) else _cut_problem(entry, facts, config)
        if message:
            problems.append(Problem(path, line, message))
    return problems


async def _facts(file: Path, slots: asyncio.Semaphore) -> Asset | str:
    from retrovue_tui.media.probe import probe

    async with slots:
        try:
            return await asyncio.to_thread(probe, file)
        except RetrovueError as error:
            return error.message


def _cut_problem(entry: Entry, asset: Asset, config: Config) -> str | None:
    rate = config.house.rate
    length = asset.frames(rate)
    end = f"is behind the end of {asset.path.name} ({rate.timecode(length)})"
    if entry.in_frame >= length:
        return f"inpoint {rate.timecode(entry.in_frame)} {end}"
    if entry.out_frame is not None and entry.out_frame > length:
        return f"outpoint {rate.timecode(entry.out_frame)} {end}"
    return None


def _file_lines(path: Path) -> list[int]:
    """The line of each `file` directive, in order."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return [number for number, line in enumerate(text.splitlines(), 1) if re.match(r"\s*file\s", line)]
