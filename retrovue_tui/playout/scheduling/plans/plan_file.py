"""`retrovue.toml` as the schedule room changes it: each write keeps the text before it, so that it can be undone."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import ConfigError
from retrovue_tui.files.atomic_write import write_atomically
from retrovue_tui.files.disk_errors import reason_of
from retrovue_tui.files.toml_lines import decoded

if TYPE_CHECKING:
    from pathlib import Path

BACKUP: Final = "retrovue.toml.before"
"""The name of the copy, in the state folder, of the text before the last write."""
CHANGED: Final = "the file has changed since you looked at it; look again, and repeat the change"
_MOST_BYTES: Final = 1_000_000
_BOM: Final = "\ufeff"


@dataclass(frozen=True)
class FileText:
    """The text of the file, exactly as it is, and its revision: a name that each text has for itself."""

    text: str
    revision: str


class PlanFile:
    """The configuration file of a home. All methods are blocking, and raise `ConfigError`."""

    def __init__(self, path: Path, state: Path) -> None:
        self._path = path
        self._backup = state / BACKUP
        self._about = state / f"{BACKUP}.json"

    def read(self) -> FileText:
        """Return the text of the file."""
        return self._read(self._path)

    def write(self, text: str, revision: str, label: str) -> str:
        """Replace the file, if its revision is still `revision`. Return the new revision. `label`: what an undo would
        take back."""
        before = self._current(revision)
        written = _revision(text.encode())
        try:
            self._backup.parent.mkdir(parents=True, exist_ok=True)
            self._backup.touch(mode=0o600)  # it may hold the station's token
            write_atomically(self._backup, before.text.encode())
            about = {"written": written, "before": before.revision, "label": label}
            write_atomically(self._about, json.dumps(about).encode())
            write_atomically(self._path, text.encode())
        except OSError as error:
            raise ConfigError(f"cannot be written: {reason_of(error)}", self._path) from error
        return written

    def undo_label(self, revision: str) -> str:
        """Return the name of the change that an undo would take back; empty if there is none, or if somebody else has
        changed the file."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, ConfigError):
            about = json.loads(self._about.read_bytes())
            if about["written"] == revision and self._read(self._backup).revision == about["before"]:
                return str(about["label"])
        return ""

    def undo(self, revision: str) -> str:
        """Bring back the text before the last write, if the file still has the text of that write. Return the new
        revision. A second undo takes the first one back."""
        self._current(revision)
        label = self.undo_label(revision)
        if not label:
            raise ConfigError("there is no change of the schedule room to undo", self._path)
        again = label.removeprefix("undo of ") if label.startswith("undo of ") else f"undo of {label}"
        return self.write(self._read(self._backup).text, revision, again)

    def _current(self, revision: str) -> FileText:
        now = self.read()
        if now.revision != revision:
            raise ConfigError(CHANGED, self._path)
        return now

    @staticmethod
    def _read(path: Path) -> FileText:
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise ConfigError(f"has more than {_MOST_BYTES:,} bytes; change it with a text editor", path)
            data = path.read_bytes()
        except OSError as error:
            raise ConfigError(f"cannot be read: {reason_of(error)}", path) from error
        decoded(data, path, ConfigError)
        return FileText(data.decode(), _revision(data))


def _revision(data: bytes) -> str:
    return hashlib.blake2s(data, digest_size=8, person=b"config").hexdigest()


def split_mark(text: str) -> tuple[str, str]:
    """Return the byte order mark at the beginning of a text (empty if it has none), and the rest of the text."""
    return (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
