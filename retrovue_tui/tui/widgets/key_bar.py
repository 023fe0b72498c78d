"""The bottom line: the keys of the screen, drawn as one line of text.

Textual's own footer creates a widget for each key, and creates all these widgets again when the focus changes. A change
of rooms took 0.2 s with it, 0.17 s of which was the footer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from retrovue_tui.tui.text import tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual import events
    from textual.binding import Binding
    from textual.content import Content
    from textual.screen import Screen


class KeyHint(NamedTuple):
    """One key of the line: its binding, whether its action is possible now, and its texts, padded with spaces."""

    binding: Binding
    enabled: bool
    key: str
    name: str

    @property
    def cells(self) -> int:
        """The width of the key with its texts, in cells."""
        return cell_len(self.key) + cell_len(self.name)


class KeyBar(Sheet):
    """Shows the keys whose bindings have `show`, dimmed while their actions are impossible. A click on a key presses
    it."""

    def on_mount(self) -> None:
        """Draw the keys again whenever the screen's bindings change."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, _: Screen[object]) -> None:
        if self.is_attached:
            self.call_after_refresh(self.redraw)

    def lines(self, width: int) -> Sequence[Content]:
        """Return one line; keys that do not fit are cut off."""
        parts: list[tuple[str, str]] = []
        for hint in self._hints():
            dim = "" if hint.enabled else " dim"
            parts += ((hint.key, f"bold $primary{dim}"), (hint.name, f"{tally.QUIET}{dim}"))
        return (line(*parts),)

    def _hints(self) -> Iterator[KeyHint]:
        """Yield each action once, with the first of its keys."""
        actions: set[str] = set()
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            if binding.show and binding.action not in actions:
                actions.add(binding.action)
                yield KeyHint(binding, enabled, f" {self.app.get_key_display(binding)} ", f"{binding.description} ")

    def _at(self, x: int) -> KeyHint | None:
        """Return the key at column `x`; None if there is none."""
        for hint in self._hints():
            if x < hint.cells:
                return hint
            x -= hint.cells
        return None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show the tooltip of the key under the mouse."""
        hint = self._at(event.x)
        self.tooltip = hint.binding.tooltip if hint else None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Press the key under the mouse."""
        if (hint := self._at(event.x)) is None:
            return
        if hint.enabled:
            self.app.simulate_key(hint.binding.key)
        else:
            self.app.bell()
