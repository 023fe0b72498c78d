"""The question on leaving a station that was started for this control room."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from retrovue_tui.tui import formats, keys

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from retrovue_tui.tui.view import StationView

Farewell = Literal["leave", "stop"]


def situation(view: StationView) -> str:
    """What is at stake, in one line."""
    if view.snapshot is None:
        return "The station has not answered yet."
    channels = f"{formats.plural(view.airing, 'channel')} on air, {formats.plural(view.viewers, 'viewer')} connected"
    return f"Station lost. Last known: {channels}." if view.stale else f"{channels}."


def consequence(view: StationView) -> str:
    """What stopping does."""
    if view.snapshot is None:
        return "takes every channel off air"
    channels = formats.plural(view.airing, "channel")
    if view.viewers:
        return f"takes {channels} off air and cuts off {formats.plural(view.viewers, 'viewer')}"
    return f"takes {channels} off air; nobody is watching"


class QuitScreen(ModalScreen[Farewell | None]):
    """Leave on air (the default), stop the station, or stay. Dismissed with None to stay."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.QUIT.bindings)
    AUTO_FOCUS = "#leave"

    def __init__(self, view: StationView) -> None:
        super().__init__()
        self._view = view

    def compose(self) -> ComposeResult:
        """The situation, what each answer does, the answers."""
        with Vertical(id="quit") as box:
            box.border_title = "Leave the control room?"
            yield Static(situation(self._view), id="situation", markup=False)
            yield Static("[b $tally-good]Leave on air[/]  the channels play on; come back with [b]retrovue-tui run[/b]")
            yield Static(self._stop_text(), id="consequence")
            with Horizontal():
                yield Button("Leave on air", id="leave", compact=True)
                yield Button("Stop station", id="stop", compact=True)
                yield Button("Cancel", id="cancel", compact=True)
            yield Static("l leaves   S stops   esc cancels", id="hint")

    def show(self, view: StationView) -> None:
        """Viewers come and go while one thinks."""
        before, self._view = self._view, view
        if (situation(before), consequence(before)) != (situation(view), consequence(view)):
            self.query_one("#situation", Static).update(situation(view))
            self.query_one("#consequence", Static).update(self._stop_text())

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """A button, by mouse or enter."""
        self.action_answer(event.button.id or "")

    def action_answer(self, answer: str) -> None:
        """Close with the answer; anything but leave and stop is to stay."""
        self.dismiss("leave" if answer == "leave" else "stop" if answer == "stop" else None)

    def _stop_text(self) -> str:
        return f"[b $tally-missing]Stop station[/]  {consequence(self._view)}"
