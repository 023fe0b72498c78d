"""The overview: a whole day drawn in one line. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from retrovue_tui.tui.rooms.timeline.model.lane_drawing import RULED
from retrovue_tui.tui.text import glyphs
from retrovue_tui.tui.widgets.canvas import Row

if TYPE_CHECKING:
    from retrovue_tui.tui.rooms.timeline.model.lane_drawing import Scene
    from retrovue_tui.tui.rooms.timeline.model.line_plan import LinePlan


def day_row(scene: Scene, now: int, cursor: int) -> Row:
    """Return the overview: the share of breaks in each part of the day, the part in view, the cursor, and the playhead
    (`now`, a frame)."""
    width = scene.view.width
    row = _day_shape(scene.plan, width).copy()
    first, end = scene.plan.start, max(scene.plan.horizon, scene.plan.start + 1)
    seen = [_day_column(each, first, end, width) for each in (scene.view.left, scene.view.end)]
    for column in range(max(0, seen[0]), min(width, max(seen[1], seen[0] + 1))):
        row.styles[column] = "$foreground on $line"
    row.put(_day_column(now, first, end, width), glyphs.PLAYHEAD, "bold $tally-air")
    row.put(_day_column(cursor, first, end, width), glyphs.WALL, "bold $primary")
    return row


@lru_cache(4)
def _day_shape(plan: LinePlan, width: int) -> Row:
    """Return the overview's background: the share of breaks in each part of the day."""
    row = Row(width, RULED)
    first, end = plan.start, max(plan.horizon, plan.start + 1)
    for column in range(width):
        low = first + (end - first) * column // width
        high = first + (end - first) * (column + 1) // width
        share = plan.spot_frames(low, high) / max(1, high - low)
        row.chars[column] = glyphs.LEVELS[min(7, int(share * 16))] if share else glyphs.RULE
        row.styles[column] = "$tally-spot 70%" if share else RULED
    return row


def _day_column(frame: int, first: int, end: int, width: int) -> int:
    return (frame - first) * width // (end - first)


def day_frame(scene: Scene, column: int) -> int:
    """Return the first frame that a column of the overview stands for."""
    first, end = scene.plan.start, max(scene.plan.horizon, scene.plan.start + 1)
    return first + (end - first) * column // scene.view.width
