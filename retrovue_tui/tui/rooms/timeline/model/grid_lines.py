"""Draws the grid of a planned channel: the times at which its aligned programmes may begin. Pure."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from retrovue_tui.tui.text import glyphs

if TYPE_CHECKING:
    from retrovue_tui.tui.rooms.timeline.model.lane_drawing import Scene
    from retrovue_tui.tui.widgets.canvas import Row

GRID_STYLE: Final = "$accent"
LEAST_COLUMNS: Final = 4
"""Grid lines that are closer together than this are not drawn."""
_LANES: Final = ("names", "times", "heads", "spots", "cues", "gap")


def grid_columns(scene: Scene) -> list[int]:
    """Return the columns of the grid lines in view; none if they would be too close together."""
    grid, view = scene.plan.grid, scene.view
    lines = grid[bisect_left(grid, view.left) : bisect_left(grid, view.end)]
    columns = [view.column(line) for line in lines]
    close = any(after - before < LEAST_COLUMNS for before, after in pairwise(columns))
    return [] if close else columns


def draw_grid(scene: Scene, lane: str, row: Row) -> None:
    """Draw the grid lines on a lane: as ticks on the ruler of the clock, and elsewhere where nothing else is."""
    if not scene.plan.grid or lane not in ("ticks", *_LANES):
        return
    for column in grid_columns(scene):
        if lane == "ticks":
            row.put(column, glyphs.GRID_TICK, f"bold {GRID_STYLE}")
        elif row.chars[column] == " ":
            _, on, ground = row.styles[column].partition(" on ")
            row.put(column, glyphs.GRID_LINE, f"{GRID_STYLE} on {ground}" if on else GRID_STYLE)
