"""Themes from TOML files: a flat table of colours, and `[variables]` for the tallies.

A bad file never keeps the control room from opening: it is left out, and named.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from textual.color import Color, ColorParseError
from textual.theme import Theme

from retrovue_tui.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HOUSE_THEME: Final = "night"
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
    "quiet": "#8b96a5",
    "line": "#2a3441",
    "band": "#1b232e",
    "tally-air": "#ff6a3d",
    "tally-next": "#56b4e9",
    "tally-spot": "#e8b84a",
    "tally-hold": "#f0d442",
    "tally-good": "#4cc9a0",
    "tally-missing": "#ff5f6d",
}
"""Our own variables with the values for a theme that says nothing of them. Told apart by the colour-blind, too
(after Okabe and Ito): vermilion on air, sky blue next, yellow hold."""


class ThemeError(FileError):
    """A theme file is not as expected."""

    title = "Theme"


@dataclass(frozen=True)
class ThemeShelf:
    """The themes found, in the order in which `t` goes through them, and a line for every file that is no theme."""

    themes: tuple[Theme, ...]
    problems: tuple[str, ...] = ()


def themes_folder() -> Path:
    """Where the shipped themes are: beside this module in a wheel, at the top of a checkout."""
    inside = Path(__file__).parent / "themes"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "themes"


def load_themes(folder: Path | None = None) -> ThemeShelf:
    """Every `*.toml` of a folder (the shipped ones by default): the house theme first, then by name."""
    themes: list[Theme] = []
    problems: list[str] = []
    for path in sorted((folder or themes_folder()).glob("*.toml")):
        try:
            themes.append(read_theme(path))
        except ThemeError as error:
            problems.append(error.message)
    return ThemeShelf(tuple(sorted(themes, key=lambda theme: (theme.name != HOUSE_THEME, theme.name))), tuple(problems))


def read_theme(path: Path) -> Theme:
    """One theme; raises `ThemeError` with what is wrong in it."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ThemeError(f"cannot be read as TOML: {error}", path) from error
    variables = table.pop("variables", {})
    name, dark = table.pop("name", path.stem), table.pop("dark", True)
    if not isinstance(name, str) or not isinstance(dark, bool) or not isinstance(variables, dict):
        raise ThemeError("name is a text, dark is true or false, variables is a table", path)
    _known(table, COLOURS, path)
    _known(variables, DEFAULT_VARIABLES, path)
    for key, value in (table | variables).items():
        _colour(key, value, path)
    if "primary" not in table:
        raise ThemeError('primary is missing; write it like primary = "#56b4e9"', path)
    return Theme(name=name, dark=dark, variables=variables, **table)


def _known(table: Mapping[str, Any], keys: Iterable[str], path: Path) -> None:
    for key in table:
        if key not in keys:
            raise ThemeError(f"unknown key {key!r}; known are {', '.join(keys)}", path)


def _colour(key: str, value: object, path: Path) -> None:
    try:
        Color.parse(str(value))
    except ColorParseError as error:
        raise ThemeError(f'{key} = {value!r} is not a colour; write it like "#56b4e9"', path) from error
