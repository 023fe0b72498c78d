"""Helpers of the tests of alerts: a web server that takes, refuses or hangs, messages, and a stand-in of a station."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from aiohttp import web

from retrovue_tui.config.alerts import AlertsConfig
from retrovue_tui.config.station_config import Config
from retrovue_tui.playout.alerts import alert_book, alert_service
from retrovue_tui.playout.alerts.alert_message import AlertMessage
from retrovue_tui.playout.alerts.alert_service import AlertService
from retrovue_tui.playout.event_log import EventLog
from retrovue_tui.playout.station_warnings import StationWarnings
from retrovue_tui.protocol.answers.alerts import Alert

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    import pytest

    from retrovue_tui.protocol.answers.snapshots import UpcomingProblem

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


QUICK = AlertsConfig(slate=timedelta(), disk_free_gb=None, every=timedelta(seconds=0.01), silence=timedelta(seconds=30))


class StandIn:
    """The parts of a station that alerts need. `channels` are plain values."""

    def __init__(self, home: Path, config: AlertsConfig) -> None:
        self.config = Config(home, name="Test", alerts=config)
        self.config.state_dir.mkdir(exist_ok=True)
        self.channels: dict[str, Any] = {id: self.channel(id) for id in ("1", "2")}
        self.events = EventLog()
        self.warnings = StationWarnings(self.events)
        self.library: Any = SimpleNamespace(expected={})
        self.problems: Sequence[UpcomingProblem] | None = ()

    @staticmethod
    def channel(id: str) -> Any:
        return SimpleNamespace(
            id=id, state="on_air", seen=None, decks=SimpleNamespace(restarts=0), config=SimpleNamespace(name=f"Ch {id}")
        )

    def upcoming(self, channel_id: str) -> Sequence[UpcomingProblem] | None:
        return self.problems

    def said(self) -> list[str]:
        return [each.message for each in self.events.after(0) if each.kind == "alert"]


def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a second of the service short."""
    monkeypatch.setattr(alert_service, "LOOK_S", 0.005)
    monkeypatch.setattr(alert_book, "CALM_S", 0.1)


@contextlib.asynccontextmanager
async def running(station: StandIn, group_s: float = 0.02) -> AsyncIterator[AlertService]:
    """The alert service of a station, up to its end."""
    service = AlertService(cast("Any", station), group_s=group_s)
    task = asyncio.create_task(service.run())
    try:
        yield service
    finally:
        task.cancel()
        await asyncio.wait([task])
