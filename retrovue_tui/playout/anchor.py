"""Where a channel was, and when: so that it can go on where its clock says after a restart or a crash."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from retrovue_tui.rundown.airlist import Position, advance
from retrovue_tui.rundown.atomic import write_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from retrovue_tui.config import OnStart
    from retrovue_tui.rundown.airlist import Lengths
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.timecode import FrameRate


@dataclass(frozen=True)
class Anchor:
    """At Unix time `at`, asset frame `frame` of the entry was the next to air."""

    entry: str
    index: int
    frame: int
    at: float

    @classmethod
    def of(cls, entries: Sequence[Entry], position: Position) -> Anchor | None:
        """The anchor of this moment; None where the position is no entry's."""
        if not 0 <= position.index < len(entries):
            return None
        return cls(entries[position.index].id, position.index, position.frame, time.time())

    def save(self, path: Path) -> None:
        """Blocking; raises `RundownError` when the disk says no."""
        write_atomically(path, json.dumps(asdict(self)).encode())

    @classmethod
    def load(cls, path: Path) -> Anchor | None:
        """Blocking; None where there is none, or none that can be read."""
        try:
            data = json.loads(path.read_bytes())
            return cls(str(data["entry"]), int(data["index"]), int(data["frame"]), float(data["at"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def resume_at(
    anchor: Anchor | None,
    how: OnStart,
    entries: Sequence[Entry],
    lengths: Lengths,
    rate: FrameRate,
    *,
    loop: bool,
) -> Position:
    """Where a channel begins: where its clock would be by now, where it was, or at the top.

    A rundown that has lost the entry since then begins at its top, as does one that the clock has run past. While
    nothing can air (a disk that is not there yet, say) no clock can be told: it goes on where it was.
    """
    if anchor is None or how == "top" or not entries:
        return Position(0, 0, 0)
    index = next((number for number, entry in enumerate(entries) if entry.id == anchor.entry), None)
    if index is None:
        return Position(0, 0, 0)
    position = Position(0, index, anchor.frame)
    if how == "resume":
        return position
    gone = rate.count(max(0.0, time.time() - anchor.at))
    moved = advance(entries, position, gone, lengths, loop)
    if moved is None:
        return Position(0, 0, 0) if any(lengths(entry) for entry in entries) else position
    return Position(0, moved.index, moved.frame)
