"""The rows of the as-run log as text: one line for each row, and the full list of its facts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.tui.rooms.control_room.figure_grid import AAC_FRAME_MS
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.content import Content

    from retrovue_tui.protocol.answers.asrun import AsRunEntry, SeamFacts
    from retrovue_tui.timecode import FrameRate

DAY, CHANNEL, START, OFF, LENGTH, ENDED, BREAK, SEAM, VIEWERS = 10, 3, 8, 8, 8, 10, 5, 10, 7
OFF_NARROW, SEAM_NARROW, BREAK_NARROW = 7, 4, 4
TURNS: Final = 2
"""The number of pairs of a right-aligned column and a left-aligned column after it. Each pair needs a wider gap."""
NOTED_S: Final = 0.05
"""A start counts as on time if it differs from the planned time by at most this (s)."""
CLOCK_SET_S: Final = 0.5
"""If an end differs from the wall clock by more than this (s), the details also show the wall clock's time."""
LATE_S: Final = 1.0
"""A start is highlighted if it differs from the planned time by more than this (s)."""

ENDINGS: Final[Mapping[str | None, tally.Tally]] = {
    None: tally.Tally(glyphs.AIR, "ON AIR", "bold $tally-air"),
    "complete": tally.Tally(glyphs.DONE, "complete", "$tally-good"),
    "cut": tally.Tally(glyphs.STOPPED, "cut", "bold $tally-hold"),
    "skipped": tally.Tally(glyphs.NEXT, "skipped", "bold $tally-hold"),
    "stopped": tally.Tally(glyphs.STOPPED, "stopped", "bold $tally-hold"),
    "failed": tally.Tally(glyphs.MISSING, "failed", "bold $tally-missing"),
}
_KINDS: Final = {"spot": f"{tally.SPOT_GLYPH} ", "slate": f"{glyphs.SLATE} "}


def ending(row: AsRunEntry) -> tally.Tally:
    """Return the glyph and the word for the ending of a row. An unknown ending is shown as the station sent it."""
    return ENDINGS.get(row.ended) or tally.Tally(glyphs.UNSURE, str(row.ended), "$foreground")


def titled(row: AsRunEntry) -> str:
    """Return the title of a row. The title of a spot or a slate begins with a glyph."""
    return f"{_KINDS.get(row.kind, '')}{row.title or row.file or row.kind}"


@dataclass(frozen=True)
class AsRunRowState:
    """The values that a row's line depends on, besides the row. `number`: the channel's number; empty if all rows are
    of one channel. `day`: the line shows the date. `aired_s`, `planned_s`: the lengths on air and as planned (s); None:
    unknown."""

    cursor: bool = False
    number: str = ""
    day: bool = False
    aired_s: float | None = None
    planned_s: float | None = None
    stale: bool = False


def lengths(row: AsRunEntry, rate: FrameRate | None, now: float) -> tuple[float | None, float | None]:
    """Return the length on air and the planned length (s). For a row still on air, the first is the length until `now`
    (Unix time)."""
    if rate is None:
        ended = row.ended_at if row.ended else now
        return (None if ended is None else ended - row.started_at), None
    aired = float(rate.seconds(row.frames_aired))
    if row.ended is None:
        aired = max(aired, now - row.started_at)
    return aired, float(rate.seconds(row.frames_planned)) if row.frames_planned else None


