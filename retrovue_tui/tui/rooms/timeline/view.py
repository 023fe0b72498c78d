"""The widget that draws the timeline (rulers, lanes, cursor, playhead) and handles the mouse.

It keeps the drawn lanes of the visible part until they change. The cursor, the playhead and the note at the cursor are
drawn over them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from textual.message import Message
from textual.strip import Strip

from retrovue_tui.tui import keys
from retrovue_tui.tui.rooms.timeline.model import cue_lane, day_overview, lane_drawing
from retrovue_tui.tui.rooms.timeline.model.geometry import View, further, nearer
from retrovue_tui.tui.rooms.timeline.model.grid_lines import draw_grid
from retrovue_tui.tui.rooms.timeline.model.lanes import Drag, Heads, Note, lanes
from retrovue_tui.tui.text import glyphs
from retrovue_tui.tui.widgets.canvas import Row
from retrovue_tui.tui.widgets.row_view import RowView

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType

    from retrovue_tui.tui.rooms.timeline.model.lane_drawing import Scene
    from retrovue_tui.tui.rooms.timeline.model.line_plan import Break, Item

GUTTER: Final = 8
"""Columns at the left for the names of the lanes."""
WHEEL: Final = 8
"""Columns by which one step of the mouse wheel scrolls."""
NAMES: Final = {
    "clock": "CLOCK", "names": "ON AIR", "heads": "BREAKS", "cues": "CUES", "sound 0": "AUDIO", "ruler": "IN FILE",
    "day": "24 H",
}  # fmt: skip
NOTE_LINES: Final = 3
CURSOR_STYLE: Final = "bold $background on $primary"
LINE_STYLE: Final = "$primary"
AIR_STYLE: Final = "bold $tally-air"
LOCK_STYLE: Final = "$tally-hold"
CHOSEN_STYLE: Final = "bold underline $foreground on $primary 30%"
NOTES: Final = {
    "bad": ("bold $background on $tally-missing", glyphs.MISSING),
    "good": ("bold $background on $tally-good", glyphs.DONE),
    "plain": ("bold $background on $primary", glyphs.DOT),
}


class TimelineView(RowView, can_focus=True):
    """Draws a scene, and posts a message for each mouse action. It does not talk to the station."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.TIMELINE.bindings)

    @dataclass
    class FrameClicked(Message):
        """Sent on a click at a frame of the timeline. `lane`: the name of the lane. `twice`: it was a double click."""

        frame: int
        lane: str = ""
        twice: bool = False

    @dataclass
    class Dropped(Message):
        """Sent when a break or spot was dropped. `frame`: where it would begin. `over`: the frame under the mouse."""

        what: Break | Item
        frame: int
        over: int

    @dataclass
    class Moved(Message):
        """Sent when the view has changed by mouse or by a new size."""

        view: View

    def __init__(self) -> None:
        super().__init__(id="timeline")
        self._scene: Scene | None = None
        self._heads = Heads()
        self._note: Note | None = None
        self._drag: Drag | None = None
        self._rows: dict[str, Row] = {}
        self._words = "Waiting for the station …"

    # --- drawing --------------------------------------------------------------------------------------------------

    @property
    def columns(self) -> int:
        """The number of columns for frames."""
        return max(1, self.size.width - GUTTER)

    @property
    def dragging(self) -> bool:
        """Whether the mouse drags something."""
        return self._drag is not None

    def say(self, words: str) -> None:
        """Show a text instead of the timeline."""
        if words != self._words or self._scene is not None:
            self._words, self._scene = words, None
            self._rows.clear()
            self.refresh()

    def show(self, scene: Scene, heads: Heads, note: Note | None = None) -> None:
        """Draw a scene with the marks over it, and the note at the cursor. Repaint only if something visible has
        changed."""
        before, old = self._scene, self._heads
        if scene is not before:
            if before is None or scene != before:
                self._rows.clear()
            self._scene = scene
        elif heads == old and note == self._note:
            return
        same = bool(self._rows) and note == self._note and self._columns(heads) == self._columns(old)
        if heads.cursor != old.cursor:
            self._rows.pop("ruler", None)
        self._heads, self._note = heads, note
        if not (same and self._look(heads) == self._look(old)):
            self.refresh()

    def _columns(self, heads: Heads) -> tuple[int | None, ...]:
        view = self._scene.view if self._scene else None
        frames = (heads.cursor, heads.air, heads.lock, heads.mark_in, heads.mark_out, heads.waits)
        return tuple(None if each is None or view is None else view.column(each) for each in frames)

    def _look(self, heads: Heads) -> object:
        """Return everything drawn from the marks apart from their columns: the entry whose ruler is shown, and the
        selection."""
        item = self._scene.plan.at(heads.cursor) if self._scene else None
        return (item, heads.chosen)

    def on_resize(self) -> None:
        """Fit the view to the new width."""
        self._rows.clear()
        if self._scene is not None:
            self.post_message(self.Moved(self._scene.view.resized(self.columns)))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw line `y`: the lane's name, then the lane with the marks over it."""
        width, height = self.size
        rows = lanes(height)
        name = rows[y] if y < len(rows) else "gap"
        if self._scene is None:
            row = Row(width)
            if y == len(rows) // 2:
                row.text(2, width, self._words, lane_drawing.QUIET)
            return Strip(self.segments(row), width)
        row = self._lane(name, rows).copy()
        if name != "day":
            self._over(name, row)
        if self._note is not None:
            self._annotate(row, self._note, y - rows.index("cues" if "cues" in rows else "spots"))
        named = Segment(f"{NAMES.get(name, ''):<{GUTTER}}", self.style_of(lane_drawing.QUIET))
        return Strip([named, *self.segments(row)], width)

    def _lane(self, name: str, rows: tuple[str, ...]) -> Row:
        scene = self._scene
        assert scene is not None
        if name not in self._rows:
            if name in ("clock", "ticks"):
                self._rows["clock"], self._rows["ticks"] = lane_drawing.clock_rows(scene)
            elif name in ("names", "times"):
                self._rows["names"], self._rows["times"] = lane_drawing.programme_rows(scene)
            elif name in ("heads", "spots"):
                self._rows["heads"], self._rows["spots"] = lane_drawing.break_rows(scene)
            elif name == "cues":
                self._rows["cues"] = cue_lane.cue_row(scene)
            elif name == "ruler":
                self._rows["ruler"] = lane_drawing.programme_ruler(scene, scene.plan.at(self._heads.cursor))
            elif name == "day":
                return day_overview.day_row(scene, self._heads.air or 0, self._heads.cursor)
            elif name.startswith("sound"):
                height = sum(each.startswith("sound") for each in rows)
                for number, row in enumerate(lane_drawing.sound_rows(scene, height)):
                    self._rows[f"sound {number}"] = row
            else:
                self._rows[name] = Row(scene.view.width)
        return self._rows[name]

    def _over(self, name: str, row: Row) -> None:
        """Draw on a copy of a lane: selection, in and out marks, lock line, playhead, cursor, grid, and the dragged
        break or spot."""
        scene, heads = self._scene, self._heads
        assert scene is not None
        view = scene.view
        if name == "ticks":
            draw_grid(scene, name, row)
        if heads.chosen and name in ("times", "spots"):
            _shade(row, view.column(heads.chosen[0]), view.column(heads.chosen[1] - 1) + 1)
        for mark, glyph in ((heads.mark_in, glyphs.MARK_IN), (heads.mark_out, glyphs.MARK_OUT)):
            if mark is not None and name in ("ticks", "names"):
                row.put(view.column(mark), glyph, f"bold {LINE_STYLE}")
        on_ticks = name == "ticks"
        for frame, glyph, style in (
            (heads.lock, glyphs.LOCK_LINE, LOCK_STYLE),
            (heads.air, glyphs.AIR if on_ticks else glyphs.PLAYHEAD, AIR_STYLE),
            (heads.waits, glyphs.HOLD, LOCK_STYLE),
        ):
            column = -1 if frame is None else view.column(frame)
            if 0 <= column < row.width and (on_ticks or row.chars[column] == " "):
                row.put(column, glyph, _over_style(row.styles[column], style))
        self._cursor(name, row, view.column(heads.cursor))
        if name != "ticks":
            draw_grid(scene, name, row)
        if self._drag is not None and self._drag.moved:
            self._ghost(name, row, self._drag)

    def _cursor(self, name: str, row: Row, column: int) -> None:
        if not 0 <= column < row.width:
            return
        if name == "ticks":
            row.put(column, glyphs.CURSOR_HEAD, f"bold {LINE_STYLE}")
        elif name == "clock":
            return
        elif row.chars[column] in (" ", glyphs.SHADES[0]):
            row.put(column, glyphs.WALL, _over_style(row.styles[column], LINE_STYLE))
        else:
            char = row.chars[column] or " "
            row.put(column, char, CURSOR_STYLE)

    def _ghost(self, name: str, row: Row, drag: Drag) -> None:
        scene = self._scene
        assert scene is not None
        if name != "heads":
            return
        first = scene.view.column(drag.at)
        text = f"{glyphs.STAGED} {drag.label} {glyphs.RIGHT} {scene.plan.axis.clock(drag.at)} "
        first = max(0, min(first, row.width - len(text)))
        row.text(first, row.width, text, CURSOR_STYLE)

    def _annotate(self, row: Row, note: Note, number: int) -> None:
        """Draw line `number` (0-based) of the note at the cursor, if the note has that many lines."""
        assert self._scene is not None
        style, glyph = NOTES[note.kind]
        lines = wrap(f"{glyph} {note.text}", max(1, row.width - 2), max_lines=NOTE_LINES, placeholder="…")
        if 0 <= number < len(lines):
            width = max(map(len, lines))
            first = max(0, min(self._scene.view.column(self._heads.cursor) + 1, row.width - width - 2))
            row.text(first, row.width, f" {lines[number]:<{width}} ", style)

    # --- mouse ----------------------------------------------------------------------------------------------------

    def _frame_at(self, x: int) -> int | None:
        if self._scene is None or x < GUTTER:
            return None
        return self._scene.view.frame(x - GUTTER)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Start to drag the break or spot under the mouse; if there is none, move the cursor there."""
        x, y = event.get_content_offset_capture(self)
        frame, scene = self._frame_at(x), self._scene
        if frame is None or scene is None or event.button != 1:
            return
        rows = lanes(self.size.height)
        name = rows[y] if 0 <= y < len(rows) else ""
        if name == "day":
            self.post_message(self.FrameClicked(day_overview.day_frame(scene, x - GUTTER), name))
            return
        if name in ("heads", "spots") and (drag := self._hold(scene, frame, single=name == "spots")):
            self._drag = drag
            self.capture_mouse()
            return
        self.post_message(self.FrameClicked(frame, name))

    def _hold(self, scene: Scene, frame: int, *, single: bool) -> Drag | None:
        item = next(
            (each for each in scene.plan.items(frame, frame + scene.view.step) if each.is_spot and each.index >= 0),
            None,
        )
        block = scene.plan.break_of(item)
        if item is None or block is None:
            return None
        alone = single and block.end - block.first > 1 and item.frames >= 3 * scene.view.step
        what = item if alone else block
        return Drag(what, max(0, frame - what.start), what.start)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Move the dragged break or spot."""
        drag, scene = self._drag, self._scene
        if drag is None or scene is None:
            return
        x = event.get_content_offset_capture(self).x
        at = scene.view.frame(x - GUTTER) - drag.grip // scene.view.step * scene.view.step
        moved = drag.moved or abs(at - drag.what.start) >= scene.view.step
        if (at, moved) != (drag.at, drag.moved):
            self._drag = replace(drag, at=at, moved=moved)
            self.refresh()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Drop the dragged break or spot; if the mouse has not moved, move the cursor there."""
        drag, scene = self._drag, self._scene
        self.let_go()
        if drag is None or scene is None:
            return
        over = scene.view.frame(event.get_content_offset_capture(self).x - GUTTER)
        self.post_message(self.Dropped(drag.what, drag.at, over) if drag.moved else self.FrameClicked(over))

    def let_go(self) -> None:
        """Stop dragging without a change."""
        if self._drag is not None:
            self._drag = None
            self.release_mouse()
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Post a double click: it opens the break or spot under the mouse."""
        x, y = event.get_content_offset_capture(self)
        frame, rows = self._frame_at(x), lanes(self.size.height)
        if frame is not None and event.chain == 2 and 0 <= y < len(rows) and rows[y] != "day":
            self.post_message(self.FrameClicked(frame, rows[y], twice=True))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll to later times; with ctrl, zoom out."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll to earlier times; with ctrl, zoom in."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, turn: int) -> None:
        scene = self._scene
        if scene is None:
            return
        event.stop()
        if event.ctrl:
            zoom = further if turn > 0 else nearer
            about = self._frame_at(event.x) or self._heads.cursor
            self.post_message(self.Moved(scene.view.zoomed(zoom(scene.view.step, scene.plan.axis.rate), about)))
        else:
            self.post_message(self.Moved(scene.view.scrolled(turn * WHEEL)))


def _shade(row: Row, first: int, end: int) -> None:
    """Highlight the non-empty cells [first, end) of a row as selected."""
    for column in range(max(0, first), min(row.width, end)):
        if row.styles[column]:
            row.styles[column] = CHOSEN_STYLE


def _over_style(below: str, style: str) -> str:
    """Return a style with the foreground of `style` and the background of `below`."""
    _, on, ground = below.partition(" on ")
    return f"{style} on {ground}" if on else style
