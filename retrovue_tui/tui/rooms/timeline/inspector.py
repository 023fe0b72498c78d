"""The inspector: describes the time, the entry and the break under the cursor, and the staged edits, in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from retrovue_tui.tui import keys
from retrovue_tui.tui.rooms.timeline.model.cue_lane import mark_of
from retrovue_tui.tui.rooms.timeline.model.geometry import steps
from retrovue_tui.tui.rooms.timeline.model.lane_drawing import against, duration
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType
    from textual.content import Content

    from retrovue_tui.protocol.answers.receipts import Receipt
    from retrovue_tui.tui.rooms.timeline.model.cues import PlacedCue
    from retrovue_tui.tui.rooms.timeline.model.lane_drawing import Scene
    from retrovue_tui.tui.rooms.timeline.model.line_plan import Break, Item, LinePlan

LABEL: Final = 10
_STATUS: Final = {
    "aired": "has aired", "on_air": f"{glyphs.AIR} on air", "locked": f"{glyphs.LOCKED} locked",
    "planned": "planned", "missing": f"{glyphs.MISSING} file missing",
}  # fmt: skip
Part = tuple[str, str]


@dataclass(frozen=True)
class Look:
    """The values that the inspector shows."""

    scene: Scene
    cursor: int
    snap: bool = True
    speed: int = 0
    chosen: str = ""
    marks: tuple[int | None, int | None] = (None, None)
    staged: tuple[str, ...] = ()
    dropped: int = 0
    """How many staged edits the room dropped because the station refused them; `undo` stages them again."""
    outdated: bool = False
    base: LinePlan | None = None
    """The current rundown, if the scene shows the rundown with staged edits; None if nothing is staged."""
    receipt: Receipt | None = None
    """The receipt of the last apply."""
    search: str = ""
    busy: bool = False
    lines: int = field(default=9)
    cue: PlacedCue | None = None
    """The break candidate nearest to the cursor."""
    analysed: bool = True
    """Whether all candidates of the file under the cursor are known."""


class TimelineInspector(Sheet, can_focus=True):
    """One line for each fact: a label and a text."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.TIMELINE.bindings)

    def __init__(self) -> None:
        super().__init__(id="inspector")
        self._look: Look | None = None

    def show(self, look: Look | None) -> None:
        """Draw the values; None: draw nothing."""
        self._look = look
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return the lines about time, entry and break, then those about staged edits."""
        return (line(""),) if self._look is None else self.lines_of(self._look, width)

    @staticmethod
    def lines_of(look: Look, width: int) -> list[Content]:
        """Return the lines for these values."""
        item = look.scene.plan.at(look.cursor)
        rows = [_time(look, item), _entry(look, item, width), *_split(item), *_extent(look, item), *_break(look, item)]
        rows += [*_missing(look, item), *_cue(look), *_staged(look, width)]
        return [_fitted(row, width) for row in rows]


def _fitted(parts: Sequence[Part], width: int) -> Content:
    """Return as many of the parts as fit into `width` cells."""
    left, shown = width, list[Part]()
    for text, style in parts:
        if left <= 0:
            break
        cut = formats.fit(text, left) if len(text) > left else text
        shown.append((cut, style))
        left -= len(cut)
    return line(*shown)


def _label(text: str) -> Part:
    return (f" {text:<{LABEL}}", tally.QUIET)


def _time(look: Look, item: Item | None) -> list[Part]:
    axis, step = look.scene.plan.axis, look.scene.view.step
    parts = [_label("cursor"), (axis.clock(look.cursor), "bold $foreground")]
    if item is not None:
        parts += [("  in file ", tally.QUIET), (axis.rate.timecode(item.asset(look.cursor)), "$foreground")]
    if look.speed:
        way = glyphs.RIGHT if look.speed > 0 else glyphs.LEFT
        parts.append((f"  {way} {abs(look.speed)}{glyphs.TIMES}", "bold $tally-next"))
    nearest = steps(axis.rate)[0]
    zoom = "1 frame" if step == nearest else duration(step, axis.rate.nominal) if step >= 15 else f"{step} frames"
    parts.append((f"  {glyphs.DOT} column {zoom} {glyphs.DOT} snap {'on' if look.snap else 'off'}", tally.QUIET))
    return parts


def _entry(look: Look, item: Item | None, width: int) -> list[Part]:
    if item is None:
        return [_label("entry"), ("nothing is planned for this time", tally.QUIET)]
    row = item.row
    again = f", {formats.plural(item.round, 'round')} on" if item.round > 0 else ""
    status = "planned" if item.round > 0 and row.status != "missing" else row.status
    style = tally.SPOT if item.is_spot else "$foreground"
    mark = f"{tally.SPOT_GLYPH} " if item.is_spot else ""
    text = f"  {_STATUS.get(status, status)}{again}"
    room = max(8, width - LABEL - 2 - len(text))
    return [_label(row.kind), (formats.fit(mark + row.title, room).rstrip(), f"bold {style}"), (text, _tone(status))]


def _split(item: Item | None) -> list[list[Part]]:
    """Return a line about the versions of a spot that groups of viewers see; none if all see the same."""
    if item is None or not item.row.split:
        return []
    return [[_label("split"), (f"{glyphs.SPLIT} ", f"bold {tally.SPOT}"), (item.row.split, "$foreground")]]


def _tone(status: str) -> str:
    return {"on_air": "bold $tally-air", "missing": "bold $tally-missing", "locked": "$tally-hold"}.get(
        status, tally.QUIET
    )


def _extent(look: Look, item: Item | None) -> list[list[Part]]:
    if item is None:
        return [[_label("")]]
    rate = look.scene.plan.axis.rate
    first, end = item.row.in_frame, item.row.in_frame + item.frames
    parts = [
        _label("in, out"),
        (f"{rate.timecode(first)} {glyphs.NOTHING} {rate.timecode(end)}", "$foreground"),
        (f"  lasts {rate.timecode(item.frames)}", tally.QUIET),
    ]
    begins = [_label("begins"), (look.scene.plan.axis.clock(item.start), "$foreground"), *_shifted(look, item)]
    marks = [
        f"{glyph} {rate.timecode(frame)}"
        for glyph, frame in zip((glyphs.MARK_IN, glyphs.MARK_OUT), look.marks, strict=True)
        if frame is not None
    ]
    if marks:
        begins.append((f"  marks {'  '.join(marks)}", "bold $primary"))
    return [parts, begins]


def _shifted(look: Look, item: Item) -> list[Part]:
    """Return how much later or earlier the entry airs with the staged edits than without them."""
    if look.base is None or not look.staged:
        return []
    was = look.base.start_of(item.row.id, item.round)
    if was is None:
        return [(f"  {glyphs.STAGED} new", "bold $tally-next")]
    by = item.start - was
    if not by:
        return [("  as before", tally.QUIET)]
    text = duration(abs(by), look.scene.plan.axis.rate.nominal)
    return [(f"  {glyphs.STAGED} {text} {'later' if by > 0 else 'earlier'}", "bold $tally-next")]


def _break(look: Look, item: Item | None) -> list[list[Part]]:
    block = look.scene.plan.break_of(item)
    if block is not None:
        return [_break_told("break", look, block)]
    coming = look.scene.plan.next_break(look.cursor)
    if coming is None:
        return [[_label("break"), ("no break after the cursor", tally.QUIET)]]
    away = duration(coming.start - look.cursor, look.scene.plan.axis.rate.nominal)
    return [[*_break_told("next", look, coming), (f"  in {away}", tally.QUIET)]]


def _break_told(label: str, look: Look, block: Break) -> list[Part]:
    plan, nominal = look.scene.plan, look.scene.plan.axis.rate.nominal
    count = formats.plural(block.end - block.first, "spot")
    parts = [
        _label(label),
        (f"{tally.SPOT_GLYPH} {block.name}", f"bold {tally.SPOT}"),
        (f"  {duration(block.frames, nominal)}, {count}", "$foreground"),
    ]
    if balance := against(look.scene, block):
        target = duration(look.scene.targets[block.name], nominal)
        style = "$tally-good" if balance == "on target" else "bold $tally-hold"
        parts += [(f"  of {target}: ", tally.QUIET), (balance, style)]
    parts.append((f"  at {plan.axis.clock(block.start)[:8]}", tally.QUIET))
    if look.chosen:
        parts.append((f"  [{look.chosen} chosen]", "bold $primary"))
    return parts


def _missing(look: Look, item: Item | None) -> list[list[Part]]:
    """Return lines about the entries before this one whose files are missing."""
    if item is None:
        return []
    gone = [each.row.title for each in look.scene.plan.missing(item.start, item.start + 1)]
    text = f"{glyphs.MISSING} {', '.join(map(formats.clean, gone))}: the file is missing, left out"
    return [[_label("before it"), (text, "bold $tally-missing")]] if gone else []


def _cue(look: Look) -> list[list[Part]]:
    """Return one or two lines about the break candidate nearest to the cursor: what, how good, where, and why."""
    if look.cue is None:
        waits = [_label("candidate"), ("the station still looks for candidates in this file", tally.QUIET)]
        return [] if look.analysed else [waits]
    cue, rate = look.cue.cue, look.scene.plan.axis.rate
    glyph, style = mark_of(cue)
    words = "" if cue.state == "found" else f"  {cue.state}"
    away = look.cue.frame - look.cursor
    where = f"  {duration(abs(away), rate.nominal)} {'later' if away > 0 else 'earlier'}" if away else ""
    parts = [
        _label("candidate"), (f"{glyph} {cue.kind} {cue.score:.2f}", style), (words, f"bold {tally.SPOT}"),
        (where or "  here", tally.QUIET if where else "bold $foreground"),
    ]  # fmt: skip
    why = formats.clean(cue.why or cue.title)
    if look.staged or not why:
        return [[*parts, (f"  {why}", tally.QUIET)]]
    return [parts, [_label(""), (why, tally.QUIET)]]


def _staged(look: Look, width: int) -> list[list[Part]]:
    if look.busy:
        return [[_label("staged"), ("asking the station …", "$tally-next")]]
    if look.staged:
        count = formats.plural(len(look.staged), "edit")
        state = "the station is lost: edits kept, not checked" if look.outdated else "w applies, u unstages, esc drops"
        rows: list[list[Part]] = [
            [_label("staged"), (f"{glyphs.STAGED} {count}", "bold $tally-next"), (f"  {state}", tally.QUIET)]
        ]
        rows += [[_label(""), (text, "$foreground")] for text in look.staged[-3:]]
        return rows
    if look.dropped:
        text = f"nothing; u brings back {formats.plural(look.dropped, 'edit')}"
        return [[_label("staged"), (text, "$tally-next")]]
    if look.receipt is not None:
        return _receipt(look, look.receipt)
    return [[_label("staged"), ("nothing: edits are checked here before they air", tally.QUIET)]]


def _receipt(look: Look, receipt: Receipt) -> list[list[Part]]:
    """Return lines about the last apply, until the rundown changes again."""
    if receipt.revision != look.scene.plan.revision:
        text = "nothing; the last edits are in the history (h)"
        return [[_label("staged"), (text, tally.QUIET)]]
    at = f", on air at {formats.wall_time(receipt.on_air_at)}" if receipt.on_air_at is not None else ""
    rows: list[list[Part]] = [
        [_label("applied"), (f"{glyphs.DONE} air list {receipt.generation}{at}", "bold $tally-good")]
    ]
    rows += [[_label(""), (formats.clean(change), "$foreground")] for change in receipt.changes[:3]]
    rows += [[_label(""), (f"! {formats.clean(warning)}", "$tally-hold")] for warning in receipt.warnings[:2]]
    return rows
