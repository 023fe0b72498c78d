"""The services of apprise: one that takes the message as JSON, one that refuses, and an address that it does not
know."""

from __future__ import annotations

import pytest

from retrovue_tui.playout.alerts.delivery import DeliveryError
from retrovue_tui.playout.alerts.receivers.notify import Notify
from tests.playout.alerts.alerted import MESSAGE, hook

pytest.importorskip("apprise", reason="the package apprise is not installed")


async def test_a_message_through_apprise() -> None:
    async with hook() as server:
        notify = Notify(server.url.replace("http://", "json://"))
        await notify.send(MESSAGE)
        assert (server.got[0]["title"], server.got[0]["type"]) == (MESSAGE.title, "failure")
        assert server.got[0]["message"] == MESSAGE.text
        assert notify.name == "json://…"
        server.answers = [500]
        with pytest.raises(DeliveryError, match="apprise ended with code 1: the service did not take the message"):
            await notify.send(MESSAGE)


async def test_an_address_that_apprise_does_not_know() -> None:
    with pytest.raises(DeliveryError, match="the address is of no service that apprise knows"):
        await Notify("nosuch://topic").send(MESSAGE)
