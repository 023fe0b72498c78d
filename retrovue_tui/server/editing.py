"""Changing what airs: commands on a channel, its rundown, and the steps that can be undone."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from retrovue_tui.control.commands import Command, CommandError
from retrovue_tui.control.snapshots import to_json
from retrovue_tui.server.api import Fault, answer, channel_of, json_answer

if TYPE_CHECKING:
    from retrovue_tui.control.desk import Desk
    from retrovue_tui.control.receipts import Receipt, RundownSnapshot
    from retrovue_tui.server.onair import Station

LAST_WORD_S: Final = 0.3
"""How long commands under way may take when the server stops."""


class Editing:
    """The routes that change what airs."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._under_way: set[asyncio.Task[Receipt]] = set()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/channels/{channel}/commands", self._command),
            web.get("/api/channels/{channel}/rundown", self._rundown),
            web.get("/api/channels/{channel}/history", self._history),
        ]

    async def finish(self) -> None:
        """Let the commands under way come to their end."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=LAST_WORD_S)
            for task in late:
                task.cancel()

    async def _command(self, request: web.Request) -> web.Response:
        desk = self._desk(request)
        command = await _read(request)
        # A client that hangs up does not stop half way what it began.
        task = asyncio.create_task(desk.execute(command), name=f"command {command.name}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        receipt = await asyncio.shield(task)
        data = receipt.to_json()
        if not receipt.accepted:
            data["error"] = {"code": "refused", "message": receipt.reason}
        return answer(data, 200 if receipt.accepted else 409)

    async def _rundown(self, request: web.Request) -> web.Response:
        view = self._desk(request).view()
        return json_answer(await asyncio.to_thread(lambda: _rundown_text(view())))

    async def _history(self, request: web.Request) -> web.Response:
        return answer(to_json(self._desk(request).history()))

    def _desk(self, request: web.Request) -> Desk:
        channel = channel_of(self._station, request)
        if channel.desk is None:
            raise Fault(503, "not_ready", f"Channel {channel.id} takes no commands yet; try again in a moment.")
        return channel.desk


async def _read(request: web.Request) -> Command:
    try:
        data: Any = json.loads(await request.text())
    except (ValueError, RecursionError) as error:
        raise Fault(400, "bad_json", f'The body is not JSON like {{"command": "skip"}}: {error}.') from error
    try:
        return Command.parse(data)
    except CommandError as error:
        raise Fault(400, "bad_command", f"{error.message.rstrip('.')}.") from error


def _rundown_text(rundown: RundownSnapshot) -> str:
    """As JSON, row by row: one call for ten thousand of them would keep the loop from running."""
    rows = ",".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rundown.rows())
    return f'{{"revision":{rundown.revision},"entries":[{rows}]}}'
