"""Routes of the clients: who is connected, disconnecting one, and the addresses to enter into each kind of client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from retrovue_tui.protocol.answers.clients import LONGEST_BLOCK_S, AddressesSnapshot
from retrovue_tui.protocol.json_codec import to_json
from retrovue_tui.server.bodies import read_json
from retrovue_tui.server.clients.client_addresses import HLS, OPTIONAL, client_addresses, only_here, roots
from retrovue_tui.server.http import HttpError, answer, dumped, json_answer
from retrovue_tui.server.limits import (
    COMMANDS_A_SECOND,
    COMMANDS_AT_ONCE,
    READS_A_SECOND,
    READS_AT_ONCE,
    Bucket,
)
from retrovue_tui.threads import ANSWERS, BROWSE

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.clients import ClientsSnapshot
    from retrovue_tui.server.access import Access
    from retrovue_tui.server.clients.connected_clients import ConnectedClients
    from retrovue_tui.server.interfaces import Station

_LIKE: Final = '{"block_s": 600}'


class ClientRoutes:
    """`/api/clients` and `/api/station/addresses`."""

    def __init__(self, station: Station, access: Access, clients: ConnectedClients, host: str) -> None:
        """`host`: where the server listens."""
        self._station = station
        self._access = access
        self._clients = clients
        self._host = host
        self._reads = Bucket("lists of clients", READS_A_SECOND, READS_AT_ONCE)
        self._writes = Bucket("commands", COMMANDS_A_SECOND, COMMANDS_AT_ONCE)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/clients", self._list),
            web.post("/api/clients/{client}/disconnect", self._disconnect),
            web.get("/api/station/addresses", self._addresses),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        self._reads.take()
        found = await self._clients.snapshot(self._station.snapshot(()).house)
        return json_answer(await ANSWERS.run(_text, found))

    async def _disconnect(self, request: web.Request) -> web.Response:
        self._writes.take()
        block_s = await read_json(request, _LIKE, _block) if request.can_read_body else 0.0
        receipt = self._clients.disconnect(request.match_info["client"], block_s)
        self._station.events.publish(
            "client_disconnected", receipt.message, channel=receipt.channel, address=receipt.address,
            client=receipt.client, blocked_s=receipt.blocked_s,
        )  # fmt: skip
        return answer(to_json(receipt))

    async def _addresses(self, request: web.Request) -> web.Response:
        self._reads.take()
        asked = self._access.base_url(request)
        port = request.transport.get_extra_info("sockname")[1] if request.transport else asked.port or 80
        found = await BROWSE.run(roots, asked, self._host, port)
        root = found[0] if found else str(asked).rstrip("/")
        served = [path for path in OPTIONAL if await _is_served(request, path)]
        if self._station.hls is not None and self._station.hls.enabled:
            served.append(HLS)
        rows = client_addresses(self._access, root, self._channel(request), served)
        warning = "" if found else only_here(self._host, is_open=self._access.is_open)
        return answer(to_json(AddressesSnapshot(root, tuple(found[1:]), warning, rows)))

    def _channel(self, request: web.Request) -> str:
        """Return the channel whose stream is listed: the one that the query names, or the first one."""
        channels = self._station.channels
        wanted = request.query.get("channel") or next(iter(channels), "")
        if wanted and wanted not in channels:
            known = ", ".join(channels)
            raise HttpError(
                404, "no_such_channel", f"There is no channel {wanted[:64]!r} here; the channels are: {known}."
            )
        return wanted


async def _is_served(request: web.Request, path: str) -> bool:
    """Return whether the station has a page at a path."""
    match = await request.app.router.resolve(request.clone(method="GET", rel_url=path))
    return match.http_exception is None


def _block(data: Any) -> float:
    block = data.get("block_s", 0) if isinstance(data, dict) else None
    if isinstance(block, bool) or not isinstance(block, (int, float)) or not 0 <= block <= LONGEST_BLOCK_S:
        message = f"`block_s` is a number of seconds from 0 to {LONGEST_BLOCK_S}: {_LIKE}."
        raise HttpError(400, "bad_block", message)
    return float(block)


def _text(found: ClientsSnapshot) -> bytes:
    """Return the clients as JSON, converted row by row, because there may be thousands."""
    return dumped(
        {
            "at": found.at,
            "clients": [vars(each) for each in found.clients],
            "control_rooms": [vars(each) for each in found.control_rooms],
            "blocked": [vars(each) for each in found.blocked],
        }
    )
