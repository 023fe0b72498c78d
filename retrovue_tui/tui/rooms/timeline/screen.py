"""The timeline room: combines its keys with its mouse actions and `esc`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on

from retrovue_tui.tui import keys
from retrovue_tui.tui.keys.pane import unshown
from retrovue_tui.tui.rooms.timeline.editing import EditActions
from retrovue_tui.tui.rooms.timeline.model import edit_requests
from retrovue_tui.tui.rooms.timeline.model.cues import clicked_cue
from retrovue_tui.tui.rooms.timeline.model.cursor import SNAP_COLUMNS
from retrovue_tui.tui.rooms.timeline.model.line_plan import Break
from retrovue_tui.tui.rooms.timeline.reviewing import ReviewActions
from retrovue_tui.tui.rooms.timeline.view import TimelineView
from retrovue_tui.tui.text import formats

if TYPE_CHECKING:
    from textual.binding import BindingType

    from retrovue_tui.tui.rooms.timeline.model.board import Board
    from retrovue_tui.tui.rooms.timeline.model.line_plan import LinePlan
    from retrovue_tui.tui.rooms.timeline.model.staging import StagedStep


class TimelineScreen(EditActions, ReviewActions):
    """Handles the mouse and `esc`; the two base classes have the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.AIR.bindings, *unshown(keys.EVERYWHERE)]

    @on(TimelineView.FrameClicked)
    def _pointed(self, message: TimelineView.FrameClicked) -> None:
        board, frame = self.ready, message.frame
        if board is not None and board.snap and board.view is not None and message.lane != "day":
            reach = SNAP_COLUMNS if message.lane == "cues" else 0
            found = clicked_cue(_plan(board), board.view, self._facts, frame, reach)
            frame = frame if found is None else found
        self.go(frame)
        if message.twice:
            self.action_open()

    @on(TimelineView.Moved)
    def _moved(self, message: TimelineView.Moved) -> None:
        if board := self.ready:
            board.view = message.view
            self.draw()

    @on(TimelineView.Dropped)
    def _dropped(self, message: TimelineView.Dropped) -> None:
        board, what = self.ready, message.what
        if board is None:
            return
        if isinstance(what, Break):
            frame = self._drawn_to(board, what, message.frame)
            self.stage(board, lambda: edit_requests.place_break(_plan(board), what, frame), lambda: what.name)
            return

        def reordered() -> StagedStep:
            other = _plan(board).at(message.over)
            if other is None or not other.is_spot or other.index < 0 or other.row.id == what.row.id:
                raise edit_requests.CannotEdit("a spot moves among spots; drop it on another one")
            return edit_requests.reorder(what, other, after=message.over > what.start)

        self.stage(board, reordered, lambda: what.row.id)

    def _drawn_to(self, board: Board, block: Break, frame: int) -> int:
        """Return the frame at which a break begins if it is dropped at `frame`, after snapping. Removing the break from
        its old place moves everything after it forward by its length."""
        plan = _plan(board)
        besides = [item.row.id for item in plan.spots(block)]
        there = frame if frame < block.start else frame + block.frames
        near = board.near(there, self._facts, besides)
        return near if near <= block.start else max(block.start, near - block.frames)

    def back(self) -> bool:
        """Release the break or spot that the mouse drags; if there is none, drop the staged edits; or stop the running
        cursor; or clear selection and marks. Returns False if there was nothing to do."""
        board = self.ready
        if board is None:
            return False
        if self._line_view.dragging:
            self._line_view.let_go()
        elif board.staging:
            count = board.staging.drop()
            board.lay_out(self.now)
            self.go(board.cursor)
            self.say(board, f"dropped {formats.plural(count, 'staged edit')}; u brings it back")
        elif board.speed:
            self.action_pause()
        elif board.chosen is not None or board.mark_in is not None or board.mark_out is not None:
            board.chosen = board.mark_in = board.mark_out = None
            self.draw()
        else:
            return False
        return True


def _plan(board: Board) -> LinePlan:
    assert board.shown is not None
    return board.shown
