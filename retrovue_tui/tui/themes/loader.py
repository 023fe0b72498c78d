"""Reads themes from TOML files: a flat table of colours, and `[variables]` for the tallies.

A faulty file is skipped and reported; the control room opens in any case.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from textual.color import Color, ColorParseError
from textual.theme import Theme

from retrovue_tui.errors import FileError
from retrovue_tui.files.file_watch import FolderWatch
from retrovue_tui.files.toml_lines import line_of, parse, read_text
from retrovue_tui.text.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence

HOUSE_THEME: Final = "broadcast"
LOOK_EVERY_S: Final = 2.0
"""How often the operator's theme files are checked (s) if the system sends no notice of changes."""
COLOURS: Final = (
    "primary",
    "secondary",
    "warning",
    "error",
    "success",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
)
DEFAULT_VARIABLES: Final[Mapping[str, str]] = {
    "quiet": "#8f9cad",
    "line": "#2c3846",
    "band": "#1c2836",
    "tally-air": "#ff7a52",
    "tally-next": "#56b4e9",
    "tally-spot": "#e8b84a",
    "tally-hold": "#f0d442",
    "tally-good": "#4cc9a0",
    "tally-missing": "#ff7580",
}
"""The control room's own variables, with default values for dark themes. The tally colours (vermilion on air, sky blue
next, yellow hold, after Okabe and Ito) are distinct to the colour-blind, too."""
LIGHT_VARIABLES: Final[Mapping[str, str]] = {
    "quiet": "#525c68",
    "line": "#c3beb3",
    "band": "#dde6ee",
    "tally-air": "#a52c00",
    "tally-next": "#00528f",
    "tally-spot": "#6b4700",
    "tally-hold": "#6b4700",
    "tally-good": "#005c46",
    "tally-missing": "#9c0f1d",
}
"""The control room's own variables, with default values for light themes."""


class ThemeError(FileError):
    """A theme file has an error."""

    title = "Theme"


@dataclass(frozen=True)
class ThemeSet:
    """All themes, in the order in which the key `t` steps through them, and a message for every faulty file."""

    themes: tuple[Theme, ...] = ()
    problems: tuple[str, ...] = ()
    files: Mapping[Path, Theme] = field(default_factory=dict)
    """The theme of each file; for a file that is faulty now, the last theme that it held."""


def themes_folder() -> Path:
    """Return the folder of the shipped themes: beside this module in an installed wheel, at the top of a source
    checkout."""
    inside = Path(__file__).parent / "builtin"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "themes"


def load_themes(folders: Sequence[Path] = (), before: ThemeSet | None = None) -> ThemeSet:
    """Read all `*.toml` files of the shipped folder and of `folders`. A later theme replaces an earlier one of the same
    name. The house theme is first, the others follow by name. A file that is faulty now keeps its theme from `before`.
    Blocking."""
    files: dict[Path, Theme] = {}
    problems: list[str] = []
    for path in (path for folder in (themes_folder(), *folders) for path in sorted(folder.glob("*.toml"))):
        try:
            files[path] = read_theme(path)
        except ThemeError as error:
            problems.append(error.message)
            if before and path in before.files:
                files[path] = before.files[path]
    themes = {theme.name: theme for theme in files.values()}
    ordered = sorted(themes.values(), key=lambda theme: (theme.name != HOUSE_THEME, theme.name))
    return ThemeSet(tuple(ordered), tuple(problems), files)


def read_theme(path: Path) -> Theme:
    """Return the theme in one file. Raises `ThemeError` with the problem and its line."""
    text = read_text(path, ThemeError)
    table = parse(text, path, ThemeError)
    variables = table.pop("variables", {})
    name, dark = table.pop("name", path.stem), table.pop("dark", True)
    for key, value, kind, expected in (
        ("name", name, str, 'a text, like "amber"'),
        ("dark", dark, bool, "true or false"),
        ("variables", variables, dict, "a table: [variables], and below it the tally colours"),
    ):
        if not isinstance(value, kind):
            raise ThemeError(f"{key} is {expected}", path, line_of(text, key))
    _known(table, COLOURS, text, path)
    _known(variables, DEFAULT_VARIABLES, text, path)
    for key, value in (table | variables).items():
        _colour(key, value, text, path)
    if "primary" not in table:
        raise ThemeError('primary is missing; write it like primary = "#56b4e9"', path)
    if not name.isprintable() or not name.strip():
        raise ThemeError('name is a text, like "amber"', path, line_of(text, "name"))
    usual = DEFAULT_VARIABLES if dark else LIGHT_VARIABLES
    return Theme(name=name, dark=dark, variables={**usual, **variables}, **table)


def _known(table: Mapping[str, Any], keys: Collection[str], text: str, path: Path) -> None:
    for key in table:
        if key not in keys:
            hint = did_you_mean(key, keys, otherwise=f"the known keys are {', '.join(keys)}")
            raise ThemeError(f"unknown key {key!r}; {hint}", path, line_of(text, key))


def _colour(key: str, value: object, text: str, path: Path) -> None:
    try:
        Color.parse(str(value))
    except ColorParseError as error:
        problem = f'{key} = {value!r} is not a colour; write it like "#56b4e9"'
        raise ThemeError(problem, path, line_of(text, key)) from error


async def changes(folders: Sequence[Path]) -> AsyncIterator[None]:
    """Yield once at the start, then after each change in one of the folders; a folder may appear or disappear. The
    yield at the start makes the caller read changes from before the watch.

    This watches folders instead of files, because an editor that saves by renaming would end the watch of a file.
    """
    known = await asyncio.to_thread(_stamps, folders)
    yield
    watch = FolderWatch(LOOK_EVERY_S)
    try:
        while True:
            await watch.wait(await asyncio.to_thread(_to_watch, folders))
            before, known = known, await asyncio.to_thread(_stamps, folders)
            if known != before:
                yield
    finally:
        await watch.close()


def _to_watch(folders: Sequence[Path]) -> list[Path]:
    """Return the folders, and for one that does not exist, the folder in which it may appear. Blocking."""
    return [each if each.is_dir() else each.parent for each in folders]


def _stamps(folders: Sequence[Path]) -> list[tuple[str, int, int]]:
    """Return path, modification time and size of each theme file; the list differs after a change. Blocking."""
    found: list[tuple[str, int, int]] = []
    for path in (path for folder in folders for path in sorted(folder.glob("*.toml"))):
        with contextlib.suppress(OSError):
            facts = path.stat()
            found.append((str(path), facts.st_mtime_ns, facts.st_size))
    return found
