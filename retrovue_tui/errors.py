"""The one root of errors that an operator may see.

Each says what is wrong and what to do about it, in one line; the control room shows it as a notice,
the command line as a line on stderr. Anything that is not a `RetrovueError` is a fault of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class RetrovueError(Exception):
    """Something is wrong that the operator can understand and mend."""

    title = "Error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class FileError(RetrovueError):
    """A fault in a file that the operator wrote: says the file, the line where there is one, and the mend."""

    def __init__(self, message: str, path: Path | None = None, line: int | None = None) -> None:
        self.path = path
        self.line = line
        self.reason = message
        where = "" if path is None else f"{path}:{line}: " if line is not None else f"{path}: "
        super().__init__(where + message)


class ConfigError(FileError):
    """`retrovue.toml` is not as expected."""

    title = "Configuration"


class RundownError(FileError):
    """A rundown file is not as expected."""

    title = "Rundown"


class MediaError(FileError):
    """A media file cannot be used."""

    title = "Media"


class FFmpegError(RetrovueError):
    """FFmpeg is missing, too old, lacks a feature, or failed."""

    title = "FFmpeg"


class StationError(RetrovueError):
    """The station says no: it runs already, or not at all, or cannot be reached."""

    title = "Station"
