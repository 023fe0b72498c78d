"""A fault of ours ends the control room without showing what it had in its hands; what a dialog misses while the app
closes is no fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.css.query import NoMatches
from textual.screen import ModalScreen

from retrovue_tui.protocol.client import StationClient
from retrovue_tui.tui.app import ControlRoom
from tests.tui.served import serve
from tests.tui.station import FakeStation

if TYPE_CHECKING:
    from retrovue_tui.tui.dialogs.quit import Farewell


async def test_no_variable_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Textual prints a traceback with every local variable, among them the headers of a request with the token."""

    def broken() -> None:
        headers = {"Authorization": "Bearer abc123xyz"}
        raise RuntimeError(f"a fault with {len(headers)} header")

    async with serve(FakeStation()) as url, StationClient(url) as client:
        room = ControlRoom(client, own_station=False)
        room.call_later(broken)
        await room.run_async(headless=True)
    assert isinstance(room.fault, RuntimeError)
    assert str(room.fault) == "a fault with 1 header"
    shown = capsys.readouterr()
    assert "abc123xyz" not in shown.out + shown.err
    assert "Traceback" not in shown.out + shown.err


class Opening(ModalScreen[None]):
    """A dialog that does not find its widget."""

    def __init__(self, farewell: Farewell | None) -> None:
        super().__init__()
        self._farewell = farewell

    def on_mount(self) -> None:
        if self._farewell:
            self.app.exit(self._farewell)
        self.query_one("#leave")


@pytest.mark.parametrize("farewell", ["leave", None])
async def test_a_widget_missing_from_a_dialog_is_a_fault_unless_the_control_room_closes(
    farewell: Farewell | None,
) -> None:
    async with serve(FakeStation()) as url, StationClient(url) as client:
        room = ControlRoom(client, own_station=False)
        room.call_later(lambda: room.push_screen(Opening(farewell)))
        assert await room.run_async(headless=True) == farewell
    assert isinstance(room.fault, NoMatches) == (farewell is None)
