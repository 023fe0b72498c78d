"""Announces the tuner devices in the local network, and answers searches for them, with SSDP (UPnP Device Architecture
1.0, 1). Off by default: only some programs use it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from typing import TYPE_CHECKING, Final, cast

from retrovue_tui import __version__
from retrovue_tui.loopback import is_loopback
from retrovue_tui.server.addresses import EVERY, lan_addresses, url_of, url_toward
from retrovue_tui.server.hdhomerun.nearby_clients import NearbyClients

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from retrovue_tui.server.hdhomerun.device import Device

GROUP: Final = "239.255.255.250"
MOST_BYTES: Final = 1_024
"""The most bytes of a search."""
VALID_S: Final = 1_800
"""How long programs may remember an announcement (s)."""
AGAIN_S: Final = 600.0
"""How often the devices are announced again (s)."""
WAIT_S: Final = 1.0
"""The longest random delay of an answer (s). It spreads the answers of many devices; a search may ask for less."""
_ROOT: Final = "upnp:rootdevice"
_TYPE: Final = "urn:schemas-upnp-org:device:MediaServer:1"
_SERVER: Final = f"Linux/1.0 UPnP/1.0 retrovue-tui/{__version__}"


class Ssdp:
    """Announces the devices when the station starts, again every `AGAIN_S`, and when it stops; answers searches.

    The messages contain the address of the tuner, with the viewer token if the station has one. They go only to this
    machine's own networks.
    """

    NAME: Final = "ssdp"
    PORT = 1900

    def __init__(self, devices: Sequence[Device], address: Callable[[Device, str], str]) -> None:
        """`address`: returns the address of a device; its second argument is the URL of this machine as the client can
        reach it."""
        self._devices, self._address = devices, address
        self._transport: asyncio.DatagramTransport | None = None
        self._announcing: asyncio.Task[None] | None = None
        self._host, self._http_port = "", 0

    @property
    def port(self) -> int:
        """The UDP port; 0 while it is closed."""
        return 0 if self._transport is None else int(self._transport.get_extra_info("sockname")[1])

    async def start(self, host: str, http_port: int) -> None:
        """Listen for searches, and announce the devices. `host`, `http_port`: where the station's server listens.
        Raises `OSError` if the port cannot be used."""
        self._host, self._http_port = host, http_port
        own = await asyncio.to_thread(self._own_addresses)
        listening = _listening_socket("127.0.0.1" if is_loopback(host) else "", self.PORT, own)
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Responder(self), sock=listening
        )
        self._announcing = asyncio.create_task(self._announce(), name="ssdp")

    async def close(self) -> None:
        """Announce that the devices are gone, and stop listening."""
        if self._transport is None or self._announcing is None:
            return
        self._transport.close()
        self._transport = None
        self._announcing.cancel()
        await asyncio.gather(self._announcing, return_exceptions=True)
        await asyncio.to_thread(self._send_to_all, "ssdp:byebye")

    def answers(self, data: bytes, client: str) -> tuple[list[bytes], float]:
        """Return the answers to a datagram, and the longest time to wait before them (s); none if it is not a search
        for these devices."""
        search = read_search(data)
        url = None if search is None else url_toward(client, self._host, self._http_port)
        if search is None or url is None:
            return [], 0.0
        wanted, wait_s = search
        found = [
            _message("HTTP/1.1 200 OK", {"EXT": "", **self._facts(device, url), "ST": target, "USN": usn})
            for device in self._devices for target, usn in _targets(device) if wanted in ("ssdp:all", target)
        ]  # fmt: skip
        return found, wait_s

    def announcements(self, kind: str, url: str) -> Iterator[bytes]:
        """Yield the announcements of all devices. `kind`: `ssdp:alive` or `ssdp:byebye`. `url`: the station's URL in
        the network to which they go."""
        for device in self._devices:
            facts = self._facts(device, url) if kind == "ssdp:alive" else {}
            for target, usn in _targets(device):
                head = {"HOST": f"{GROUP}:{self.PORT}", "NT": target, "NTS": kind, "USN": usn}
                yield _message("NOTIFY * HTTP/1.1", {**head, **facts})

    async def _announce(self) -> None:
        while True:
            await asyncio.to_thread(self._send_to_all, "ssdp:alive")
            await asyncio.sleep(AGAIN_S)

    def _send_to_all(self, kind: str) -> None:
        """Send an announcement to each network of this machine. Blocking. A network that is down gets none."""
        for address in self._own_addresses():
            with (
                contextlib.suppress(OSError),
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
            ):
                sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
                sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 2)
                for message in self.announcements(kind, url_of(address, self._http_port)):
                    sender.sendto(message, (GROUP, self.PORT))

    def _own_addresses(self) -> list[str]:
        """Return the IPv4 addresses of this machine at which the station can be reached from its networks."""
        return [each for each in lan_addresses("0.0.0.0") if self._host in (*EVERY, each)]

    def _facts(self, device: Device, url: str) -> dict[str, str]:
        location = f"{self._address(device, url)}/device.xml"
        return {"CACHE-CONTROL": f"max-age={VALID_S}", "LOCATION": location, "SERVER": _SERVER}


def read_search(data: bytes) -> tuple[str, float] | None:
    """Return the target of a search (M-SEARCH), and the longest time to wait before the answer (s); None if the
    datagram is no search."""
    if len(data) > MOST_BYTES:
        return None
    first, *rest = data.decode("latin-1").split("\r\n")
    headers = {name.strip().upper(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    if first.upper() != "M-SEARCH * HTTP/1.1" or headers.get("MAN") != '"ssdp:discover"' or not headers.get("ST"):
        return None
    wait = headers.get("MX", "")
    return headers["ST"], min(WAIT_S, float(wait)) if wait.isascii() and wait.isdecimal() and len(wait) < 6 else WAIT_S


def _targets(device: Device) -> tuple[tuple[str, str], ...]:
    """Return the search targets of a device, each with the unique name (USN) that an answer states (UDA 1.0, 1.1.2)."""
    uuid = f"uuid:{device.udn}"
    return (_ROOT, f"{uuid}::{_ROOT}"), (uuid, uuid), (_TYPE, f"{uuid}::{_TYPE}")


def _message(first: str, headers: dict[str, str]) -> bytes:
    return "\r\n".join((first, *(f"{name}: {value}" for name, value in headers.items()), "", "")).encode()


def _listening_socket(host: str, port: int, interfaces: Sequence[str]) -> socket.socket:
    """Return a socket that receives searches on these interfaces. Other programs may listen on the port as well."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        listening.setblocking(False)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        for address in interfaces:
            with contextlib.suppress(OSError):  # an interface without multicast
                membership = socket.inet_aton(GROUP) + socket.inet_aton(address)
                listening.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    except BaseException:
        listening.close()
        raise
    return listening


class _Responder(asyncio.DatagramProtocol):
    def __init__(self, ssdp: Ssdp) -> None:
        self._ssdp = ssdp
        self._clients = NearbyClients()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # before Python 3.12 it is no subclass of it

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not data.startswith(b"M-SEARCH") or not self._clients.admits(addr[0]):
            return  # most datagrams here are the announcements of other devices
        answers, wait_s = self._ssdp.answers(data, addr[0])
        if answers:
            asyncio.get_running_loop().call_later(random.uniform(0, wait_s), self._send, answers, addr)

    def _send(self, answers: list[bytes], client: tuple[str, int]) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        for answer in answers:
            self._transport.sendto(answer, client)

    def error_received(self, exc: Exception) -> None:
        """Ignore it: a client has closed its socket before the answer came."""
