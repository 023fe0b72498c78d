"""The user's folders as the XDG Base Directory Specification names them, each with this program's own name below it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from retrovue_tui.errors import RetrovueError

NAME: Final = "retrovue-tui"


def cache_folder() -> Path:
    """Return where prepared media is kept between runs: `$XDG_CACHE_HOME/retrovue-tui`, `~/.cache/retrovue-tui`."""
    return _folder("XDG_CACHE_HOME", ".cache")


def config_folder() -> Path:
    """Return where the user's themes and keys are: `$XDG_CONFIG_HOME/retrovue-tui`, `~/.config/retrovue-tui`."""
    return _folder("XDG_CONFIG_HOME", ".config")


def data_folder() -> Path:
    """Return the default home: `$XDG_DATA_HOME/retrovue-tui`, `~/.local/share/retrovue-tui`."""
    return _folder("XDG_DATA_HOME", ".local/share")


def state_folder() -> Path:
    """Return where the screen keeps its memory: `$XDG_STATE_HOME/retrovue-tui`, `~/.local/state/retrovue-tui`."""
    return _folder("XDG_STATE_HOME", ".local/state")


def _folder(variable: str, otherwise: str) -> Path:
    """A relative path in the variable is ignored, as the specification says."""
    named = Path(os.environ.get(variable, ""))
    if named.is_absolute():
        return named / NAME
    try:
        return Path.home() / otherwise / NAME
    except RuntimeError as error:  # a user whom the system does not know, in a container
        raise RetrovueError(f"this user has no home folder; set HOME or {variable} to a folder") from error
