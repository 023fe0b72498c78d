"""File names: finds the media file that a command names, among the files that the station knows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from retrovue_tui.rundown.break_edits import EditError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from retrovue_tui.media.asset import Asset

SHOWN = 3
"""The maximum number of files in an error message about several files with the same name."""


class FileNames:
    """Finds files by name, among known assets only. It never looks at the file system, so a name on a hung mount blocks
    nothing, and no answer reveals which other files the machine has.

    A file has these names: its absolute path, its path relative to the first of `folders` that contains it, its file
    name, its own title, and the title that `titles` returns for it. Can be used from any thread.
    """

    def __init__(
        self,
        assets: Mapping[Path, Asset],
        folders: Sequence[Path] = (),
        titles: Callable[[Path], str | None] = lambda _: None,
    ) -> None:
        self._assets = assets
        self._titles = titles
        self._folders = folders
        self._by_name: dict[str, list[Path]] | None = None

    def find(self, named: str) -> Path:
        """Return the absolute path of the file. Raises `EditError` if no file has that name, or more than one."""
        for folder in (Path("/"), *self._folders):  # if `named` is absolute, the folder has no effect
            path = Path(os.path.normpath(folder / named))
            if path in self._assets:
                return path
        found = self._called(named)
        if not found:
            raise EditError(
                f"there is no file {named!r} in the library; name it as the bin shows it, or give its whole path"
            )
        if len(found) > 1:
            some = ", ".join(str(path) for path in found[:SHOWN]) + (", …" if len(found) > SHOWN else "")
            raise EditError(f"{len(found)} files are called {named!r}: give the whole path of one of them ({some})")
        return found[0]

    def _called(self, named: str) -> Sequence[Path]:
        if self._by_name is None:
            self._by_name = _names_of(self._assets.values(), self._titles)
        return self._by_name.get(named) or self._by_name.get(named.casefold()) or ()


def _names_of(assets: Iterable[Asset], titles: Callable[[Path], str | None]) -> dict[str, list[Path]]:
    """Return the names of all assets, as written and case-folded, each with the files that have this name."""
    found: dict[str, list[Path]] = {}
    for asset in sorted(assets, key=lambda each: each.path):
        names = (asset.path.name, asset.path.stem, asset.title, titles(asset.path) or "")
        for name in dict.fromkeys((*names, *(name.casefold() for name in names))):
            if name:
                found.setdefault(name, []).append(asset.path)
    return found
