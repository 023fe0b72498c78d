"""Remembers the facts of the programmes for the bin: their titles, series and episodes."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.media.workers.tasks import FILES
from retrovue_tui.threads import BROWSE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.metadata.programme_facts import ProgrammeFacts

MOST_AT_ONCE: Final = 2_000
"""The most programmes whose facts are read before a list is shown. The others follow with the next list."""
LIMIT_S: Final = 20.0
"""The longest time for reading them (s)."""
_FACTS: Final = "retrovue_tui.media.metadata.reader:facts_of_files"

log = logging.getLogger(__name__)


class ProgrammeCache:
    """The facts of the programmes in some folders. Each is read once, and again when its file has changed."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._prefixes = tuple(f"{os.path.normpath(each)}{os.sep}" for each in folders)
        self._known: dict[Path, tuple[Asset, ProgrammeFacts | None]] = {}

    async def read(self, assets: Mapping[Path, Asset]) -> None:
        """Read the facts of those assets that are new or have changed, in a worker process. Facts that cannot be read
        are left out."""
        new = await BROWSE.run(self._unread, assets)
        if not new:
            return
        found: list[ProgrammeFacts] = []
        try:
            files = [(each.path, each.tags) for each in new]
            found = await FILES.run(_FACTS, self._folders, files, limit_s=LIMIT_S, priority=1)
        except RetrovueError as error:
            log.debug("the bin shows some programmes without their series: %s", error)
        facts = {each.file: each for each in found}
        self._known |= {each.path: (each, facts.get(each.path)) for each in new}

    def facts(self, path: Path) -> ProgrammeFacts | None:
        """Return the facts of a programme; None if they are not known. May be called in any thread."""
        return known[1] if (known := self._known.get(path)) is not None else None

    def _unread(self, assets: Mapping[Path, Asset]) -> list[Asset]:
        new: list[Asset] = []
        for path, asset in assets.items():
            known = self._known.get(path)
            if (known is None or known[0] is not asset) and str(path).startswith(self._prefixes):
                new.append(asset)
                if len(new) == MOST_AT_ONCE:
                    break
        return new
