"""A problem of a home or a file, as `check` lists it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from retrovue_tui.errors import FileError, RetrovueError

if TYPE_CHECKING:
    from pathlib import Path


class Problem(NamedTuple):
    """A problem with its file and its line (1-based)."""

    path: Path | None
    line: int | None
    message: str

    @classmethod
    def of(cls, error: RetrovueError) -> Problem:
        """Return the error as a problem."""
        if isinstance(error, FileError):
            return cls(error.path, error.line, error.reason)
        return cls(None, None, error.message)

    def to_json(self) -> dict[str, Any]:
        """Return the problem as `check --json` prints it."""
        return {"path": str(self.path) if self.path else None, "line": self.line, "message": self.message}

    def __str__(self) -> str:
        where = "" if self.path is None else f"{self.path}:{self.line}: " if self.line else f"{self.path}: "
        return where + self.message
