"""Paths of the control room's own files: the operator's themes and keys, and the remembered settings."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrovue_tui.files.user_folders import config_folder, state_folder

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class UserPaths:
    """The paths; later items of a tuple override earlier ones. A missing file is not an error."""

    themes: tuple[Path, ...] = ()
    """Folders of the operator's `*.toml` themes; the shipped folder comes in addition."""
    keymaps: tuple[Path, ...] = ()
    """The operator's `keymap.toml` files."""
    memory: Path | None = None
    """The file of remembered settings; None: nothing is remembered."""

    @classmethod
    def usual(cls, home: Path | None) -> UserPaths:
        """Return the paths in the operator's own folders (XDG) and, if the station's home is on this machine, in that
        home."""
        own = config_folder()
        folders = (own, home) if home else (own,)
        return cls(
            themes=tuple(folder / "themes" for folder in folders),
            keymaps=tuple(folder / "keymap.toml" for folder in folders),
            memory=state_folder() / "screen.json",
        )

    def listing(self) -> list[tuple[str, str]]:
        """Return (kind, path) for each of the operator's files, for the help; the kind is empty if it repeats."""
        kinds = (("keys", self.keymaps), ("themes", tuple(folder / "*.toml" for folder in self.themes)))
        return [(kind if not number else "", str(path)) for kind, paths in kinds for number, path in enumerate(paths)]

    def recall(self, name: str) -> str | None:
        """Return the setting remembered under a name; None if there is none. Blocking."""
        return self._all().get(name)

    def remember(self, name: str, value: str) -> None:
        """Remember a setting for the next start. If the file cannot be written, do nothing. Blocking."""
        if self.memory is None:
            return
        try:
            self.memory.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.memory.with_name(f".{self.memory.name}.{os.getpid()}")
            fresh.write_text(json.dumps(self._all() | {name: value}), encoding="utf-8")
            fresh.replace(self.memory)
        except OSError:
            return

    def _all(self) -> dict[str, str]:
        if self.memory is None:
            return {}
        try:
            known = json.loads(self.memory.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {key: value for key, value in known.items() if isinstance(value, str)} if isinstance(known, dict) else {}
