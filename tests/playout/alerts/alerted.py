"""Helpers of the tests of alerts: a web server that takes, refuses or hangs, and messages."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from aiohttp import web

from retrovue_tui.playout.alerts.alert_message import AlertMessage
from retrovue_tui.protocol.answers.alerts import Alert

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MESSAGE = AlertMessage(
    "Test", 1_795_000_010.0, (Alert("slate 1", "slate", "One: slate for 10s", 1_795_000_000.0, "1"),), 1
)


class Hook:
    """A web server. `answers`: the statuses of its next answers, then 200; 0 never answers."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[dict[str, Any]] = []
        self.asked = 0
        self.answers: list[int] = []
        self.go = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        self.asked += 1
        status = self.answers.pop(0) if self.answers else 200
        if status == 0:
            await self.go.wait()
        if status == 200:
            self.got.append(await request.json())
        headers = {"Location": self.url} if status == 302 else {}
        return web.Response(status=status or 200, text="x" * 100_000, headers=headers)


@contextlib.asynccontextmanager
async def hook() -> AsyncIterator[Hook]:
    """A web server for alerts, on a free port."""
    made, app = Hook(), web.Application()
    app.router.add_post("/{tail:.*}", made.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook/SECRET-PART"
    try:
        yield made
    finally:
        made.go.set()
        await runner.cleanup()