@dataclass(frozen=True)
class AsRunColumns:
    """The layout of the table: which columns fit, and their widths in cells."""

    title: int
    wide: bool
    channel: bool
    gap: int

    @classmethod
    def of(cls, width: int, *, every_channel: bool) -> AsRunColumns:
        """Return the columns that fill a line of `width` cells."""
        wide = width >= 110
        gap = 2 if width >= 140 else 1
        fixed = [START, OFF, LENGTH, LENGTH, ENDED, BREAK, SEAM, SEAM, VIEWERS, DAY] if wide else [
            START, OFF_NARROW, LENGTH, LENGTH, ENDED, BREAK_NARROW, SEAM_NARROW,
        ]  # fmt: skip
        if every_channel:
            fixed.append(CHANNEL)
        return cls(max(8, width - 2 - sum(fixed) - (len(fixed) + TURNS) * gap), wide, every_channel, gap)

    def joined(self, cells: Mapping[str, tuple[str, str]]) -> list[tuple[str, str]]:
        """Return (text, style) pairs, padded to the column widths, with gaps. `cells`: column name → (text, style)."""
        narrow = not self.wide
        columns = [
            *([("day", DAY)] if self.wide else []),
            ("start", START),
            ("off", -(OFF_NARROW if narrow else OFF)),
            *([("channel", -CHANNEL)] if self.channel else []),
            ("title", self.title),
            ("length", -LENGTH),
            ("planned", -LENGTH),
            ("ended", ENDED),
            ("break", BREAK_NARROW if narrow else BREAK),
            *([("seams", SEAM_NARROW)] if narrow else [("in", SEAM), ("out", SEAM), ("viewers", -VIEWERS)]),
        ]
        parts: list[tuple[str, str]] = []
        for (name, width), (_, following) in zip(columns, [*columns[1:], ("", 0)], strict=True):
            text, style = cells.get(name, ("", ""))
            fitted = formats.fit(text, width) if width > 0 else formats.fit_right(text, -width)
            # A left-aligned column needs a wider gap after a right-aligned one.
            gap = 0 if not following else 2 * self.gap if width < 0 < following else self.gap
            parts.append((fitted + " " * gap, style))
        return parts


_HEADS: Final = {
    "day": "DAY", "start": "START", "off": "OFF", "channel": "CH", "title": "TITLE", "length": "AIRED",
    "planned": "PLANNED", "ended": "ENDED", "break": "BREAK", "seams": "JOIN", "in": "JOIN IN", "out": "JOIN OUT",
    "viewers": "VIEWERS",
}  # fmt: skip


def head_line(columns: AsRunColumns) -> Content:
    """Return the header line with the names of the columns."""
    names = _HEADS if columns.wide else _HEADS | {"break": "BRK"}
    cells = columns.joined({name: (text, "") for name, text in names.items()})
    return line(("  " + "".join(text for text, _ in cells), tally.QUIET))


def row_line(row: AsRunEntry, columns: AsRunColumns, shown: AsRunRowState) -> Content:
    """Return the line of one row."""
    end = ending(row)
    title = "bold $foreground" if shown.cursor else tally.SPOT if row.kind == "spot" else "$foreground"
    cells = {
        "day": (formats.wall_date(row.started_at) if shown.day else "", tally.QUIET),
        "start": (formats.wall_time(row.started_at), "$foreground"),
        "off": _off_cell(row),
        "channel": (shown.number, "$secondary"),
        "title": (titled(row), title),
        "length": (_length(shown.aired_s), "$foreground"),
        "planned": (_length(shown.planned_s), tally.QUIET if _as_planned(row) else "bold $tally-hold"),
        "ended": (end.text, end.style),
        "break": (row.break_id or formats.NOTHING, tally.QUIET),
        "seams": _seam_cell(_worse(row.seam_in, row.seam_out), short=True),
        "in": _seam_cell(row.seam_in),
        "out": _seam_cell(row.seam_out),
        "viewers": (formats.number(row.viewers_peak), "$foreground" if row.viewers_peak else tally.QUIET),
    }
    parts = columns.joined(cells)
    cursor = (f"{tally.CURSOR if shown.cursor else ' '} ", "bold $primary")
    if shown.stale:
        return line(cursor, ("".join(text for text, _ in parts), tally.QUIET))
    return line(cursor, *parts)


def offset(seconds: float) -> str:
    """Return a difference in time as `+0.4 s`; from a minute on, as `+01:02`."""
    if abs(seconds) < NOTED_S:
        return "0.0 s"
    if abs(seconds) < 59.95:
        return f"{seconds:+.1f} s"
    return f"{'+' if seconds > 0 else '-'}{formats.short(round(abs(seconds)))}"


def _off_cell(row: AsRunEntry) -> tuple[str, str]:
    if row.planned_at is None:
        return formats.NOTHING, tally.QUIET
    off = row.started_at - row.planned_at
    return offset(off), "bold $tally-hold" if abs(off) > LATE_S else tally.QUIET


def _length(seconds: float | None) -> str:
    return formats.NOTHING if seconds is None else formats.short(round(seconds))


def _as_planned(row: AsRunEntry) -> bool:
    return row.ended in (None, "complete")


def _worse(one: SeamFacts | None, other: SeamFacts | None) -> SeamFacts | None:
    seams = [seam for seam in (one, other) if seam is not None]
    return max(seams, key=lambda seam: (seam.video_jumps, seam.cc_errors, abs(seam.audio_error_ms)), default=None)


