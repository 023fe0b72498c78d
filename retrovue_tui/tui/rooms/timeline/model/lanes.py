"""What stands in the lines of the view, and what stands over them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from retrovue_tui.tui.rooms.timeline.model.line_plan import Break, Item

MOST_SOUND: Final = 5


@dataclass(frozen=True)
class Heads:
    """Frames of the line at which something stands over the lanes. `lock`: what airs before it cannot be changed."""

    cursor: int = 0
    air: int | None = None
    lock: int | None = None
    mark_in: int | None = None
    mark_out: int | None = None
    waits: int | None = None
    """Where the rundown goes on, while something else is on air."""
    chosen: tuple[int, int] | None = None
    """The frames [first, end) that are selected."""


@dataclass(frozen=True)
class Note:
    """A word for the operator, at the cursor."""

    text: str
    kind: Literal["plain", "good", "bad"] = "plain"


@dataclass
class Drag:
    """What the mouse has hold of, and where it is: a break as a whole, or one spot."""

    what: Break | Item
    grip: int
    """Frames from its start to where it was taken."""
    at: int
    moved: bool = False

    @property
    def label(self) -> str:
        """Its name, for the ghost."""
        return f"break {self.what.name}" if isinstance(self.what, Break) else self.what.row.title


@lru_cache(8)
def lanes(height: int) -> tuple[str, ...]:
    """What stands in each line of a view so high. Where there is little room the sound goes first, then the day."""
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
