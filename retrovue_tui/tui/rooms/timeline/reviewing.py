"""The timeline's keys that review break candidates: accept, reject, move, take back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.client import Refused
from retrovue_tui.tui.rooms.timeline.model.cue_review import review_at
from retrovue_tui.tui.rooms.timeline.model.edit_requests import CannotEdit
from retrovue_tui.tui.rooms.timeline.navigation import NavigationActions
from retrovue_tui.tui.text import formats

if TYPE_CHECKING:
    from retrovue_tui.break_candidate import ReviewDecision
    from retrovue_tui.tui.rooms.timeline.model.board import Board
    from retrovue_tui.tui.rooms.timeline.model.cue_review import CueReview

_DONE: Final = {"accept": "accepted", "reject": "rejected", "move": "moved", "forget": "its decision is taken back"}


class ReviewActions(NavigationActions):
    """Sends the operator's decisions about break candidates to the station. They take effect at once: they are no edits
    of the rundown, so nothing is staged."""

    def action_review(self, decision: ReviewDecision) -> None:
        """Accept or reject the candidate at the cursor, move the nearest one to it, or take the decision back."""
        if board := self.ready:
            frame = None if self.cue_jobs else board.cursor
            self.start_cue_job(self._review, board, decision, frame)

    def action_cut_pictures(self) -> None:
        """Show the frames on both sides of a break at the cursor, or only the frame at the cursor."""
        self.toggle_class("-cut")
        self.remove_class("-blind")
        self.call_after_refresh(self.draw)

    async def _review(self, board: Board, decision: ReviewDecision, frame: int | None) -> None:
        """Send a decision about the candidate at a frame of the timeline; None: at the cursor, wherever the keys before
        have moved it."""
        frame = board.cursor if frame is None else frame
        item = board.shown.at(frame) if board.shown else None
        if item is not None and not item.is_spot:
            await self.inside(item.row.file)
        try:
            assert board.shown is not None
            assert board.view is not None
            review = review_at(board.shown, board.view, self._facts, frame, decision)
            self.know(await self._line.review_break(review.file, review.frame, review.decision, review.to))
        except (CannotEdit, Refused) as error:
            self.say(board, error.message, "bad")
        except (RetrovueError, OSError, ValueError) as error:
            reason = formats.clean(str(error) or type(error).__name__).rstrip(".")
            self.say(board, f"{reason}. Whether it was stored is not known", "bad")
        else:
            self._tell_review(board, review, frame)

    def _tell_review(self, board: Board, review: CueReview, frame: int) -> None:
        """Say at the cursor what was decided. If the cursor is still where the key was pressed, move it to the
        candidate."""
        if board is self.board and board.cursor == frame:
            board.go(review.at)
        timecode = board.axis.rate.timecode
        to = "" if review.to is None else f" to {timecode(review.to)}"
        self.say(board, f"break candidate {timecode(review.frame)}: {_DONE[review.decision]}{to}", "good")
