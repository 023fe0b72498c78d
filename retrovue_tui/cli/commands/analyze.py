"""`analyze`: finds the natural places for commercial breaks in media files, and prints them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.break_candidate import NATURAL
from retrovue_tui.cli.checks.media_facts import probe_file
from retrovue_tui.cli.serve import private_files
from retrovue_tui.cli.terminal import say
from retrovue_tui.config.config_file import has_config, media_config
from retrovue_tui.errors import MediaError, RetrovueError
from retrovue_tui.files.disk_errors import reason_of
from retrovue_tui.files.user_folders import state_folder
from retrovue_tui.text.printable import json_safe, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from rich.progress import Progress

    from retrovue_tui.config.station_config import Config
    from retrovue_tui.media.analysis.analyser import Analyser, Analysis

_AT_ONCE: Final = 2


def analyze(arguments: argparse.Namespace) -> int:
    """`analyze FILE|FOLDER …`: print the break candidates of these files, and of all media files in these folders.
    Return 1 if a file cannot be analysed, or if there are no files."""
    config = media_config(arguments.home)
    named = [path.expanduser().absolute() for path in arguments.paths]
    with private_files():
        results = asyncio.run(_analyze(config, arguments.home, named, show=not arguments.json))
    faults = _apply_reviews(config, results) if has_config(arguments.home) else ()
    failed = [result.message for result in results.values() if isinstance(result, RetrovueError)]
    done = [result for result in results.values() if not isinstance(result, RetrovueError)]
    if arguments.json:
        say(json_safe(json.dumps(_document(results, named), indent=2)))
    else:
        for result in done:
            say(_table(result))
    warnings = [line for result in done for line in result.warnings]
    missing = [] if results else [f"there are no media files in {', '.join(map(str, named))}"]
    for line in (*failed, *warnings, *faults, *missing):
        say(f"retrovue-tui: {line}", error=True)
    return 1 if failed or missing else 0


def _apply_reviews(config: Config, results: dict[Path, Analysis | RetrovueError]) -> tuple[str, ...]:
    """Change the results by the operator's reviews in the home. Return what is wrong with files of reviews."""
    from retrovue_tui.media.analysis.review import offered, reviewed
    from retrovue_tui.media.analysis.review_store import ReviewStore

    store = ReviewStore(config.state_dir / "reviews", config.house.rate)
    faults = store.load()
    for path, result in results.items():
        if not isinstance(result, RetrovueError):
            merged = reviewed(result.candidates, store.review(result.asset), result.rate)
            results[path] = replace(result, candidates=offered(merged))
    return faults


def _document(results: dict[Path, Analysis | RetrovueError], named: list[Path]) -> object:
    """Return the results as values for JSON: one for a single named file, otherwise a list."""
    found = [_to_json(path, result) for path, result in results.items()]
    return found[0] if len(named) == 1 and list(results) == named else found


def _to_json(path: Path, result: Analysis | RetrovueError) -> dict[str, Any]:
    if isinstance(result, RetrovueError):
        return {"file": str(path), "error": result.message}
    return {
        "file": str(path), "rate": str(result.rate), "frames": result.frames,
        "candidates": [asdict(each) for each in result.candidates],
    }  # fmt: skip


def _table(result: Analysis) -> str:
    """Return the candidates of one file as text: natural ones are marked with a star."""
    natural = sum(each.score >= NATURAL for each in result.candidates)
    length = result.rate.timecode(result.frames)
    count = f"{natural} natural places for a break, {len(result.candidates)} in all"
    lines = [f"{printable(str(result.asset.path))}: {length}, {count}"]
    lines += [
        f"{'*' if each.score >= NATURAL else ' '} {result.rate.timecode(each.frame)}  {each.frame:>7}  {each.score:.2f}"
        f"  {each.kind:<17}  {printable(each.why)}"
        for each in result.candidates
    ]
    return "\n".join(lines)


async def _analyze(
    config: Config, home: Path, named: Sequence[Path], *, show: bool
) -> dict[Path, Analysis | RetrovueError]:
    """Analyse the files, two at a time, and return path → result. `show`: draw progress bars."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from retrovue_tui.media.analysis.analyser import Analyser
    from retrovue_tui.media.ffmpeg.locate import find_ffmpeg

    ffmpeg = await asyncio.to_thread(find_ffmpeg, config.ffmpeg)
    state = config.state_dir if has_config(home) else state_folder()
    analyser = Analyser(ffmpeg, config.house.rate, state / "analysis")
    files = await asyncio.to_thread(_files, named)
    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )  # fmt: skip
    slots = asyncio.Semaphore(_AT_ONCE)
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not (show and console.is_terminal), transient=True) as bars:

        async def one(file: Path) -> Analysis | RetrovueError:
            async with slots:
                return await _analyze_one(analyser, config, ffmpeg.path, file, bars)

        results = await asyncio.gather(*(one(file) for file in files))
    return dict(zip(files, results, strict=True))


async def _analyze_one(
    analyser: Analyser, config: Config, ffmpeg: Path, file: Path, bars: Progress
) -> Analysis | RetrovueError:
    bar = bars.add_task(printable(file.name), total=1.0)
    try:
        asset = await probe_file(file, ffmpeg, config.library.audio)
        return await analyser.analyse(asset, lambda part: bars.update(bar, completed=part))
    except RetrovueError as error:
        return error
    except OSError as error:
        return MediaError(f"cannot be analysed: {reason_of(error)}", file)
    finally:
        bars.remove_task(bar)


def _files(named: Sequence[Path]) -> list[Path]:
    """Return the named files and all media files in the named folders, each once. Blocking."""
    from pathlib import Path

    from retrovue_tui.media.library.folder_scan import scan

    found: dict[Path, None] = {}
    for path in named:
        found.update(dict.fromkeys(sorted(map(Path, scan(str(path)))) if path.is_dir() else [path]))
    return list(found)
