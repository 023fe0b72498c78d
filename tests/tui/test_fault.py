"""A fault of ours ends the control room without showing what it had in its hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.protocol.client import StationClient
from retrovue_tui.tui.app import ControlRoom
from tests.tui.served import serve
from tests.tui.station import FakeStation

if TYPE_CHECKING:
    import pytest


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
