"""The dialog of the timeline with the history of edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from retrovue_tui.errors import RetrovueError
from retrovue_tui.tui.keys.timeline import STEPS
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.content import Content

    from retrovue_tui.protocol.answers.rundown import HistoryRow

MOST_STEPS = 14
"""How many steps of the history are listed: the newest ones."""


class StepList(Sheet):
    """Lists the staged steps, then the steps of the station's history, the newest first."""

    def __init__(self) -> None:
        super().__init__(id="steps")
        self._staged: Sequence[str] = ()
        self._steps: Sequence[HistoryRow] = ()
        self._said = "Asking the station …"

    def show(self, staged: Sequence[str], steps: Sequence[HistoryRow], said: str) -> None:
        """Draw the steps. `said`: a message below them, for example an error; empty: none."""
        self._staged, self._steps, self._said = staged, steps, said
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return the dialog's lines; while the history loads, one line that says so."""
        rows = [
            line((formats.fit(f"{glyphs.STAGED} staged    {label}", width), "bold $tally-next"))
            for label in reversed(self._staged)
        ]
        for step in self._steps[::-1][:MOST_STEPS]:
            when = formats.wall_time(step.at) if step.at is not None else f"{'':8}"
            mark, style = (f"{glyphs.UNMARKED} undone", tally.QUIET) if step.undone else (f"{glyphs.DONE} done", "")
            rows.append(line((formats.fit(f"{mark:<8}  {when}  {step.label}", width), style)))
        if not rows and not self._said:
            rows.append(line(("Nothing has been edited yet.", tally.QUIET)))
        if self._said:
            rows.append(line((formats.fit(self._said, width), "bold $tally-hold")))
        return rows


class StepsScreen(ModalScreen[None]):
    """Lists the history of edits; keys undo and redo them. `read` returns the labels of the staged steps and the
    station's history. `turn` undoes or redoes one step, and returns the result in words."""

    BINDINGS: ClassVar[list[BindingType]] = list(STEPS.bindings)

    def __init__(
        self,
        title: str,
        read: Callable[[], Awaitable[tuple[Sequence[str], Sequence[HistoryRow]]]],
        turn: Callable[[str], Awaitable[str]],
    ) -> None:
        super().__init__(classes="over-timeline")
        self._title, self._read, self._turn = title, read, turn
        self._list = StepList()

    def compose(self) -> ComposeResult:
        """Yield the list, and the keys below it."""
        with Vertical(id="popup") as box:
            box.border_title = self._title
            yield self._list
            yield Static("u undo · ctrl+r redo · esc close", id="hint", markup=False)

    def on_mount(self) -> None:
        """Start to fetch the history."""
        start_worker(self, self._look, "", group="steps", exclusive=True)

    def action_step(self, way: str) -> None:
        """Undo or redo (`way`) one step, then fetch the history again."""
        start_worker(self, self._step, way, group="steps")

    async def _step(self, way: str) -> None:
        await self._look(await self._turn(way))

    async def _look(self, said: str) -> None:
        try:
            staged, steps = await self._read()
        except (RetrovueError, OSError, ValueError) as error:
            staged, steps, said = (), (), formats.clean(str(error) or type(error).__name__)
        self._list.show(staged, steps, said)