def _seam_cell(seam: SeamFacts | None, *, short: bool = False) -> tuple[str, str]:
    if seam is None:
        return formats.NOTHING, tally.QUIET
    if seam.video_jumps or seam.cc_errors:
        count = seam.video_jumps + seam.cc_errors
        return f"{glyphs.MISSING} {count if short else formats.plural(count, 'fault')}", "bold $tally-missing"
    if abs(seam.audio_error_ms) > AAC_FRAME_MS:
        return f"{glyphs.WARNING} {'' if short else f'{seam.audio_error_ms:.1f} ms'}", "bold $tally-hold"
    return f"{glyphs.DONE} {'' if short else f'{seam.audio_error_ms:.1f} ms'}", tally.QUIET


@dataclass(frozen=True)
class Fact:
    """One fact about a row, with its label."""

    name: str
    text: str
    style: str = ""


def facts(row: AsRunEntry, shown: AsRunRowState, rate: str, channel: str) -> list[Fact]:
    """Return all facts about a row, the most important first. `channel`: the channel's number and name."""
    end = ending(row)
    began = f"{formats.wall_date(row.started_at)} {precise(row.started_at)}"
    if row.planned_at is not None:
        off = row.started_at - row.planned_at
        began += f" · planned {precise(row.planned_at)}{f' ({offset(off)})' if abs(off) >= NOTED_S else ''}"
    at = f", at {precise(row.ended_at)}" if row.ended and row.ended_at is not None else ""
    ended = f"{end.text}{at}{_by_wall(row)}"
    parsed = formats.frame_rate(rate)
    first = parsed.timecode(max(0, row.asset_frame)) if parsed else f"frame {row.asset_frame}"
    place = f"break {row.break_id}" if row.break_id else "in no break"
    return [
        Fact("BEGAN", began),
        Fact("AIRED", _aired(row, shown, rate)),
        Fact("ENDED", f"{ended}{f' · {row.note}' if row.note else ''}", end.style),
        Fact("JOINS", f"in {_seam_words(row.seam_in)} · out {_seam_words(row.seam_out)}"),
        Fact("VIEWERS", _viewers(row)),
        Fact("CHANNEL", f"{channel} · {row.kind}, {place} · air list {row.generation}"),
        Fact("FROM", f"{first} of its file · channel frame {formats.number(row.first_frame)}"),
        *([Fact("FILE", row.file, tally.QUIET)] if row.file else []),
    ]


def _aired(row: AsRunEntry, shown: AsRunRowState, rate: str) -> str:
    planned = formats.plural(row.frames_planned, "frame") if row.frames_planned else "no length"
    if row.ended is None:  # the log contains the number of frames only after the entry has ended
        return f"{_length(shown.aired_s)} so far · {planned} planned"
    length = formats.position(shown.aired_s or 0.0, rate)
    return f"{length} · {formats.number(row.frames_aired)} of {planned} planned"


def _by_wall(row: AsRunEntry) -> str:
    """Return the wall clock's time at the end of the row, if somebody set the clock while the row aired; otherwise
    empty."""
    if not row.ended or row.ended_at is None or row.wall_ended_at is None:
        return ""
    if abs(row.wall_ended_at - row.ended_at) < CLOCK_SET_S:
        return ""
    return f" (the clock was set while it aired, and showed {precise(row.wall_ended_at)})"


def precise(at: float) -> str:
    """Return a Unix time (s) as `12:45:44.120`."""
    millis = round(at * 1_000)
    return f"{formats.wall_time(millis / 1_000)}.{millis % 1_000:03d}"


def _seam_words(seam: SeamFacts | None) -> str:
    if seam is None:
        return "not measured"
    text, _ = _seam_cell(seam)
    faults = [
        *([formats.plural(seam.video_jumps, "video jump")] if seam.video_jumps else []),
        *([formats.plural(seam.cc_errors, "continuity error")] if seam.cc_errors else []),
    ]
    if faults:
        text = f"{glyphs.MISSING} {', '.join(faults)}"
    return f"{text.rstrip()} ({seam.kind})"


def _viewers(row: AsRunEntry) -> str:
    watched = formats.short(row.viewer_seconds)
    return f"{row.viewers_start} at start, {row.viewers_peak} at most, {row.viewers_end} at end · {watched} watched"
