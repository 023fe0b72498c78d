"""Finds the logo files of channels that cannot be used."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from retrovue_tui.cli.checks.problems import Problem
from retrovue_tui.config.form import lines_of_keys
from retrovue_tui.errors import ConfigError, MediaError, RetrovueError
from retrovue_tui.files.silent_mounts import SilentMounts
from retrovue_tui.files.toml_lines import read_text

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.config.station_config import Config

MOST_PIXELS: Final = 4_096
"""The largest width and height of a logo that clients show without trouble."""


def logo_problems(config: Config) -> list[Problem]:
    """Return a problem for each logo that is missing, cannot be read, or is no picture, with its line in the config.
    Blocking."""
    logos = [(number, channel.logo) for number, channel in enumerate(config.channels) if channel.logo is not None]
    if not logos:
        return []
    try:
        lines = lines_of_keys(read_text(config.path, ConfigError))
    except RetrovueError:
        lines = {}
    faults = ((number, _fault_of(path)) for number, path in logos)
    return [
        Problem(config.path, lines.get((f"channel.{number}", "logo")), f"{fault}; a drawn logo is shown")
        for number, fault in faults if fault is not None
    ]  # fmt: skip


def _fault_of(path: Path) -> str | None:
    from PIL import Image

    from retrovue_tui.media.channel_logo import read_logo

    if SilentMounts().silent({str(path): path}):
        return f"{path}: the disk of the logo does not answer"
    try:
        data = read_logo(path).data
    except MediaError as error:
        return error.message
    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as picture:
            width, height = picture.size
            picture.verify()
    except Exception as error:  # Pillow raises errors of many kinds for broken files
        return f"{path}: the logo is broken ({error})"
    if max(width, height) > MOST_PIXELS:
        return f"{path}: the logo has {width}x{height} pixels; the limit is {MOST_PIXELS}x{MOST_PIXELS}"
    return None
