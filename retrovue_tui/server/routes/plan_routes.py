"""Routes of a channel's plan: what airs in the coming days, and changes of the blocks in the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from retrovue_tui.protocol.answers.plan import MOST_DAYS, BlockEdit
from retrovue_tui.protocol.json_codec import to_json
from retrovue_tui.server.bodies import read_json
from retrovue_tui.server.http import HttpError, channel_of, dumped, json_answer
from retrovue_tui.server.limits import PLANS_WAITING, READS_A_SECOND, READS_AT_ONCE, Bucket, WaitingLimit
from retrovue_tui.threads import ANSWERS

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.plan import BlockReceipt, PlanSnapshot
    from retrovue_tui.server.interfaces import Plans, Station

DAYS: Final = 7
"""How many days are shown if the query does not say it."""
_LIKE: Final = '{"action": "change", "block": 0, "values": {"at": "18:00"}, "revision": "…", "dry_run": true}'


class PlanRoutes:
    """The routes below `/api/channels/{channel}/plan`."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._rate = Bucket("plans", READS_A_SECOND, READS_AT_ONCE)
        self._waiting = WaitingLimit("plans", PLANS_WAITING)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/channels/{channel}/plan", self._plan),
            web.post("/api/channels/{channel}/plan/block", self._change),
            web.post("/api/channels/{channel}/plan/undo", self._undo),
        ]

    async def _plan(self, request: web.Request) -> web.Response:
        channel, days = self._channel(request), _days(request.query.get("days", str(DAYS)))
        with self._waiting:
            plan = await self._plans.plan(channel, days)
        return json_answer(await ANSWERS.run(_text, plan))

    async def _change(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        edit = await read_json(request, _LIKE, _edit)
        with self._waiting:
            return _receipt(await self._plans.change(channel, edit))

    async def _undo(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        revision = await read_json(request, '{"revision": "…"}', _revision)
        with self._waiting:
            return _receipt(await self._plans.undo(channel, revision))

    @property
    def _plans(self) -> Plans:
        if self._station.plans is None:
            raise HttpError(503, "not_ready", "The station is still starting; try again in a moment.")
        return self._station.plans

    def _channel(self, request: web.Request) -> str:
        channel = channel_of(self._station, request).id
        self._rate.take()
        return channel


def _days(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 2 or not 1 <= int(text) <= MOST_DAYS:
        raise HttpError(400, "bad_days", f"days is a number from 1 to {MOST_DAYS}, not {text[:32]!r}.")
    return int(text)


def _edit(data: Any) -> BlockEdit:
    try:
        return BlockEdit.from_json(data)
    except ValueError as error:
        raise HttpError(400, "bad_change", f"The body is not like {_LIKE}: {error}.") from error


def _revision(data: Any) -> str:
    revision = data.get("revision") if isinstance(data, dict) else None
    if not isinstance(revision, str):
        raise HttpError(400, "bad_change", 'Name the revision of the file: {"revision": "…"}.')
    return revision


def _receipt(receipt: BlockReceipt) -> web.Response:
    data = to_json(receipt)
    if not receipt.accepted:
        data["error"] = {"code": "refused", "message": receipt.reason}
    return json_answer(dumped(data), 200 if receipt.accepted else 409)


def _text(plan: PlanSnapshot) -> bytes:
    """Return a plan as JSON. Call this in a thread: two weeks have a thousand slots."""
    return dumped(to_json(plan))
