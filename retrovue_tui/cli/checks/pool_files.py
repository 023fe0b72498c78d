"""Finds the problems of pool files, and rules in them that have no effect."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from retrovue_tui.cli.checks.problems import Problem
from retrovue_tui.config.station_config import POOL_FILE
from retrovue_tui.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from retrovue_tui.config.station_config import Config
    from retrovue_tui.schedule.spots.pool_file import PoolRules


def pool_file_problems(config: Config) -> list[Problem]:
    """Return the errors in the pool files of a home. Blocking."""
    return [Problem.of(error) for _, errors in _pool_files(config) for error in errors]


def pool_file_advice(config: Config) -> tuple[str, ...]:
    """Return a line for each table of a pool file that has no effect: its flight is over, or no file has its name.
    Blocking."""
    from retrovue_tui.media.library.folder_scan import scan

    today = datetime.now(UTC).astimezone().date()
    lines: list[str] = []
    for rules, errors in _pool_files(config):
        if errors:
            continue  # with the errors, some tables may be missing
        files = [Path(path) for path in scan(str(rules.folder)) if Path(path).name != POOL_FILE]
        found = [(table.line, _no_file(table.name, table.is_pattern)) for table in rules.unused(files)]
        found += [(table.line, _over(table.name, table.rules["last_day"])) for table in rules.ended(today)]
        found += [(table.line, _no_variant(name)) for table, name in rules.variants_without_file(files)]
        found += _patterns_of_variants(rules, files)
        path = rules.folder / POOL_FILE
        lines += [str(Problem(path, line, text)) for line, text in sorted(found, key=lambda each: each[0] or 0)]
    return tuple(lines)


def variant_advice(config: Config, frames: Callable[[Path], int | None]) -> list[str]:
    """Return a line for each variant whose length does not let it air, in turn with its spot or at once. `frames`
    returns the length of a file in house frames; None if it cannot air. Blocking."""
    from retrovue_tui.schedule.spots.variants import equal_versions, split_refusals

    lines: list[str] = []
    for rules, errors in _pool_files(config):
        for table in () if errors else rules.tables:
            spot, path = rules.spot(rules.folder / table.name, "", 0), rules.folder / POOL_FILE
            refused: Iterable[str] = equal_versions(spot, frames)[1]
            if spot.split:  # `pool_file_advice` names the missing files
                found = split_refusals(spot, frames)
                refused = [text for name, text in found.items() if spot.file.with_name(name).exists()]
            lines += [str(Problem(path, table.line, text)) for text in refused]
    return lines


def _patterns_of_variants(rules: PoolRules, files: Iterable[Path]) -> Iterator[tuple[int | None, str]]:
    """Yield the patterns that name variants although no file has exactly their name, and those that say how variants
    air although no spot that they match has variants."""
    for table in rules.tables:
        matching = rules.matching(table, files) if table.is_pattern else []
        if not matching:  # a table without files is reported as such
            continue
        names = {file.name for file in matching} | {str(file.relative_to(rules.folder)) for file in matching}
        if table.rules.get("variants") and table.name not in names:
            yield (
                table.line,
                f'variants in ["{table.name}"], a pattern: they are those of one spot; name its file instead',
            )
        elif "shorter" in table.rules and not any(rules.spot(file, "", 0).variants for file in matching):
            yield (
                table.line,
                f'shorter_variants in ["{table.name}"] has no effect: no spot that it matches has variants',
            )


def _no_file(name: str, is_pattern: bool) -> str:
    return f'no file {"matches" if is_pattern else "is named"} ["{name}"]; correct the name, or remove the table'


def _no_variant(name: str) -> str:
    return f'no file is named "{name}", a variant; correct the name, or remove it from variants'


def _over(name: str, last_day: date) -> str:
    return f'the flight of ["{name}"] ended on {last_day}, so it does not air; set a later until, or remove the table'


def _pool_files(config: Config) -> Iterator[tuple[PoolRules, list[ConfigError]]]:
    """Yield the rules and the errors of each pool file."""
    from retrovue_tui.files.silent_mounts import SilentMounts
    from retrovue_tui.files.toml_lines import read_text
    from retrovue_tui.schedule.spots.pool_file import PoolRules, read_pool_file

    mounts = SilentMounts()
    for folder in dict.fromkeys(config.spot_folders):
        if mounts.below(str(folder)):
            continue  # nothing in it can be read
        path = folder / POOL_FILE
        try:
            text = read_text(path, ConfigError)
        except ConfigError as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                yield PoolRules(folder), [error]
            continue
        yield read_pool_file(text, path)
