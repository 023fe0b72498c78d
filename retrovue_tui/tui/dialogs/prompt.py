"""A dialog with one input field, which checks the text before it closes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical
from textual.widgets import Input, Static

from retrovue_tui.errors import RetrovueError
from retrovue_tui.tui.dialogs.text_entry import EntryLine, TextEntryScreen
from retrovue_tui.tui.keys.timeline import PROMPT
from retrovue_tui.tui.text import formats, glyphs

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType


class PromptScreen(TextEntryScreen[str | None]):
    """A dialog with an input field. Its result is the text, once it is valid; None if the operator cancels."""

    BINDINGS: ClassVar[list[BindingType]] = list(PROMPT.bindings)

    def __init__(self, title: str, hint: str, check: Callable[[str], object], value: str = "") -> None:
        """`check` raises a `RetrovueError` with the reason if a text is not valid."""
        super().__init__(EntryLine(value, id="written", select_on_focus=False))
        self._title, self._hint, self._check = title, hint, check

    def compose(self) -> ComposeResult:
        """Yield the field; below it a hint, or the reason why the text is not valid."""
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
        """Close with the text, if it is valid; otherwise show the reason."""
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
        """Close the dialog without a result."""
        self.dismiss(None)
