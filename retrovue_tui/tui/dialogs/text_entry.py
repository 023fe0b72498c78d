"""What opens with a line to write in. Keys do what they do in the order in which they were typed, however fast."""

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
    """What an input does on its own; `enter` belongs to the screen that it is in."""
    found: list[BindingType] = []
    for binding in Input.BINDINGS:
        assert not isinstance(binding, tuple)
        if binding.key != "enter":
            found.append(binding)
    return found


class WrittenLine(Input, inherit_bindings=False):
    """Textual lets a key that an input does not take travel up to the app before its binding is looked for: what is
    typed behind it overtakes it. Here bindings of the line and of its screen act in their turn; once the screen is
    gone, what was typed for it in the meantime goes to what is there now."""

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
        if found is None or found.node not in (self, self.screen):
            return None
        return found.node, found.binding  # type: ignore[return-value]  # one of these two


class Writing:
    """A screen that has one `WrittenLine`, which is the first to be focused."""

    line: WrittenLine
    focused: Widget | None
    _bindings: BindingsMap

    def typed_ahead(self, key: events.Key) -> bool:
        """A key on its way through what was there before, which the line would have kept; False: it is not for it."""
        if self.focused not in (None, self.line):
            return False
        bound = key.key in self._bindings.key_to_bindings or key.key in self.line._bindings.key_to_bindings
        return (key.is_printable or bound) and self.line.post_message(events.Key(key.key, key.character))


class WritingScreen(Writing, ModalScreen[T]):
    """Opens over the timeline."""

    def __init__(self, line: WrittenLine) -> None:
        super().__init__(classes="over-timeline")
        self.line = line
