"""Dialogs with an input field. Keys take effect in the order of typing, even keys typed before the dialog is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import events
from textual.screen import ModalScreen
from textual.widgets import Input

if TYPE_CHECKING:
    from textual.binding import Binding, BindingsMap, BindingType
    from textual.widget import Widget

T = TypeVar("T")


def _but_enter() -> list[BindingType]:
    """Return the default bindings of an input field without `enter`, which the dialog handles."""
    found: list[BindingType] = []
    for binding in Input.BINDINGS:
        assert not isinstance(binding, tuple)
        if binding.key != "enter":
            found.append(binding)
    return found


class EntryLine(Input, inherit_bindings=False):
    """An input field that handles keys strictly in the order of typing. If a field does not use a key, Textual first
    passes the key to the app, and only then runs its binding, so text typed after the key could be handled before it.
    This field runs its own and its screen's bindings at once. Keys that arrive after the screen has closed go to the
    screen below."""

    BINDINGS: ClassVar[list[BindingType]] = _but_enter()

    async def _on_key(self, event: events.Key) -> None:
        screen = self.screen
        if not screen.is_current:
            event.stop().prevent_default()
            self.app.post_message(events.Key(event.key, event.character))
        elif not event.is_printable and (binding := self._bound(event.key)) is not None:
            event.stop().prevent_default()
            node, act = binding
            await node.run_action(act.action)

    def _bound(self, key: str) -> tuple[Input | ModalScreen[object], Binding] | None:
        found = self.screen.active_bindings.get(key)
        if found is None or not isinstance(found.node, Input | ModalScreen):
            return None
        return (found.node, found.binding) if found.node in (self, self.screen) else None


class TextEntry:
    """A screen with one `EntryLine`, which has the focus when the screen opens."""

    line: EntryLine
    focused: Widget | None
    _bindings: BindingsMap

    def typed_ahead(self, key: events.Key) -> bool:
        """Pass a key that was typed before the field existed to the field. Returns False if the key is not for the
        field."""
        if self.focused not in (None, self.line):
            return False
        bound = key.key in self._bindings.key_to_bindings or key.key in self.line._bindings.key_to_bindings
        return (key.is_printable or bound) and self.line.post_message(events.Key(key.key, key.character))


class TextEntryScreen(TextEntry, ModalScreen[T]):
    """A dialog with an input field, drawn over the timeline or another room."""

    def __init__(self, line: EntryLine) -> None:
        super().__init__(classes="over-timeline")
        self.line = line
