"""The user's folders according to the XDG Base Directory Specification, each with a subfolder for this program."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from retrovue_tui.errors import RetrovueError

NAME: Final = "retrovue-tui"


def cache_folder() -> Path:
    """Return the folder of prepared media: `$XDG_CACHE_HOME/retrovue-tui`, or by default `~/.cache/retrovue-tui`."""
    return _folder("XDG_CACHE_HOME", ".cache")


def config_folder() -> Path:
    """Return the folder of the user's themes and keys: `$XDG_CONFIG_HOME/retrovue-tui`, or by default
    `~/.config/retrovue-tui`."""
    return _folder("XDG_CONFIG_HOME", ".config")


def data_folder() -> Path:
    """Return the default home: `$XDG_DATA_HOME/retrovue-tui`, or by default `~/.local/share/retrovue-tui`."""
    return _folder("XDG_DATA_HOME", ".local/share")


def state_folder() -> Path:
    """Return the folder of the control room's saved state: `$XDG_STATE_HOME/retrovue-tui`, or by default
    `~/.local/state/retrovue-tui`."""
    return _folder("XDG_STATE_HOME", ".local/state")


def _folder(variable: str, otherwise: str) -> Path:
    """Return this program's subfolder of the folder that an environment variable names; by default, of the folder
    `otherwise` in the user's home. A relative path in the variable is ignored, as the specification demands. Raises
    `RetrovueError` if the user has no home folder."""
    named = Path(os.environ.get(variable, ""))
    if named.is_absolute():
        return named / NAME
    try:
        return Path.home() / otherwise / NAME
    except RuntimeError as error:  # the system may not know this user, for example in a container
        raise RetrovueError(f"this user has no home folder; set HOME or {variable} to a folder") from error
