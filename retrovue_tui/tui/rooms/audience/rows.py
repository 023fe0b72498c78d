"""The rows of the audience room as text: sort order, and one line for each row. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from retrovue_tui.tui.rooms.audience.chart import hour_bars
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.content import Content

    from retrovue_tui.protocol.answers.audience import AudienceFigures

Order = Literal["", "seen", "airings", "cut", "stayed", "label"]

ORDERS: Final[dict[Order, str]] = {
    "": "", "seen": "most seen first", "airings": "most airings first", "cut": "most cut first",
    "stayed": "lowest share first", "label": "by name",
}  # fmt: skip
"""The orders of the rows, with their words in the heading. Empty: as the station sends them."""
FEW: Final = 30
"""With fewer viewers at the start than this, a share or a curve says little, and is drawn quietly."""
DAY, HALF_DAY = 24, 12
"""The width of the column of hours (cells): one for each hour, or one for two."""
AIRINGS, CUT, SEEN, STAYED, VIEWERS, LEFT = 8, 6, 8, 7, 9, 8
LEAST_LABEL: Final = 20
"""The hours are shown if the name still has this width (cells)."""
WIDE: Final = 95
"""From this width on (cells), the table also shows the viewers and how many leave per hour."""


@dataclass(frozen=True)
class FiguresRow:
    """A row of the table: the figures of one group, or of all together."""

    figures: AudienceFigures
    is_total: bool = False
    hours: tuple[float, ...] = ()
    """The viewer-seconds in each hour of the day; empty if they are not known."""

    @property
    def name(self) -> str:
        """A name that no other row has."""
        return "" if self.is_total else f"={self.figures.key}"

    @property
    def label(self) -> str:
        """The name of the group for people."""
        return "All together" if self.is_total else self.figures.label

    @property
    def cut(self) -> int:
        """How many airings did not air completely."""
        return self.figures.airings - self.figures.completed


def arranged(rows: Iterable[AudienceFigures], order: Order, wanted: str) -> list[AudienceFigures]:
    """Return the rows that contain every word of `wanted`, in an order."""
    words = wanted.casefold().split()
    kept = [row for row in rows if all(word in f"{row.label}\n{row.key}".casefold() for word in words)]
    match order:
        case "seen":
            kept.sort(key=lambda row: -row.viewer_seconds)
        case "airings":
            kept.sort(key=lambda row: -row.airings)
        case "cut":
            kept.sort(key=lambda row: row.completed - row.airings)
        case "stayed":
            kept.sort(key=lambda row: (row.retention is None, row.retention or 0.0))
        case "label":
            kept.sort(key=lambda row: row.label.casefold())
        case _:
            pass
    return kept


def viewing(seconds: float) -> str:
    """Return viewer-seconds as `4.2 min`; from a viewer-hour on as `1.77 h`, `128 h`."""
    value = seconds / 3_600
    if value < 1:
        return f"{seconds / 60:.1f} min"
    return f"{value:,.2f} h" if value < 100 else f"{value:,.0f} h"


def share(value: float | None) -> str:
    """Return a share as `86.3 %`; a dash if it is unknown."""
    return formats.NOTHING if value is None else f"{100 * value:.1f} %"


def per_hour(value: float | None) -> str:
    """Return how many leave per hour as `4.2`; a dash if it is unknown."""
    return formats.NOTHING if value is None else f"{value:,.1f}"


def level_bar(fraction: float, width: int) -> str:
    """Return a bar of `width` cells, exact to an eighth of a cell. Every value above 0 is seen."""
    eighths = min(8 * width, max(0, round(8 * width * fraction)))
    if fraction > 0:
        eighths = max(1, eighths)
    whole, rest = divmod(eighths, 8)
    return (glyphs.FULL * whole + (glyphs.EIGHTHS[rest - 1] if rest else "")).ljust(width)


@dataclass(frozen=True)
class AudienceColumns:
    """The layout of the table: the widths of the name and of the two bars (cells), whether more figures fit, and the
    width of the hours; 0: they are hidden."""

    label: int
    bar: int
    wide: bool
    hours: int = 0

    @classmethod
    def of(cls, width: int) -> AudienceColumns:
        """Return the columns that fill a line of `width` cells."""
        wide = width >= WIDE
        bar = 12 if width >= 130 else 10 if width >= 110 else 8 if width >= 72 else 4
        fixed = 2 + AIRINGS + CUT + SEEN + STAYED + 2 * bar + 6
        if wide:
            fixed += VIEWERS + 2 * LEFT + 3
        hours = next((each for each in (DAY, HALF_DAY) if width - fixed - each - 1 >= LEAST_LABEL), 0)
        return cls(max(8, width - fixed - (hours + 1 if hours else 0)), bar, wide, hours)


def head_line(columns: AudienceColumns, named: str, order: Order) -> Content:
    """Return the header line. `named`: what the rows are, such as `SPOT`."""

    def head(text: str, of: Order) -> str:
        mark = glyphs.SORT_UP if of in ("stayed", "label") else glyphs.SORT_DOWN
        return f"{text}{mark}" if of == order else text

    right = formats.fit_right
    cells = [
        "  " + formats.fit(head(named, "label"), columns.label),
        right(head("AIRINGS", "airings"), AIRINGS),
        right(head("CUT", "cut"), CUT),
        *([right("VIEWERS", VIEWERS)] if columns.wide else []),
        right(head("SEEN", "seen"), SEEN),
        " " * columns.bar,
        right(head("STAYED", "stayed"), STAYED),
        " " * columns.bar,
        *([right("LEFT/H", LEFT), right("BEFORE", LEFT)] if columns.wide else []),
        *([formats.fit("BY HOUR", columns.hours)] if columns.hours else []),
    ]
    return line((" ".join(cells), tally.QUIET))


@dataclass(frozen=True)
class AudienceRowState:
    """The values on which a line depends besides its row. `most`: the viewer-seconds of the largest row, for the
    bars."""

    cursor: bool = False
    most: float = 0.0
    stale: bool = False


def row_line(row: FiguresRow, columns: AudienceColumns, shown: AudienceRowState) -> Content:
    """Return the line of one row. The row of all together has no bar of what was seen: it would say nothing."""
    figures = row.figures
    unsure = figures.viewers_start < FEW
    part = figures.viewer_seconds / shown.most if shown.most > 0 and not row.is_total else 0.0
    strong = "bold $foreground" if shown.cursor or row.is_total else "$foreground"
    right = formats.fit_right
    left = [
        (f" {right(per_hour(figures.left_per_hour), LEFT)}", "$foreground"),
        (f" {right(per_hour(figures.left_per_hour_before), LEFT)}", tally.QUIET),
    ]
    parts: Sequence[tuple[str, str]] = [
        (f"{tally.CURSOR if shown.cursor else ' '} ", "bold $primary"),
        (formats.fit(row.label, columns.label), strong),
        (f" {right(formats.number(figures.airings), AIRINGS)}", "$foreground"),
        (f" {right(formats.number(row.cut) if row.cut else formats.NOTHING, CUT)}",
         "bold $tally-hold" if row.cut else tally.QUIET),
        *([(f" {right(formats.number(figures.viewers_start), VIEWERS)}", "$foreground")] if columns.wide else []),
        (f" {right(viewing(figures.viewer_seconds), SEEN)}", "$foreground" if figures.viewer_seconds else tally.QUIET),
        (f" {level_bar(part, columns.bar)}", "$accent"),
        (f" {right(share(figures.retention), STAYED)}", tally.QUIET if unsure else "$foreground"),
        (f" {level_bar(figures.retention or 0.0, columns.bar)}", tally.QUIET if unsure else "$tally-good"),
        *(left if columns.wide else []),
        *([(f" {formats.fit(hour_bars(_in_cells(row.hours, columns.hours)), columns.hours)}", "$accent")]
          if columns.hours else []),
    ]  # fmt: skip
    if shown.stale:
        return line(parts[0], ("".join(text for text, _ in parts[1:]), tally.QUIET))
    return line(*parts)


def _in_cells(hours: Sequence[float], cells: int) -> list[float]:
    """Return the viewer-seconds of the hours of a day in `cells` equal parts of the day."""
    each = max(1, len(hours) // max(1, cells))
    return [sum(hours[at : at + each]) for at in range(0, len(hours), each)]
