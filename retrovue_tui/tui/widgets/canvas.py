"""Rows of terminal cells to draw on. Each cell has a character and the name of a style. Pure."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len

from retrovue_tui.tui.text import formats

if TYPE_CHECKING:
    from collections.abc import Iterator


class Row:
    """One line of `width` cells. The cell after a wide character holds an empty string."""

    __slots__ = ("chars", "styles", "width")

    def __init__(self, width: int, style: str = "") -> None:
        self.width = width
        self.chars = [" "] * width
        self.styles = [style] * width

    def copy(self) -> Row:
        """Return a new row with the same cells."""
        row = Row.__new__(Row)
        row.width, row.chars, row.styles = self.width, self.chars.copy(), self.styles.copy()
        return row

    def fill(self, first: int, end: int, char: str, style: str) -> None:
        """Fill the cells [first, end) with one narrow character; ignore cells outside the row."""
        first, end = max(0, first), min(self.width, end)
        if end > first:
            self.chars[first:end] = [char] * (end - first)
            self.styles[first:end] = [style] * (end - first)

    def text(self, first: int, end: int, text: str, style: str | None = None) -> None:
        """Write text into the cells [first, end), cut with an ellipsis if it is too long. Without a style the cells
        keep their styles."""
        first, end = max(0, first), min(self.width, end)
        if end <= first or not text:
            return
        text = formats.clean(text)
        if cell_len(text) > end - first:
            text = formats.fit(text, end - first)
        if len(text) == cell_len(text):
            end = first + len(text)
            self.chars[first:end] = text
        else:
            cells = list(_cells(text))
            end = first + len(cells)
            self.chars[first:end] = cells
        if style is not None:
            self.styles[first:end] = [style] * (end - first)

    def put(self, column: int, char: str, style: str) -> None:
        """Write one narrow character. If the cell belongs to a wide character, remove that character."""
        if not 0 <= column < self.width:
            return
        if not self.chars[column] and column:
            self.chars[column - 1] = " "
        if column + 1 < self.width and not self.chars[column + 1]:
            self.chars[column + 1] = " "
        self.chars[column], self.styles[column] = char, style

    def runs(self) -> Iterator[tuple[str, str]]:
        """Yield the row as (text, style) pairs, one for each run of cells of one style."""
        chars, first = self.chars, 0
        for style, cells in groupby(self.styles):
            end = first + len([*cells])
            yield "".join(chars[first:end]), style
            first = end


def _cells(text: str) -> Iterator[str]:
    for char in text:
        width = cell_len(char)
        if width:
            yield char
            yield from [""] * (width - 1)
