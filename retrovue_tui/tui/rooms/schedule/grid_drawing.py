"""Draws the grid of the schedule on rows of cells. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.protocol.answers.plan import BASE
from retrovue_tui.tui.text import glyphs, tally
from retrovue_tui.tui.widgets.canvas import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.protocol.answers.plan import PlannedSlot
    from retrovue_tui.tui.rooms.schedule.grid_layout import Cell, Column, Grid, RowKey

GUTTER: Final = 7
"""Columns at the left for the times."""
LEAST_WIDTH: Final = 9
"""The narrowest column of the grid (cells)."""
BLOCK_STYLES: Final = ("$tally-next", "$tally-spot", "$tally-good", "$secondary", "$tally-hold", "$accent")
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CURSOR_STYLE: Final = "bold $background on $primary"
SKIPPED: Final = "╌"
"""Fills a cell whose time clocks skip on that day."""


@dataclass(frozen=True)
class GridCursor:
    """The place of the cursor: a column, and a moment in it (Unix time, s)."""

    column: int = 0
    at: float = 0.0


@dataclass(frozen=True)
class GridScene:
    """Everything that the grid draws. `now`: Unix time (s). `top`: the first visible row; `left`: the first visible
    column. `stale`: the station is lost."""

    grid: Grid
    cursor: GridCursor
    now: float
    top: int = 0
    left: int = 0
    stale: bool = False


def block_letter(block: int) -> str:
    """Return the letter of a block on screen; a space for the rules of [channel.plan]."""
    return " " if block == BASE else LETTERS[block % len(LETTERS)]


def block_style(block: int) -> str:
    """Return the colour of a block."""
    return tally.QUIET if block == BASE else BLOCK_STYLES[block % len(BLOCK_STYLES)]


def column_cells(width: int, columns: int) -> tuple[int, int]:
    """Return how many columns fit into `width` cells, and the width of each, with the line at its right."""
    count = max(1, min(columns, (width - GUTTER) // LEAST_WIDTH))
    return count, max(2, (width - GUTTER) // count)


def draw_rows(scene: GridScene, width: int, height: int) -> list[Row]:
    """Return the heads of the columns, then `height - 1` rows of the grid."""
    count, room = column_cells(width, len(scene.grid.columns))
    shown = range(scene.left, min(scene.left + count, len(scene.grid.columns)))
    keys = scene.grid.rows[scene.top : scene.top + height - 1]
    return [_head(scene, width, room, shown), *(_row(scene, key, width, room, shown) for key in keys)]


def _head(scene: GridScene, width: int, room: int, shown: Sequence[int]) -> Row:
    row = Row(width)
    for place, number in enumerate(shown):
        column, first = scene.grid.columns[number], GUTTER + place * room
        here = number == scene.cursor.column
        style = "bold $primary" if here else "bold $secondary"
        row.text(first, first + room - 1, column.title, style)
    return row


def _row(scene: GridScene, key: RowKey, width: int, room: int, shown: Sequence[int]) -> Row:
    row = Row(width)
    is_now = any(
        (cell := scene.grid.cells.get((key, number))) is not None and cell.start <= scene.now < cell.end
        for number in shown
    )
    row.text(1, GUTTER, key.text, "bold $tally-air" if is_now else tally.QUIET)
    if is_now or key.again:
        row.put(0, glyphs.AIR if is_now else glyphs.PLUS_MINUS, "bold $tally-air" if is_now else tally.QUIET)
    for place, number in enumerate(shown):
        first = GUTTER + place * room
        cell = scene.grid.cells.get((key, number))
        if cell is None:
            row.fill(first, first + room - 1, SKIPPED, "$line")
        else:
            _draw_cell(scene, row, first, first + room - 1, number, cell)
        row.put(first + room - 1, glyphs.WALL, "$line")
    return row


def _draw_cell(scene: GridScene, row: Row, first: int, end: int, number: int, cell: Cell) -> None:
    column, cursor = scene.grid.columns[number], scene.cursor
    begun = column.begin_in(cell)
    going = column.item_at(cell.start)
    chosen = column.item_at(cursor.at) if number == cursor.column else None
    here = number == cursor.column and cell.start <= cursor.at < cell.end
    shown = chosen if chosen in begun else begun[0] if begun else None
    item = shown or going
    if item is not None:
        block = item.block
        fresh = shown is not None and _begins_block(column, shown)
        row.put(first, block_letter(block) if fresh else _edge(block), f"bold {block_style(block)}")
    if shown is not None:
        more = f" +{len(begun) - 1}" if len(begun) > 1 else ""
        style = tally.QUIET if scene.stale else item_style(shown, scene.now)
        row.text(first + 1, end - len(more), item_text(shown), style)
        row.text(end - len(more), end, more, tally.QUIET)
    elif going is None and cell.end <= scene.now:
        row.text(first + 1, end, glyphs.DOT, "$line")
    if here:
        for place in range(first, end):
            row.styles[place] = CURSOR_STYLE


def _edge(block: int) -> str:
    return " " if block == BASE else glyphs.CURSOR


def _begins_block(column: Column, item: PlannedSlot) -> bool:
    before = column.item_at(item.start_at - 1)
    return before is None or before.block != item.block


def item_text(item: PlannedSlot) -> str:
    """Return an item's title; a mark and words for filling, gaps and warnings."""
    if not item.title:
        return f"{glyphs.WARNING}{item.why}"
    return f"{glyphs.WARNING}{item.title}" if item.warnings else item.title


def item_style(item: PlannedSlot, now: float) -> str:
    """Return the style of an item's text: on air, written, or a forecast."""
    if not item.title:
        return "bold $tally-missing"
    if item.start_at <= now < item.end_at:
        return "bold $tally-air"
    if item.warnings:
        return "bold $tally-hold"
    return tally.QUIET if item.source == "forecast" else "$foreground"
