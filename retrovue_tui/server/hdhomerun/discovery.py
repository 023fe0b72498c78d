"""Answers programs in the local network that look for HDHomeRun tuners, over UDP port 65001."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections import OrderedDict
from ipaddress import IPv4Address, IPv4Network
from time import monotonic
from typing import TYPE_CHECKING, Final, cast

from retrovue_tui.loopback import is_loopback
from retrovue_tui.server.addresses import EVERY, own_networks, url_of
from retrovue_tui.server.hdhomerun.packets import PacketError, discover_reply, read_request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrovue_tui.server.hdhomerun.device import Device

PORT: Final = 65_001
REQUESTS_A_SECOND, REQUESTS_AT_ONCE = 5.0, 20.0
"""Two limits on the answered requests of one address: for each second, and for a burst."""
ADDRESSES: Final = 512
"""How many addresses the limit remembers."""
NETWORKS_S: Final = 60.0
"""How long the list of this machine's networks is used (s)."""
_log = logging.getLogger(__name__)


class Discovery:
    """Answers discovery requests for the station's devices.

    The answers contain the address of the tuner, with the viewer token if the station has one. So only addresses in
    this machine's own networks get an answer.
    """

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
            lambda: _Responder(self), (where, PORT), family=socket.AF_INET
        )

    def close(self) -> None:
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
        here = self._url_for(client) if wanted else None
        if here is None:
            return []
        answers = []
        for device in wanted:
            with contextlib.suppress(PacketError):  # a base_url of more than 700 characters
                answers.append(discover_reply(device.id, self._tuners(device), self._address(device, here)))
        return answers

    def _url_for(self, client: str) -> str | None:
        """Return the station's URL as a client can reach it; None if there is no way to the client. Nothing is sent."""
        if self._host not in EVERY:
            return url_of(self._host.removeprefix("[").removesuffix("]"), self._http_port)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way, contextlib.suppress(OSError):
            way.connect((client, PORT))
            return url_of(str(way.getsockname()[0]), self._http_port)
        return None


class _Responder(asyncio.DatagramProtocol):
    def __init__(self, discovery: Discovery) -> None:
        self._discovery = discovery
        self._clients = Clients()
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


class Clients:
    """Decides whose requests are answered: those from this machine's own networks, not too many of each address."""

    def __init__(
        self,
        clock: Callable[[], float] = monotonic,
        networks: Callable[[], Sequence[IPv4Network]] = own_networks,
    ) -> None:
        self._clock, self._read_networks = clock, networks
        self._networks: Sequence[IPv4Network] = ()
        self._read_at = float("-inf")
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def admits(self, client: str) -> bool:
        """Return whether a request of this address is answered now. Each call counts as a request."""
        return self._is_near(client) and self._has_turn(client)

    def _is_near(self, client: str) -> bool:
        now = self._clock()
        if now - self._read_at >= NETWORKS_S:
            self._networks, self._read_at = self._read_networks(), now
        address = IPv4Address(client)
        return any(address in network for network in self._networks)

    def _has_turn(self, client: str) -> bool:
        now = self._clock()
        left, at = self._left.pop(client, (REQUESTS_AT_ONCE, now))
        left = min(REQUESTS_AT_ONCE, left + (now - at) * REQUESTS_A_SECOND)
        self._left[client] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > ADDRESSES:
            self._left.popitem(last=False)
        return left >= 1
