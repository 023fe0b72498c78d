"""The rows of the bin as text: sort order, text filter, and one line for each row. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from textual.content import Content

    from retrovue_tui.protocol.answers.library import LibraryRow
    from retrovue_tui.protocol.answers.snapshots import PrepareJob

Column = Literal["kind", "title", "length", "prepared", "gain", "format", "aired", "today", "last", "problem"]
Work = Literal["", "running", "waiting"]

LABELS: Final[Mapping[Column, str]] = {
    "kind": "kind", "title": "title", "length": "duration", "prepared": "prepared", "gain": "gain", "format": "format",
    "aired": "times aired", "today": "airings today", "last": "last aired", "problem": "problem",
}  # fmt: skip
_KEYS: Final[Mapping[Column, Callable[[LibraryRow], Any]]] = {
    "kind": lambda row: row.kind,
    "title": lambda row: "",
    "length": lambda row: row.duration_s,
    "prepared": lambda row: row.prepared,
    "gain": lambda row: -1_000.0 if row.gain_db is None else row.gain_db,
    "format": lambda row: row.format,
    "aired": lambda row: row.times_aired,
    "today": lambda row: row.aired_today,
    "last": lambda row: row.last_aired or 0.0,
    "problem": lambda row: not row.problem,
}
LENGTH, GAIN, AIRED, LAST, TODAY = 9, 8, 6, 11, 6
PERCENT = 6
FLAG = 2
WORK_GLYPHS: Final[Mapping[Work, str]] = {"running": glyphs.SHUT, "waiting": glyphs.STARTING}


def arrange(rows: Iterable[LibraryRow], column: Column, *, reverse: bool, wanted: str) -> tuple[LibraryRow, ...]:
    """Return the rows that contain every word of `wanted`, sorted by a column; rows with equal values are sorted by
    title."""
    words = wanted.casefold().split()
    kept = (row for row in rows if not words or _holds(row, words))
    by_title = sorted(kept, key=lambda row: (row.title.casefold(), row.file), reverse=reverse)
    if column == "title":
        return tuple(by_title)
    return tuple(sorted(by_title, key=_KEYS[column], reverse=reverse))


def _holds(row: LibraryRow, words: list[str]) -> bool:
    facts = (
        row.title, row.file, row.kind, *row.pools, row.format, row.problem, row.series, row.advertiser, *row.tags,
    )  # fmt: skip
    text = "\n".join(facts).casefold()
    return all(word in text for word in words)


@dataclass(frozen=True)
class Columns:
    """The layout of the table: widths in cells of the flexible columns, of the progress bar, of the gap between two
    columns, and of the column of today's airings (0: hidden)."""

    title: int
    format: int
    bar: int
    gap: int
    today: int = 0

    @classmethod
    def of(cls, width: int, *, today: bool = False) -> Columns:
        """Return the columns that fill a line of `width` cells. The columns of the format and of today's airings are
        hidden in a narrow line, but not the latter if `today` is True."""
        gap = 1 if width < 100 else 2
        bar = 5 if width < 100 else 8
        fixed = 3 + LENGTH + bar + PERCENT + FLAG + GAIN + AIRED + LAST + 5 * gap
        room = max(12, width - fixed)
        extra = TODAY if today or room >= 56 + TODAY + gap else 0
        room -= extra + gap if extra else 0
        if room < 56:
            return cls(room, 0, bar, gap, extra)
        form = min(34, room // 2)
        return cls(room - form - gap, form, bar, gap, extra)

    @property
    def prepared(self) -> int:
        """The width in cells of the progress bar with its percentage and flag."""
        return self.bar + PERCENT + FLAG


def head_line(columns: Columns, column: Column, *, reverse: bool) -> Content:
    """Return the header line with the names of the columns; an arrow marks the column by which the rows are sorted."""

    def named(name: str, *sorts: Column) -> str:
        return f"{name}{glyphs.SORT_DOWN if reverse else glyphs.SORT_UP}" if column in sorts else name

    first = "KIND, TITLE" if column == "kind" else "PROBLEM, TITLE" if column == "problem" else "TITLE"
    cells = [
        "   " + formats.fit(named(first, "kind", "title", "problem"), columns.title),
        formats.fit_right(named("DURATION", "length"), LENGTH),
        formats.fit(named("PREPARED", "prepared"), columns.prepared),
        formats.fit_right(named("GAIN", "gain"), GAIN),
        *([formats.fit(named("FORMAT", "format"), columns.format)] if columns.format else []),
        formats.fit_right(named("AIRED", "aired"), AIRED),
        *([formats.fit_right(named("TODAY", "today"), columns.today)] if columns.today else []),
        formats.fit_right(named("LAST", "last"), LAST),
    ]
    return line(((" " * columns.gap).join(cells), tally.QUIET))


@dataclass(frozen=True)
class BinRowState:
    """The values that a row's line depends on, besides the row. `machines`: the names of the machines of the farm that
    render it."""

    cursor: bool = False
    marked: bool = False
    trimmed: bool = False
    work: Work = ""
    machines: str = ""
    stale: bool = False


def row_line(row: LibraryRow, columns: Columns, shown: BinRowState, now: float) -> Content:
    """Return the line of a file at Unix time `now`. If the file has a problem, the line shows it instead of the
    figures."""
    gap = " " * columns.gap
    spot = row.kind == "spot"
    title = f"{tally.SPOT_GLYPH} {row.title}" if spot else row.title
    name = "bold $foreground" if shown.cursor else tally.SPOT if spot else "$foreground"
    aired = formats.number(row.times_aired) if row.times_aired else formats.NOTHING
    parts: list[tuple[str, str]] = [
        (tally.CURSOR if shown.cursor else " ", "bold $primary"),
        (glyphs.MARKED + " " if shown.marked else "  ", "bold $tally-hold"),
        (formats.fit(title, columns.title) + gap, name),
        *(_broken(row, columns) if row.problem else _figures(row, columns, shown)),
        (gap + formats.fit_right(aired, AIRED), "" if row.times_aired else tally.QUIET),
        *_today(row, columns),
        (gap + formats.fit_right(last_aired(row.last_aired, now), LAST), tally.QUIET),
    ]
    if shown.stale:
        return line(*parts[:2], ("".join(text for text, _ in parts[2:]), tally.QUIET))
    return line(*parts)


def _today(row: LibraryRow, columns: Columns) -> list[tuple[str, str]]:
    if not columns.today:
        return []
    text = formats.number(row.aired_today) if row.aired_today else formats.NOTHING
    return [(" " * columns.gap + formats.fit_right(text, columns.today), "" if row.aired_today else tally.QUIET)]


def _broken(row: LibraryRow, columns: Columns) -> list[tuple[str, str]]:
    width = LENGTH + columns.prepared + GAIN + 2 * columns.gap + (columns.format + columns.gap if columns.format else 0)
    return [(formats.fit(f"{glyphs.MISSING} {row.problem}", width), "$tally-missing")]


def _figures(row: LibraryRow, columns: Columns, shown: BinRowState) -> list[tuple[str, str]]:
    gap = " " * columns.gap
    whole = row.prepared >= 1.0
    done, rest = formats.bar(row.prepared, columns.bar)
    flag = glyphs.DONE if whole else WORK_GLYPHS.get(shown.work, " ")
    length = f"{formats.short(row.duration_s)}{glyphs.STAGED if shown.trimmed else ''}"
    figures = [
        (formats.fit_right(length, LENGTH) + gap, "$foreground"),
        (done, "$tally-good" if whole else tally.NEXT),
        (rest, "$line"),
        (formats.fit_right(formats.percent(row.prepared), PERCENT), "" if row.prepared else tally.QUIET),
        (f" {flag}" + gap, "$tally-good" if whole else tally.NEXT),
        (formats.fit_right(gain(row.gain_db), GAIN), "" if row.gain_db is not None else tally.QUIET),
    ]
    if columns.format:
        about = on_machines(shown.machines) if shown.machines and not whole else row.format
        figures.append((gap + formats.fit(about, columns.format), tally.QUIET))
    return figures


def machines_of(jobs: Iterable[PrepareJob]) -> dict[str, str]:
    """Return file → the names of the machines of the farm that render it; empty for files that this station renders."""
    found: dict[str, set[str]] = {}
    for job in jobs:
        if job.machine and job.state == "running":
            found.setdefault(job.file, set()).add(formats.clean(job.machine))
    return {file: ", ".join(sorted(names)) for file, names in found.items()}


def on_machines(machines: str) -> str:
    """Return where a file is being rendered, in words."""
    return f"rendered on {machines}"


def gain(gain_db: float | None) -> str:
    """Return a gain as `+3.5 dB`; a dash if the gain has not been measured."""
    return formats.NOTHING if gain_db is None else f"{gain_db:+.1f} dB"


def episode(row: LibraryRow) -> str:
    """Return the series of a programme with its season and episode; empty for a film."""
    season = "" if row.season is None else "a special" if row.season == 0 else f"season {row.season}"
    number = "" if row.episode is None else f"episode {row.episode}"
    return " · ".join(filter(None, (row.series, season, number))) if row.series else ""


def flight(row: LibraryRow, now: float) -> str:
    """Return the flight dates of a spot in words, and whether they are over or have not begun; empty if it has none."""
    today = datetime.fromtimestamp(now, UTC).astimezone().date().isoformat()
    state = ", over" if "" < row.last_day < today else ", not begun" if row.first_day > today else ""
    if row.first_day and row.last_day:
        return f"{row.first_day} to {row.last_day}{state}"
    return f"from {row.first_day}{state}" if row.first_day else f"until {row.last_day}{state}" if row.last_day else ""


def last_aired(at: float | None, now: float) -> str:
    """Return the last airing: the time of day if it was today, the date if it was earlier, or `never`."""
    if at is None:
        return "never"
    day = formats.wall_date(at)
    return formats.wall_time(at) if now - at < 86_400 and day == formats.wall_date(now) else day
