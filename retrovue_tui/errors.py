"""The errors that an operator may see; all are subclasses of `RetrovueError`.

Each states in one line what is wrong and how to correct it. The control room shows it as a notice, the command line
prints it to stderr. Any other exception is a bug of this program, except an `OSError` that the state of the disk
explains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class RetrovueError(Exception):
    """An error that the operator can understand and correct."""

    title = "Error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class FileError(RetrovueError):
    """An error in one of the operator's files: names the file, the line if there is one, and the correction."""

    def __init__(self, message: str, path: Path | None = None, line: int | None = None) -> None:
        self.path = path
        self.line = line
        self.reason = message
        where = "" if path is None else f"{path}:{line}: " if line is not None else f"{path}: "
        super().__init__(where + message)


class ConfigError(FileError):
    """`retrovue.toml` or a `pool.toml` has an error."""

    title = "Configuration"


class RundownError(FileError):
    """A rundown file has an error."""

    title = "Rundown"


class MediaError(FileError):
    """A media file cannot be used."""

    title = "Media"


class FFmpegError(RetrovueError):
    """FFmpeg is missing, too old, lacks a feature, or failed."""

    title = "FFmpeg"


class StationError(RetrovueError):
    """The station cannot carry out a request: for example, it runs already, does not run, or cannot be reached."""

    title = "Station"
