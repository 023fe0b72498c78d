"""The webhook: its request, hosts by name, and name servers that do not answer."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from retrovue_tui.playout.alerts.delivery import DeliveryError, attempt
from retrovue_tui.playout.alerts.receivers import name_resolver
from retrovue_tui.playout.alerts.receivers.webhook import Webhook
from retrovue_tui.threads import Threads
from tests.playout.alerts.alerted import MESSAGE, hook

if TYPE_CHECKING:
    from collections.abc import Iterator


async def test_a_host_by_its_name() -> None:
    async with hook() as server:
        await Webhook(server.url.replace("127.0.0.1", "localhost")).send(MESSAGE)
        assert server.got == [MESSAGE.to_json()]


async def test_a_host_that_does_not_exist() -> None:
    with pytest.raises(DeliveryError, match=r"^it cannot be reached: ") as failed:
        await Webhook("http://no-such-host.invalid/SECRET").send(MESSAGE)
    assert "SECRET" not in str(failed.value)
    assert failed.value.again


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Name servers that do not answer until the test is over."""
    go, real = threading.Event(), socket.getaddrinfo

    def wait(host: Any, *arguments: Any, **options: Any) -> Any:
        if host == "stuck.example":
            go.wait(60)
        return real("127.0.0.1" if host == "stuck.example" else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    monkeypatch.setattr(name_resolver, "_THREADS", Threads("test names", 2, most=8))
    yield go
    go.set()


@pytest.mark.usefixtures("stuck")
async def test_name_servers_that_do_not_answer_take_no_thread_of_the_station() -> None:
    tries = [
        asyncio.create_task(attempt(Webhook(f"http://stuck.example/{number}"), MESSAGE, 0.2)) for number in range(20)
    ]
    assert await asyncio.wait_for(asyncio.to_thread(lambda: 7), 30) == 7
    faults = [await each for each in tries]
    assert all(fault is not None for fault in faults)
