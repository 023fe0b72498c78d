"""The lanes of the timeline, and the marks over them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from retrovue_tui.tui.rooms.timeline.model.line_plan import Break, Item

MOST_SOUND: Final = 5


@dataclass(frozen=True)
class Heads:
    """The marks over the lanes, as frames of the line. `lock`: what airs before it cannot be changed."""

    cursor: int = 0
    air: int | None = None
    lock: int | None = None
    mark_in: int | None = None
    mark_out: int | None = None
    waits: int | None = None
    """The frame where the rundown continues while something else is on air."""
    chosen: tuple[int, int] | None = None
    """The frames [first, end) that are selected."""


@dataclass(frozen=True)
class Note:
    """A note for the operator, at the cursor."""

    text: str
    kind: Literal["plain", "good", "bad"] = "plain"


@dataclass
class Drag:
    """A break or a spot that the mouse drags, and its present place."""

    what: Break | Item
    grip: int
    """Frames from its start to the frame where the mouse took it."""
    at: int
    moved: bool = False

    @property
    def label(self) -> str:
        """The text of the dragged block."""
        return f"break {self.what.name}" if isinstance(self.what, Break) else self.what.row.title


@lru_cache(8)
def lanes(height: int) -> tuple[str, ...]:
    """Return the name of the lane in each line of a view of that height. In a low view the sound is left out first,
    then the day."""
    rows = ["clock", "ticks", "names", "times", "heads", "spots", "cues", "ruler", "day"]
    left = height - len(rows)
    if left < 0:
        for name in ("day", "ruler", "cues", "ticks"):
            if len(rows) > height:
                rows.remove(name)
        return tuple(rows[: max(0, height)])
    sound = min(MOST_SOUND, left)
    at = rows.index("ruler")
    rows[at:at] = [f"sound {number}" for number in range(sound)]
    for before in ("heads", "cues", "ruler", "day"):
        if len(rows) < height:
            rows.insert(rows.index(before), "gap")
    return tuple(rows)
