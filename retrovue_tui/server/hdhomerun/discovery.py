"""Answers programs in the local network that look for HDHomeRun tuners, over UDP port 65001."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Final, cast

from retrovue_tui.loopback import is_loopback
from retrovue_tui.server.addresses import url_toward
from retrovue_tui.server.hdhomerun.nearby_clients import NearbyClients
from retrovue_tui.server.hdhomerun.packets import PacketError, discover_reply, read_request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrovue_tui.server.hdhomerun.device import Device


class Discovery:
    """Answers discovery requests for the station's devices.

    The answers contain the address of the tuner, with the viewer token if the station has one. So only addresses in
    this machine's own networks get an answer.
    """

    NAME: Final = "discovery"
    PORT = 65_001

    def __init__(
        self, devices: Sequence[Device], tuners: Callable[[Device], int], address: Callable[[Device, str], str]
    ) -> None:
        """`tuners`: returns the number of a device's tuners. `address`: returns the address of a device; its second
        argument is the URL of this machine as the client can reach it."""
        self._devices, self._tuners, self._address = devices, tuners, address
        self._transport: asyncio.DatagramTransport | None = None
        self._host, self._http_port = "", 0

    @property
    def port(self) -> int:
        """The UDP port; 0 while it is closed."""
        return 0 if self._transport is None else int(self._transport.get_extra_info("sockname")[1])

    async def start(self, host: str, http_port: int) -> None:
        """Listen for requests. `host`, `http_port`: where the station's server listens. Raises `OSError` if another
        program has the port."""
        self._host, self._http_port = host, http_port
        where = "127.0.0.1" if is_loopback(host) else "0.0.0.0"  # broadcasts reach only a socket without an address
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Responder(self), (where, self.PORT), family=socket.AF_INET
        )

    async def close(self) -> None:
        """Stop listening."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def replies(self, data: bytes, client: str) -> list[bytes]:
        """Return the answers to a datagram, one for each device that it looks for."""
        request = read_request(data)
        if request is None:
            return []
        wanted = [device for device in self._devices if request.wants(device.id)]
        here = url_toward(client, self._host, self._http_port) if wanted else None
        if here is None:
            return []
        answers = []
        for device in wanted:
            with contextlib.suppress(PacketError):  # a base_url of more than 700 characters
                answers.append(discover_reply(device.id, self._tuners(device), self._address(device, here)))
        return answers


class _Responder(asyncio.DatagramProtocol):
    def __init__(self, discovery: Discovery) -> None:
        self._discovery = discovery
        self._clients = NearbyClients()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # before Python 3.12 it is no subclass of it

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._transport is None or not self._clients.admits(addr[0]):
            return
        for answer in self._discovery.replies(data, addr[0]):
            self._transport.sendto(answer, addr)

    def error_received(self, exc: Exception) -> None:
        """Ignore it: a client has closed its socket before the answer came."""
