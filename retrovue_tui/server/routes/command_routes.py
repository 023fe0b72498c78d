"""Routes of a channel's commands, its rundown, and the edits that can be undone."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from retrovue_tui.protocol.commands import Command, CommandError
from retrovue_tui.protocol.json_codec import to_json
from retrovue_tui.server.bodies import read_json
from retrovue_tui.server.http import HttpError, channel_of, dumped, json_answer
from retrovue_tui.server.limits import (
    COMMANDS_A_SECOND,
    COMMANDS_AT_ONCE,
    COMMANDS_WAITING,
    READS_A_SECOND,
    READS_AT_ONCE,
    Bucket,
    too_many,
)
from retrovue_tui.text.long_json import json_rows
from retrovue_tui.threads import ANSWERS, COMMANDS

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.receipts import Receipt
    from retrovue_tui.protocol.answers.rundown import RundownSnapshot
    from retrovue_tui.protocol.controller import Controller
    from retrovue_tui.server.interfaces import Station

FINISH_S: Final = 0.3
"""When the server stops, running commands get this time (s) to finish."""


class CommandRoutes:
    """The routes that send commands to a channel, and show its rundown and its edit history."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._rate = Bucket("commands", COMMANDS_A_SECOND, COMMANDS_AT_ONCE)
        self._reads = Bucket("rundowns", READS_A_SECOND, READS_AT_ONCE)
        self._under_way: set[asyncio.Task[Receipt]] = set()
        self.counts: Counter[tuple[str, str, str]] = Counter()
        """How many commands came, by channel id, command and result."""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/channels/{channel}/commands", self._command),
            web.get("/api/channels/{channel}/rundown", self._rundown),
            web.get("/api/channels/{channel}/history", self._history),
        ]

    async def finish(self) -> None:
        """Wait for the running commands; after `FINISH_S`, cancel them."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=FINISH_S)
            for task in late:
                task.cancel()

    async def _command(self, request: web.Request) -> web.Response:
        controller = self._controller(request)
        self._rate.take()
        command = await read_json(request, '{"command": "skip"}', _command)
        if len(self._under_way) >= COMMANDS_WAITING:
            raise too_many(f"{COMMANDS_WAITING} commands waiting already, which is the limit")
        # A command that has begun runs to its end, even if its client disconnects.
        task = asyncio.create_task(controller.execute(command), name=f"command {command.name}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        receipt = await asyncio.shield(task)
        if not command.dry_run:
            result = "accepted" if receipt.accepted else "refused"
            self.counts[request.match_info["channel"], command.name, result] += 1
        return json_answer(await COMMANDS.run(_receipt_text, receipt), 200 if receipt.accepted else 409)

    async def _rundown(self, request: web.Request) -> web.Response:
        controller = self._controller(request)
        self._reads.take()
        view = controller.view()
        return json_answer(await ANSWERS.run(lambda: _rundown_text(view())))

    async def _history(self, request: web.Request) -> web.Response:
        history = self._controller(request).history()
        return json_answer(await ANSWERS.run(lambda: dumped(to_json(history))))

    def _controller(self, request: web.Request) -> Controller:
        channel = channel_of(self._station, request)
        if channel.controller is None:
            raise HttpError(503, "not_ready", f"Channel {channel.id} takes no commands yet; try again in a moment.")
        return channel.controller


def _command(data: Any) -> Command:
    try:
        return Command.parse(data)
    except CommandError as error:
        raise HttpError(400, "bad_command", f"{error.message.rstrip('.')}.") from error


def _receipt_text(receipt: Receipt) -> bytes:
    data = receipt.to_json()
    if not receipt.accepted:
        data["error"] = {"code": "refused", "message": receipt.reason}
    return dumped(data)


def _rundown_text(rundown: RundownSnapshot) -> bytes:
    head = f'"revision":{rundown.revision},"grid":{json.dumps(rundown.grid)}'
    return f'{{{head},"entries":{json_rows(rundown.rows(), ascii=False)}}}'.encode("utf-8", "replace")
