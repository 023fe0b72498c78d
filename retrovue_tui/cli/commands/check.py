"""`check`: lists every problem of a home with its file and line, or the facts of the named files."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from retrovue_tui.cli.checks.alert_problems import alert_advice
from retrovue_tui.cli.checks.catchup_advice import catchup_advice
from retrovue_tui.cli.checks.home_problems import find_problems, rundown_problems
from retrovue_tui.cli.checks.media_facts import probe_files
from retrovue_tui.cli.checks.pool_files import pool_file_advice
from retrovue_tui.cli.checks.problems import Problem
from retrovue_tui.cli.checks.tuner_settings import tuner_advice
from retrovue_tui.cli.terminal import say
from retrovue_tui.config.advice import advice_on
from retrovue_tui.config.config_file import media_config, read_config
from retrovue_tui.errors import RetrovueError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from retrovue_tui.config.station_config import Config
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.timecode import FrameRate

_SCRIPTS = (".ffconcat", ".ffcat")


class FileReport(NamedTuple):
    """The facts of one media file, with frames at the house rate."""

    asset: Asset
    rate: FrameRate

    def to_json(self) -> dict[str, Any]:
        """Return the facts as JSON values. `frames` counts frames at the house `rate`; `duration_s` and `start_s` are
        seconds."""
        from retrovue_tui.playout.library.inventory import format_of

        asset = self.asset
        return {
            "path": str(asset.path), "title": asset.title, "format": format_of(asset), "container": asset.container,
            "duration_s": round(float(asset.duration), 6), "frames": asset.frames(self.rate), "rate": str(self.rate),
            **({} if asset.header_s is None else {"header_s": asset.header_s}),
            "chapters": [{"start_s": round(float(each.start), 6), "title": each.title} for each in asset.chapters],
        }  # fmt: skip

    def __str__(self) -> str:
        from retrovue_tui.playout.library.inventory import format_of

        frames = self.asset.frames(self.rate)
        length = f"{self.rate.timecode(frames)} ({frames} frames at {self.rate})"
        chapters = f" · {len(self.asset.chapters)} chapters" if self.asset.chapters else ""
        return f"{self.asset.path}: {length} · {format_of(self.asset)}{chapters}"


def check(arguments: argparse.Namespace) -> int:
    """`check [FILE …]`: print the problems of the home; with files, their facts and problems. Return 1 if there are
    problems."""
    files = [file.expanduser().absolute() for file in arguments.files]
    reports: list[FileReport] = []
    advice: tuple[str, ...] = ()
    if files:
        reports, problems = asyncio.run(check_files(media_config(arguments.home), files))
    else:
        problems, upcoming = asyncio.run(find_problems(arguments.home))
        config, _ = read_config(arguments.home)
        if config is not None:
            advice = (
                *advice_on(config), *pool_file_advice(config), *tuner_advice(config), *catchup_advice(config),
                *alert_advice(config), *upcoming,
            )  # fmt: skip
    if arguments.json:
        result: dict[str, Any] = {"ok": not problems, "problems": [problem.to_json() for problem in problems]}
        result |= {"files": [report.to_json() for report in reports]} if files else {}
        result |= {"warnings": list(advice)} if advice else {}
        say(json.dumps(result, indent=2))
    else:
        for line in (*reports, *problems, *(f"warning: {each}" for each in advice), _count(problems)):
            say(str(line))
    return 1 if problems else 0


def _count(problems: Sequence[Problem]) -> str:
    return f"{len(problems)} problems" if len(problems) > 1 else "1 problem" if problems else "all is well"


async def check_files(config: Config, files: Sequence[Path]) -> tuple[list[FileReport], list[Problem]]:
    """Return the facts of the usable media files, and the problems of the others. If a rundown is among the files,
    check it together with the media that it names."""
    reports: list[FileReport] = []
    problems: list[Problem] = []
    known = await probe_files((file for file in files if file.suffix.lower() not in _SCRIPTS), config.ffmpeg)
    for file in dict.fromkeys(files):
        facts = known.get(file)
        if facts is None:
            problems += await rundown_problems(config, file, {})
        elif isinstance(facts, RetrovueError):
            problems.append(Problem.of(facts))
        else:
            reports.append(FileReport(facts, config.house.rate))
    return reports, problems
