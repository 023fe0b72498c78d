"""The figures of the chosen channel: FFmpeg, joins, air list, renders. Marks highlight bad values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
from retrovue_tui.tui.rooms.control_room.figure_history import NAMES, sparkline
from retrovue_tui.tui.text import formats, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from retrovue_tui.protocol.answers.snapshots import DeckFigures
    from retrovue_tui.tui.rooms.control_room.figure_history import Sample

AAC_FRAME_MS: Final = 21.4
"""The largest audio error of a good join (ms): one AAC frame, which is 21.33 ms at 48 kHz."""
LOW_READY_S: Final = 20.0
WIDE: Final = 100
"""If the grid has at least this width (cells), the groups are side by side; otherwise they are rows."""
ROWS: Final = 4
HEADING: Final = 9
ROW_CELLS: Final = (17, 16, 18, 14)
"""Widths (cells) of the four figures of a row on narrow screens; the third holds the bit rate."""
_NO_CHANNEL: Final = ChannelSnapshot(id="", number=0, name="", state="stopped", url="")


@dataclass(frozen=True)
class Figure:
    """One figure: label, value and severity."""

    label: str
    value: str
    severity: tally.Severity = "plain"


@dataclass(frozen=True)
class FigureGroup:
    """Four figures with a heading; a group without a heading continues the previous group."""

    heading: str
    figures: tuple[Figure, ...]


def figure_groups(channel: ChannelSnapshot | None, rate: str) -> tuple[FigureGroup, ...]:
    """Return the figures of a channel, each with its severity. `rate`: the house rate."""
    if channel is None:
        return tuple(FigureGroup(group.heading, _blank(group)) for group in figure_groups(_NO_CHANNEL, rate))
    seams, prepare = channel.seams, channel.prepare
    return (
        *_deck(channel.deck, rate),
        FigureGroup(
            "JOINS",
            (
                Figure("joins", formats.number(seams.count)),
                _zero("v-jumps", seams.video_jumps, "bad"),
                Figure("audio", f"{seams.max_audio_error_ms:.1f} ms", _audio(seams.max_audio_error_ms)),
                _zero("cc-err", seams.cc_errors, "bad"),
            ),
        ),
        FigureGroup(
            "AIR",
            (
                Figure("viewers", formats.number(channel.viewers)),
                Figure("takes", formats.number(channel.takes)),
                _zero("restarts", channel.restarts, "warn"),
                Figure("list", f"#{channel.generation}"),
            ),
        ),
        FigureGroup(
            "PREPARE",
            (
                Figure(
                    "ready",
                    formats.countdown(prepare.ready_s),
                    "warn" if prepare.pending and prepare.ready_s < LOW_READY_S else "plain",
                ),
                Figure("pending", formats.number(prepare.pending)),
                Figure("done", formats.percent(prepare.progress)),
                Figure("speed", formats.speed(prepare.speed)),
            ),
        ),
    )


def _deck(deck: DeckFigures | None, rate: str) -> tuple[FigureGroup, FigureGroup]:
    labels = (("fps", "speed", "bitrate", "pid"), ("frames", "out", "dup", "drop"))
    if deck is None:
        first, second = (tuple(Figure(label, formats.NOTHING) for label in each) for each in labels)
        return FigureGroup("FFMPEG", first), FigureGroup("", second)
    target = formats.rate_value(rate)
    slow = target is not None and 0 < deck.fps < 0.95 * target
    return (
        FigureGroup(
            "FFMPEG",
            (
                Figure("fps", f"{deck.fps:.2f}", "warn" if slow else "plain"),
                Figure("speed", formats.speed(deck.speed), "warn" if 0 < deck.speed < 0.95 else "plain"),
                Figure("bitrate", formats.bitrate(deck.bitrate_kbps)),
                Figure("pid", str(deck.pid)),
            ),
        ),
        FigureGroup(
            "",
            (
                Figure("frames", formats.number(deck.frame)),
                Figure("out", formats.uptime(deck.out_time_s)),
                _zero("dup", deck.dup_frames, "warn"),
                _zero("drop", deck.drop_frames, "warn"),
            ),
        ),
    )


def _zero(label: str, count: int, otherwise: tally.Severity) -> Figure:
    return Figure(label, formats.number(count), otherwise if count else "good")


def _audio(error_ms: float) -> tally.Severity:
    return "good" if error_ms <= AAC_FRAME_MS else "warn"


def _blank(group: FigureGroup) -> tuple[Figure, ...]:
    return tuple(Figure(figure.label, formats.NOTHING) for figure in group.figures)


class FigureGrid(Sheet):
    """Six lines at any width: five for the groups (columns on wide screens, rows on narrow ones), and one with
    sparklines of the last five minutes."""

    def __init__(self) -> None:
        super().__init__(id="figures")
        self._groups = figure_groups(None, "")
        self._samples: Sequence[Sample] = ()
        self._stale = False

    def show(self, channel: ChannelSnapshot | None, rate: str, samples: Sequence[Sample] = (), *, stale: bool) -> None:
        """Draw the figures of a channel (None: dashes). `rate`: the house rate. `samples`: the figures of the last
        minutes."""
        self._groups, self._samples, self._stale = figure_groups(channel, rate), samples, stale
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return six lines."""
        lines = self._columns(width) if width >= WIDE else self._rows(width)
        lines.append(self._trends(width))
        return [line((each.plain, tally.QUIET)) for each in lines] if self._stale else lines

    def _columns(self, width: int) -> list[Content]:
        room = (width - 1) // len(self._groups)
        head = line(" ", *((formats.fit(group.heading, room), "bold $secondary") for group in self._groups))
        rows = [
            line(" ", *(part for group in self._groups for part in _cell(group.figures[row], room, 4)))
            for row in range(ROWS)
        ]
        return [head, *rows]

    def _trends(self, width: int) -> Content:
        spare = _spread(width)
        parts = [(formats.fit(" 5 MIN", HEADING), "bold $secondary")]
        for place, name in enumerate(NAMES):
            room = ROW_CELLS[place] + spare - len(name) - 2
            drawn = sparkline([sample[place] for sample in self._samples], room)
            parts += [(f"{name} ", tally.QUIET), (drawn, "$accent"), (" ", "")]
        return line(*parts)

    def _rows(self, width: int) -> list[Content]:
        spare = _spread(width)
        return [
            line(
                (formats.fit(f" {group.heading}", HEADING), "bold $secondary"),
                *(
                    part
                    for figure, room in zip(group.figures, ROW_CELLS, strict=True)
                    for part in _cell(figure, room + spare, 1)
                ),
            )
            for group in self._groups
        ]


def _spread(width: int) -> int:
    """Return how many cells each figure of a row gets in addition to `ROW_CELLS`."""
    return max(0, width - HEADING - sum(ROW_CELLS)) // ROWS


def _cell(figure: Figure, width: int, gap: int) -> tuple[tuple[str, str], ...]:
    """Return the parts of one figure, `width` cells in all: label on the left, value on the right, then `gap` empty
    cells."""
    mark, style = tally.SEVERITIES[figure.severity]
    value = f"{mark}{figure.value}"
    room = max(0, width - gap - cell_len(value))
    return (
        (formats.fit(figure.label, room), tally.QUIET),
        (formats.fit(value, min(width - gap, cell_len(value))), style),
        (" " * gap, ""),
    )
