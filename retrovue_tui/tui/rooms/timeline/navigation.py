"""The timeline's keys that move the cursor and the view. None of them changes a rundown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVarTuple

from retrovue_tui.tui.dialogs.prompt import PromptScreen
from retrovue_tui.tui.rooms.timeline.board_screen import BoardScreen
from retrovue_tui.tui.rooms.timeline.model import cursor as moves
from retrovue_tui.tui.rooms.timeline.model.cues import cue_in
from retrovue_tui.tui.rooms.timeline.model.edit_requests import CannotEdit
from retrovue_tui.tui.rooms.timeline.model.geometry import PlaceError, further, nearer, place_of
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from textual.timer import Timer

    from retrovue_tui.tui.rooms.timeline.model.board import Board

Arguments = TypeVarTuple("Arguments")

RUN_S: Final = 1 / 15
"""How often a running cursor moves (s)."""
GOTO_HINTS: Final = {
    "": "20:15, 20:15:00;12, +1:30, -12f, or @00:12:30 in the programme",
    "+": "forward by: 90 (seconds), 1:30, 00:01:30;00 or 12f (frames)",
    "-": "back by: 90 (seconds), 1:30, 00:01:30;00 or 12f (frames)",
}


class NavigationActions(BoardScreen):
    """The actions that move the cursor and the view."""

    cue_jobs = 0
    """How many jobs of the keys that go to candidates or review them are not finished."""
    _run_from: tuple[float, int] = (0.0, 0)
    _runner: Timer | None = None

    def go(self, frame: int | None, otherwise: str = "") -> None:
        """Stop the running cursor and move the cursor to a frame. If `frame` is None, show the note `otherwise`
        instead."""
        board = self.ready
        if board is None:
            return
        if frame is None:
            self.say(board, otherwise)
            return
        self._stop_running(board)
        board.go(frame)
        self.draw()

    # --- steps ------------------------------------------------------------------------------------------------------

    def action_step(self, by: int) -> None:
        """Move the cursor by `by` frames."""
        if board := self.ready:
            self.go(board.cursor + by)

    def action_step_seconds(self, by: int) -> None:
        """Move the cursor by `by` seconds."""
        if board := self.ready:
            self.go(board.cursor + by * board.axis.rate.nominal)

    def action_step_page(self, by: int) -> None:
        """Move the cursor and the view by half a view (`by`: 1 or -1)."""
        if (board := self.ready) and board.view:
            board.view = board.view.scrolled(by * board.view.width // 2)
            self.go(board.cursor + by * (board.view.width // 2) * board.view.step)

    def action_edge(self, way: int) -> None:
        """Go to the next edit point (`way` 1), or to the one before the cursor (-1)."""
        if (board := self.ready) and (plan := board.shown):
            edge = plan.next_edge(board.cursor) if way > 0 else plan.previous_edge(board.cursor)
            self.go(edge, f"there is no edit point {'after' if way > 0 else 'before'} the cursor")

    def action_start(self) -> None:
        """Go to the start of the present pass (round) through the rundown."""
        if (board := self.ready) and board.shown:
            self.go(board.shown.base)

    def action_end(self) -> None:
        """Go to the last frame of the present pass (round) through the rundown."""
        if (board := self.ready) and board.shown:
            self.go(board.shown.round_end - 1)

    def action_air(self) -> None:
        """Go to the frame on air; while the channel shows the slate, to the frame at which the rundown will
        continue."""
        if board := self.ready:
            waits = self.chosen is not None and self.chosen.state != "on_air"
            self.go(board.axis.frame(board.taken_at if waits else self.now))

    def action_go_break(self, way: int) -> None:
        """Go to the next break (`way` 1), or to the one before the cursor (-1)."""
        if (board := self.ready) and (plan := board.shown):
            block = plan.next_break(board.cursor) if way > 0 else plan.previous_break(board.cursor)
            self.go(block.start if block else None, f"there is no break {'after' if way > 0 else 'before'} the cursor")

    def action_go_cue(self, way: int) -> None:
        """Go to the next break candidate (`way` 1), or to the one before the cursor (-1)."""
        board = self.ready
        if board is None:
            return
        found = None if self.cue_jobs else self._known_cue(board, way)
        if found is not None:
            self.go(found)
        else:
            self.start_cue_job(self._go_cue, board, way)

    def _known_cue(self, board: Board, way: int) -> int | None:
        """Return the frame of the next candidate (`way` 1), or of the last one (-1); None if there is none, or if the
        station has to be asked."""
        assert board.shown is not None
        for item in moves.items_from(board.shown, board.cursor, way):
            if not item.is_spot:
                if self.is_stale(item.row.file):
                    return None
                found = cue_in(item, self._facts[item.row.file], board.cursor, way)
                if found is not None:
                    return found
        return None

    def start_cue_job(self, work: Callable[[*Arguments], Coroutine[Any, Any, None]], *arguments: *Arguments) -> None:
        """Run `work(*arguments)` after the other jobs of the keys that go to candidates or review them, so that they
        take effect in the order of typing."""
        self.cue_jobs += 1
        start_worker(self, self._cue_job, work, arguments, group="cues")

    async def _cue_job(
        self, work: Callable[[*Arguments], Coroutine[Any, Any, None]], arguments: tuple[*Arguments]
    ) -> None:
        try:
            async with self._cue_turn:
                await work(*arguments)
        finally:
            self.cue_jobs -= 1

    async def _go_cue(self, board: Board, way: int) -> None:
        found = await self.cue_from(board, board.cursor, way)
        if board is self.board:
            self.go(found, f"no break candidate is known {'after' if way > 0 else 'before'} the cursor")

    async def cue_from(self, board: Board, frame: int, way: int, *, usable: bool = False) -> int | None:
        """Return the frame of the next break candidate in a programme after a frame (`way` 1), or of the last one
        before it (-1). None if there is none. `usable`: pass over rejected ones."""
        assert board.shown is not None
        for item in moves.items_from(board.shown, frame, way):
            if not item.is_spot:
                found = cue_in(item, await self.inside(item.row.file), frame, way, usable=usable)
                if found is not None:
                    return found
        return None

    # --- going to a typed place ---------------------------------------------------------------------------------------

    def action_goto(self, sign: str) -> None:
        """Ask for a time, and go there. `sign`: the text in the field at the start, like `+`."""
        board = self.ready
        if board is None:
            return

        def read(text: str) -> int:
            item = board.item
            programme = item.start - item.row.in_frame if item else None
            written = text.strip() if text.strip()[:1] in ("+", "-", "@") else sign + text.strip()
            if written in ("", "+", "-"):
                raise PlaceError(f"write a time: {GOTO_HINTS[sign]}")
            return place_of(written, board.axis, board.cursor, programme)

        def gone(text: str | None) -> None:
            if text is not None and board is self.board:
                self.go(read(text))

        title = {"": "Go to", "+": "Go on by", "-": "Go back by"}[sign]
        self.app.push_screen(PromptScreen(title, GOTO_HINTS[sign], read), gone)

    def action_find(self) -> None:
        """Ask for words, and go to the next entry with these words in its title."""
        board = self.ready
        if board is None:
            return

        def read(text: str) -> int:
            assert board.shown is not None
            item = moves.finding(board.shown, text, board.cursor)
            if item is None:
                raise PlaceError(f"no title has {text!r}" if text.strip() else "type words of a title")
            return item.start

        def gone(text: str | None) -> None:
            if text is not None and board is self.board:
                board.search = text.strip()
                self.go(read(text))

        hint = "words of a title; enter goes to the next entry with these words"
        self.app.push_screen(PromptScreen("Find", hint, read, board.search), gone)

    # --- running cursor ---------------------------------------------------------------------------------------------

    def action_shuttle(self, way: int) -> None:
        """Run the cursor forward (`way` 1) or backward (-1). Each further press doubles the speed."""
        if board := self.ready:
            board.speed = moves.faster(board.speed, way)
            self._run_from = self._clock(), board.cursor
            if self._runner is None:
                self._runner = self.set_interval(RUN_S, self._run)
            self.draw()

    def action_pause(self) -> None:
        """Stop the running cursor."""
        if board := self.ready:
            self._stop_running(board)
            self.draw()

    def _run(self) -> None:
        board = self.ready
        if board is None or not board.speed:
            return
        since, begun = self._run_from
        frame = begun + board.axis.frames((self._clock() - since) * board.speed)
        if frame != board.cursor:
            board.go(frame)
            if board.cursor != frame:  # the end of the plan
                self._stop_running(board)
            self.draw()

    def _stop_running(self, board: Board) -> None:
        board.speed = 0
        if self._runner is not None:
            self._runner.stop()
            self._runner = None

    # --- view and selection -----------------------------------------------------------------------------------------

    def action_zoom(self, way: int) -> None:
        """Zoom out (`way` 1) or in (-1)."""
        if (board := self.ready) and board.view:
            step = (further if way > 0 else nearer)(board.view.step, board.axis.rate)
            board.view = board.view.zoomed(step, board.cursor).showing(board.cursor)
            self.draw()

    def action_fit(self) -> None:
        """Show the whole present pass (round) through the rundown; if it is shown already, the whole day."""
        if (board := self.ready) and board.view and board.shown:
            board.view = moves.whole(board.shown, board.view)
            self.draw()

    def action_snap(self) -> None:
        """Switch snapping on or off."""
        if board := self.ready:
            board.snap = not board.snap
            self.say(board, f"snap {'on' if board.snap else 'off'}")

    def action_preview(self) -> None:
        """Show or hide the pictures."""
        self.toggle_class("-blind")
        self._frames.forget_failures()
        self.draw()

    def action_copy_timecode(self) -> None:
        """Copy the timecode at the cursor."""
        if board := self.ready:
            text = board.axis.clock(board.cursor)
            self.app.copy_to_clipboard(text)
            self.say(board, f"copied {text}", "good")

    def action_select(self) -> None:
        """Select the break under the cursor; pressed again, its spot; then nothing."""
        if (board := self.ready) and board.shown:
            board.chosen = moves.choosing(board.shown, board.cursor, board.chosen)
            self.draw()

    def action_mark(self, which: str) -> None:
        """Set the in or out mark (`which`) at the cursor."""
        if board := self.ready:
            try:
                board.mark(which)
            except CannotEdit as error:
                self.say(board, error.message, "bad")
            self.draw()

    def action_clear_marks(self) -> None:
        """Clear the in and out marks."""
        if board := self.ready:
            board.mark_in = board.mark_out = None
            self.say(board, "marks cleared")
