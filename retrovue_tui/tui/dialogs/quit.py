"""The quit dialog. It opens if something is on air, somebody watches, or edits would be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Literal

from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from retrovue_tui.tui import keys
from retrovue_tui.tui.text import formats, glyphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from retrovue_tui.tui.station_view import StationView

Farewell = Literal["leave", "restart", "stop"]
_FAREWELLS: Final[dict[str, Farewell]] = {"leave": "leave", "restart": "restart", "stop": "stop"}
_ELSEWHERE: Final = {
    "restart": "`retrovue-tui stop`, then `retrovue-tui run`,",
    "stop": "`retrovue-tui stop`",
}


def situation(view: StationView) -> str:
    """Return one line: what is on air, and how many viewers watch."""
    if view.snapshot is None:
        return "The station has not answered yet."
    channels = f"{formats.plural(view.airing, 'channel')} on air, {formats.plural(view.viewers, 'viewer')} connected"
    return f"Station lost. Last known: {channels}." if view.stale else f"{channels}."


def consequence(view: StationView) -> str:
    """Return the effect of stopping the station, in words."""
    if view.snapshot is None:
        return "takes every channel off air"
    channels = formats.plural(view.airing, "channel")
    if view.viewers:
        return f"takes {channels} off air and cuts off {formats.plural(view.viewers, 'viewer')}"
    return f"takes {channels} off air; nobody is watching"


def asks(view: StationView, unsent: Sequence[str]) -> bool:
    """Return whether leaving needs a confirmation even if the station stays on air."""
    return bool(view.airing or view.viewers or unsent)


class QuitScreen(ModalScreen[Farewell | None]):
    """Offers to leave with the station on air (the default), to restart or stop the station if the control room started
    it, or to stay. The result is None if the operator stays.

    If something would be lost, staying is the default.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.QUIT.bindings)

    def __init__(self, view: StationView, *, own_station: bool = True, unsent: Sequence[str] = ()) -> None:
        """`unsent`: texts about what leaving would lose."""
        super().__init__()
        self._view = view
        self._own = own_station
        self._unsent = ", ".join(map(formats.clean, unsent))

    def compose(self) -> ComposeResult:
        """Yield the situation, the effect of each button, and the buttons."""
        with Vertical(id="quit") as box:
            box.border_title = "Leave the control room?"
            yield Static(situation(self._view), id="situation", markup=False)
            if self._unsent:
                yield Static(f"{glyphs.STAGED} Lost on leaving: {self._unsent}.", id="unsent", markup=False)
            yield Static(f"[b $tally-good]Leave on air[/]  the channels play on; come back with [b]{self._back}[/b]")
            if self._own:
                yield Static(
                    "[@click=screen.answer('restart')][b]Restart station[/][/]  off air for some seconds; reads all"
                    " settings again"
                )
                yield Static(self._stop_text(), id="consequence")
            with Horizontal():
                yield Button("Leave on air", id="leave", compact=True)
                if self._own:
                    yield Button("Stop station", id="stop", compact=True)
                yield Button("Cancel", id="cancel", compact=True)
            yield Static(f"l leaves   {'S stops   R restarts   ' if self._own else ''}esc cancels", id="hint")

    @property
    def _back(self) -> str:
        return "retrovue-tui run" if self._own else "retrovue-tui attach"

    def on_mount(self) -> None:
        """Focus the button that loses nothing."""
        self.query_one("#cancel" if self._unsent else "#leave").focus()

    def show(self, view: StationView) -> None:
        """Draw the newest situation, because viewers come and go."""
        before, self._view = self._view, view
        if (situation(before), consequence(before)) != (situation(view), consequence(view)):
            self.query_one("#situation", Static).update(situation(view))
            if self._own:
                self.query_one("#consequence", Static).update(self._stop_text())

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Run the action of a button, pressed by mouse or `enter`."""
        self.action_answer(event.button.id or "")

    def action_answer(self, answer: str) -> None:
        """Close with the answer. Any other answer than a `Farewell` means stay. `restart` and `stop` work only for a
        station that the control room started."""
        if answer in ("restart", "stop") and not self._own:
            reason = f"The control room did not start it. Run {_ELSEWHERE[answer]} on the station's machine."
            self.notify(reason, title=f"Cannot {answer} the station", severity="warning", markup=False)
            return
        self.dismiss(_FAREWELLS.get(answer))

    def _stop_text(self) -> str:
        return f"[b $tally-missing]Stop station[/]  {consequence(self._view)}"
