"""Dialogs of the timeline: a field for a time or a title, and the history of edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from retrovue_tui.errors import RetrovueError
from retrovue_tui.tui.dialogs.text_entry import EntryLine, TextEntryScreen
from retrovue_tui.tui.keys.timeline import PROMPT, STEPS
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.content import Content

    from retrovue_tui.protocol.rundown import HistoryRow

MOST_STEPS = 14
"""The most steps of the history that are listed; the newest are."""


class PromptScreen(TextEntryScreen[str | None]):
    """A dialog with an input field. The result is the text, once it is valid."""

    BINDINGS: ClassVar[list[BindingType]] = list(PROMPT.bindings)

    def __init__(self, title: str, hint: str, check: Callable[[str], object], value: str = "") -> None:
        """`check` raises a `RetrovueError` that says what is wrong with a text."""
        super().__init__(EntryLine(value, id="written", select_on_focus=False))
        self._title, self._hint, self._check = title, hint, check

    def compose(self) -> ComposeResult:
        """Yield the field; below it a hint, or what is wrong."""
        with Vertical(id="popup") as box:
            box.border_title = self._title
            yield self.line
            yield Static(self._hint, id="hint", markup=False)

    @on(Input.Changed)
    def _say_hint(self) -> None:
        hint = self.query_one("#hint", Static)
        hint.update(self._hint)
        hint.remove_class("-wrong")

    def action_take(self) -> None:
        """Close with the text, if it is valid."""
        written = self.line.value
        try:
            self._check(written)
        except RetrovueError as error:
            hint = self.query_one("#hint", Static)
            hint.update(f"{glyphs.MISSING} {formats.clean(error.message)}")
            hint.add_class("-wrong")
            return
        self.dismiss(written)

    def action_cancel(self) -> None:
        """Close without a text."""
        self.dismiss(None)


class StepList(Sheet):
    """The staged steps and those of the station's history, the newest first."""

    def __init__(self) -> None:
        super().__init__(id="steps")
        self._staged: Sequence[str] = ()
        self._steps: Sequence[HistoryRow] = ()
        self._said = "Asking the station …"

    def show(self, staged: Sequence[str], steps: Sequence[HistoryRow], said: str) -> None:
        """Set the steps."""
        self._staged, self._steps, self._said = staged, steps, said
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return at least a text about what is still awaited."""
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
    """Lists the history, and steps through it. `read` returns what is staged and the station's steps; `turn` undoes
    or redoes the newest step, and returns the result in words."""

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
        """The list, and its keys."""
        with Vertical(id="popup") as box:
            box.border_title = self._title
            yield self._list
            yield Static("u undo · ctrl+r redo · esc close", id="hint", markup=False)

    def on_mount(self) -> None:
        """Fetch the history."""
        start_worker(self, self._look, "", group="steps", exclusive=True)

    def action_step(self, way: str) -> None:
        """Undo or redo one step."""
        start_worker(self, self._step, way, group="steps")

    async def _step(self, way: str) -> None:
        await self._look(await self._turn(way))

    async def _look(self, said: str) -> None:
        try:
            staged, steps = await self._read()
        except (RetrovueError, OSError, ValueError) as error:
            staged, steps, said = (), (), formats.clean(str(error) or type(error).__name__)
        self._list.show(staged, steps, said)
