"""The order of the timeline's lanes, and the marks drawn over them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from retrovue_tui.tui.rooms.timeline.model.line_plan import Break, Item

MOST_SOUND: Final = 5


@dataclass(frozen=True)
class Heads:
    """The marks over the lanes, as frames of the timeline. `air`: the frame on air. `lock`: entries before this frame
    can no longer change."""

    cursor: int = 0
    air: int | None = None
    lock: int | None = None
    mark_in: int | None = None
    mark_out: int | None = None
    waits: int | None = None
    """The frame at which the rundown will continue, while the channel shows the slate; None while the rundown is on
    air."""
    chosen: tuple[int, int] | None = None
    """The selected frames [first, end)."""


@dataclass(frozen=True)
class Note:
    """A message to the operator, drawn at the cursor."""

    text: str
    kind: Literal["plain", "good", "bad"] = "plain"


@dataclass
class Drag:
    """A break or spot that the mouse drags. `at`: the frame where it would begin if dropped now."""

    what: Break | Item
    grip: int
    """The distance in frames from the start of the break or spot to the mouse."""
    at: int
    moved: bool = False

    @property
    def label(self) -> str:
        """The text on the dragged block."""
        return f"break {self.what.name}" if isinstance(self.what, Break) else self.what.row.title


@lru_cache(8)
def lanes(height: int) -> tuple[str, ...]:
    """Return the name of the lane in each line of a view of `height` lines. If the view is low, it leaves out the sound
    lanes first, then the overview of the day."""
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
