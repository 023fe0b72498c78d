"""The rotation of a rundown that repeats: in each pass, an entry with a spot that has variants airs one version, by
weight.

The version follows from the entry's id and the number of the pass. A resume point has that number, so a restart changes
nothing. All versions have the same length, so no time in the rundown depends on which of them airs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from retrovue_tui.rundown.plan_marks import FIXED, is_planned
from retrovue_tui.schedule.spots.variants import equal_versions, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.rundown.positions import Stretch
    from retrovue_tui.schedule.spots.spot_rules import PoolSpot


class Rotation:
    """Finds the version that an entry airs in a pass. Only an entry that names the spot itself takes part. One that
    names a variant, or has the tag `version=fixed`, always airs its file; the plan has chosen the versions of its
    entries."""

    def __init__(
        self, spot: Callable[[Path], PoolSpot | None], frames: Callable[[Path], int | None],
        prepared: Callable[[Entry], bool],
    ) -> None:  # fmt: skip
        """`spot` returns a spot whose variants air in turn; None if a file has none. `frames` returns the length of a
        file in house frames, None if it is not known; `prepared` whether an entry is prepared to its end."""
        self._spot = spot
        self._frames = frames
        self._prepared = prepared
        self.used = False
        """Whether a version was chosen so far."""

    def rotates(self, entry: Entry) -> bool:
        """Return whether an entry may air another version in each pass."""
        if entry.kind != "spot" or self._spot(entry.file) is None:
            return False
        return not is_planned(entry) and FIXED not in entry.tags

    def chosen(self, entry: Entry, loop: int) -> Entry:
        """Return an entry with the version that is chosen for pass `loop`."""
        spot = self._spot(entry.file) if self.rotates(entry) else None
        if spot is None:
            return entry
        self.used = True
        return _as_version(entry, version_of(equal_versions(spot, self._frames)[0], f"{entry.id} {loop}"))

    def aired(self, entry: Entry, loop: int) -> Entry:
        """Return an entry with the version that airs in pass `loop`: the chosen one, or the spot itself while that is
        not prepared."""
        chosen = self.chosen(entry, loop)
        return chosen if chosen is entry or self._prepared(chosen) else entry

    def stretches(self, found: Iterator[Stretch], airing: Stretch | None = None) -> Iterator[Stretch]:
        """Yield stretches with the versions that air. If the first one goes on with `airing`, the stretch on air, its
        version stays, whatever an edit has made of the entry's id."""
        here: tuple[int, int] | None = None
        version: Entry | None = None
        for number, stretch in enumerate(found):
            entry = stretch.entry
            if (stretch.loop, stretch.index) != here:
                here = stretch.loop, stretch.index
                version = self.aired(entry, stretch.loop)
                if number == 0 and airing is not None and stretch.first == airing.first:
                    version = self._as_on_air(entry, airing.entry.file) or version
            yield stretch if version is None or version is entry else stretch.replace(entry=version)

    def _as_on_air(self, entry: Entry, file: Path) -> Entry | None:
        """Return an entry with the version `file`; None if that is no version of its spot."""
        spot = self._spot(entry.file) if self.rotates(entry) else None
        versions = () if spot is None else (spot.file, *map(spot.file.with_name, spot.variants))
        return _as_version(entry, file) if file in versions else None


def _as_version(entry: Entry, file: Path) -> Entry:
    """Return an entry with the file of a version of its spot. A stated title says which version it is."""
    if file == entry.file:
        return entry
    title = f"{entry.title} ({file.stem})" if entry.title else ""
    return replace(entry, file=file, title=title, path_text=None)
