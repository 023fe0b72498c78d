"""The paths of a channel's rundown and its history on disk."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrovue_tui.playout.automation.file_names import FileNames

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.media.asset import Asset


@dataclass(frozen=True)
class RundownPaths:
    """The paths of a channel's rundown and its history, the folders whose files are spots, those of programmes, and the
    files that a command can name: `assets` returns all that the station knows, by absolute path."""

    rundown: Path
    history: Path
    spot_folders: Sequence[Path] = ()
    programme_folders: Sequence[Path] = ()
    assets: Callable[[], Mapping[Path, Asset]] = dict

    def names(self) -> FileNames:
        """Return a lookup of files by name, for the files known now."""
        return FileNames(self.assets(), (*self.spot_folders, self.rundown.parent, *self.programme_folders))


def _keep_copy(file: Path, kept: Path) -> None:
    with contextlib.suppress(OSError):
        shutil.copyfile(file, kept)
