"""The timeline's keys that stage edits and apply them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.client import Refused
from retrovue_tui.tui import command_dispatch
from retrovue_tui.tui.rooms.timeline.model import edit_requests
from retrovue_tui.tui.rooms.timeline.model.cursor import Mark
from retrovue_tui.tui.rooms.timeline.model.edit_requests import CannotEdit
from retrovue_tui.tui.rooms.timeline.model.staging import StagedStep
from retrovue_tui.tui.rooms.timeline.navigation import NavigationActions
from retrovue_tui.tui.rooms.timeline.popups import StepsScreen
from retrovue_tui.tui.rooms.timeline.spot_picker import PickerScreen, SpotChoice
from retrovue_tui.tui.text import formats, glyphs
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrovue_tui.protocol.answers.rundown import HistoryRow
    from retrovue_tui.tui.rooms.timeline.model.board import Board
    from retrovue_tui.tui.rooms.timeline.model.line_plan import Break, Item, LinePlan
    from retrovue_tui.tui.rooms.timeline.model.staging import StagingOutcome


class EditActions(NavigationActions):
    """Stages edits: the station checks each edit in a dry run. `apply` sends all staged edits to the station as one
    change."""

    def stage(self, board: Board, make: Callable[[], StagedStep], follow: Callable[[], str] = str) -> None:
        """Stage the edit that `make` returns; it is made after all earlier edits, and on their result. `follow` returns
        a break's name or an entry's id before the edit; the cursor then moves to the start of that break or entry.
        Empty: the cursor stays."""
        start_worker(self, self._stage, board, make, follow, group="edits")

    async def _stage(self, board: Board, make: Callable[[], StagedStep], follow: Callable[[], str]) -> None:
        async with board.turn:
            try:
                name, step = follow(), make()
            except CannotEdit as error:
                self.say(board, error.message, "bad")
                return
            self.draw()
            outcome = await board.staging.add(step)
            board.lay_out(self.now)
            if outcome.done:
                board.turned_back = 0
                self._go_along(board, name)
        self._tell(board, outcome)

    def _go_along(self, board: Board, name: str) -> None:
        plan = board.shown
        if not name or plan is None:
            board.go(board.cursor)
            return
        here = plan.at(board.cursor)
        block = plan.break_named(name, here.round if here and here.round > 0 else 0)
        start = block.start if block and block.name == name else plan.start_of(name)
        board.go(board.cursor if start is None else start)

    def _tell(self, board: Board, outcome: StagingOutcome) -> None:
        self.say(board, outcome.text, "plain" if outcome.done else "bad")
        self.draw()

    def _about(
        self, make: Callable[[Board, LinePlan], StagedStep], follow: Callable[[Board], str] = lambda _: ""
    ) -> None:
        """Stage the edit that `make` returns for the board and its plan. `follow`: as for `stage`."""
        if board := self.ready:
            self.stage(board, lambda: make(board, _plan(board)), lambda: follow(board))

    # --- breaks -----------------------------------------------------------------------------------------------------

    def action_add_break(self) -> None:
        """Ask for the spots of a break, then stage the break at the cursor."""
        board = self.ready
        if board is None:
            return
        try:
            edit_requests.insert_break(_plan(board), board.cursor)
        except CannotEdit as error:
            self.say(board, error.message, "bad")
            self.keep_typed()
            return
        item = board.item
        assert item is not None
        place = Mark.at(item, board.cursor)

        def picked(spots: SpotChoice | None) -> None:
            if spots is not None:
                self.stage(board, lambda: self._break_at(board, place, spots))

        at = board.axis.rate.timecode(place.asset)
        self.app.push_screen(PickerScreen(f"Break in {item.row.title} at {at}", self._line, board.axis.rate), picked)

    @staticmethod
    def _break_at(board: Board, place: Mark, spots: SpotChoice) -> StagedStep:
        plan = _plan(board)
        frame = place.frame(plan)
        if frame is None:
            raise CannotEdit("the frame that was chosen is not in the rundown any more")
        return edit_requests.insert_break(plan, frame, spots=spots.files, seconds=spots.seconds)

    def action_open(self) -> None:
        """Ask for spots, then stage them in place of the break's spots, or in place of the selected spot."""
        board = self.ready
        if board is None:
            return
        try:
            item, whole = board.aim()
            block = board.block()
        except CannotEdit as error:
            self.say(board, error.message, "bad")
            self.keep_typed()
            return
        target = board.staging.targets.get(block.name)
        frames = board.axis.frames(target) if target else block.frames
        spot = item if whole is None and item.is_spot else None
        title = f"Instead of {spot.row.title}" if spot else f"Break {block.name}"

        def picked(spots: SpotChoice | None) -> None:
            if spots is not None:
                self.stage(board, lambda: _filled(_plan(board), block, spot, spots), lambda: block.name)

        self.app.push_screen(PickerScreen(title, self._line, board.axis.rate, frames), picked)

    def action_nudge(self, by: int) -> None:
        """Move the break under the cursor by `by` frames."""
        self._about(lambda board, plan: edit_requests.nudge(plan, board.block(), by), _block_name)

    def action_nudge_seconds(self, by: int) -> None:
        """Move the break under the cursor by `by` seconds."""
        self._about(
            lambda board, plan: edit_requests.nudge(plan, board.block(), by * board.axis.rate.nominal), _block_name
        )

    def action_nudge_cue(self, way: int) -> None:
        """Move the break under the cursor to the next (`way` 1) or previous (-1) break candidate."""
        if board := self.ready:
            start_worker(self, self._nudge_cue, board, way, group="edits")

    async def _nudge_cue(self, board: Board, way: int) -> None:
        try:
            block = board.block()
        except CannotEdit as error:
            self.say(board, error.message, "bad")
            return
        cue = await self.cue_from(board, block.stop if way > 0 else block.start, way, usable=True)
        if cue is None:
            self.say(board, f"no break candidate is known {'after' if way > 0 else 'before'} this break", "bad")
            return
        frame = cue - block.frames if way > 0 else cue  # everything after the break moves forward by its length
        await self._stage(board, lambda: edit_requests.place_break(_plan(board), block, frame), lambda: block.name)

    # --- entries ----------------------------------------------------------------------------------------------------

    def action_shift(self, by: int) -> None:
        """Move the selected spot, or the segment under the cursor, one place later (`by` 1) or earlier (-1)."""
        self._about(
            lambda board, plan: edit_requests.shift(plan, self._single(board), by),
            lambda board: self._single(board).row.id,
        )

    @staticmethod
    def _single(board: Board) -> Item:
        item = board.aim()[0]
        return (board.item or item) if board.chosen is None else item

    def action_trim(self) -> None:
        """Trim the entry to the marked in and out points."""
        self._about(lambda board, plan: _trimmed(board, plan))

    def action_split(self) -> None:
        """Split the segment under the cursor; the second part begins with the cursor's frame."""
        self._about(lambda board, plan: edit_requests.split(plan, board.cursor))

    def action_lift(self) -> None:
        """Remove the selection and fill its time with spots from the pool, so that later entries keep their times."""
        self._about(lambda board, plan: edit_requests.lift(*board.aim(), board.cursor))

    def action_remove(self) -> None:
        """Remove the selection; later entries air earlier."""
        self._about(lambda board, plan: edit_requests.remove(*board.aim()))

    # --- applying ---------------------------------------------------------------------------------------------------

    def action_apply(self) -> None:
        """Send all staged edits to the station as one change."""
        if board := self.ready:
            start_worker(self, self._apply, board, group="edits")

    async def _apply(self, board: Board) -> None:
        # Take the channel's lock before the board's lock, so that a later command cannot overtake this one.
        async with self.turns.of(board.staging.channel_id), board.turn:
            if not board.staging:
                self.say(board, "nothing is staged; press b to add a break here")
                return
            self.draw()
            outcome = await board.staging.apply()
            if outcome.done:
                board.applied = outcome.receipt
            await self.fetch(board)
            board.lay_out(self.now)
        if not outcome.done or outcome.receipt is None:
            self.say(board, outcome.text, "bad")
            return
        self.say(board, f"applied: {command_dispatch.receipt_text(outcome.receipt).splitlines()[0]}", "good")

    def action_undo(self) -> None:
        """Unstage the last step; if nothing is staged, undo the last edit of the rundown."""
        if board := self.ready:
            start_worker(self, self._turn_back, board, "undo", group="edits")

    def action_redo(self) -> None:
        """Stage the last unstaged step again; if there is none, redo the last undone edit of the rundown."""
        if board := self.ready:
            start_worker(self, self._turn_back, board, "redo", group="edits")

    async def _turn_back(self, board: Board, way: str) -> str:
        text, done = await self._turned(board, way)
        self.say(board, text, "plain" if done else "bad")
        return text

    async def _turned(self, board: Board, way: str) -> tuple[str, bool]:
        async with self.turns.of(board.staging.channel_id), board.turn:
            staging = board.staging
            if (staging.steps or staging.dropped) if way == "undo" else staging.undone and not board.turned_back:
                outcome = await (staging.undo() if way == "undo" else staging.redo())
                board.lay_out(self.now)
                board.go(board.cursor)
                return outcome.text, outcome.done
            try:
                receipt = await self._line.command(staging.channel_id, way)
            except Refused as error:
                return error.message, False
            except (RetrovueError, OSError, ValueError) as error:
                reason = formats.clean(str(error) or type(error).__name__).rstrip(".")
                return f"{reason}. Whether it was carried out is not known", False
            if receipt.accepted:
                board.turned_back = max(0, board.turned_back + (1 if way == "undo" else -1))
            await self.fetch(board)
            board.lay_out(self.now)
            return (
                f"{way}: {f' {glyphs.DOT} '.join(command_dispatch.receipt_text(receipt).splitlines())}",
                receipt.accepted,
            )

    def action_history(self) -> None:
        """Open the list of the edits that can be undone and redone."""
        board, channel = self.ready, self.chosen
        if board is None or channel is None:
            return

        async def read() -> tuple[Sequence[str], Sequence[HistoryRow]]:
            history = await self._line.history(channel.id)
            return [step.label for step in board.staging.steps], history.steps

        async def turn(way: str) -> str:
            return await self._turn_back(board, way)

        self.app.push_screen(StepsScreen(f"Edits of {channel.name}", read, turn))


def _plan(board: Board) -> LinePlan:
    assert board.shown is not None
    return board.shown


def _block_name(board: Board) -> str:
    return board.block().name


def _filled(plan: LinePlan, block: Break, spot: Item | None, picked: SpotChoice) -> StagedStep:
    """Return the step that puts the picked spots in the place of one spot, or of all spots of a break (`spot` is
    None)."""
    if picked.seconds is not None:
        return edit_requests.fill(block, picked.seconds)
    if spot is None:
        return edit_requests.refill(block, picked.files)
    first, *more = picked.files
    replaced = edit_requests.replace_spot(spot, first)
    if not more:
        return replaced
    added = edit_requests.add_spots(plan, spot, more)
    return StagedStep(f"{replaced.label}, {added.label}", (*replaced.edits, *added.edits))


def _trimmed(board: Board, plan: LinePlan) -> StagedStep:
    mark = board.mark_in or board.mark_out
    if mark is None or (index := plan.index_of.get(mark.entry)) is None:
        raise CannotEdit("mark in (i) or out (o) on it first")
    first = board.mark_in.asset if board.mark_in else None
    end = board.mark_out.asset + 1 if board.mark_out else None
    return edit_requests.trim(plan, plan.item(index, mark.round), first, end)
