"""Finds the addresses at which other machines can reach this one, without sending anything."""

from __future__ import annotations

import contextlib
import socket
from ipaddress import IPv4Network, ip_address
from typing import Final

import ifaddr

EVERY: Final = ("", "0.0.0.0", "::")
"""Host values that stand for every address of this machine."""


def lan_addresses(host: str) -> list[str]:
    """Return the addresses at which other machines can reach a server that listens on `host`, IPv4 first; empty if
    `host` is one address already. Loopback and link-local addresses are left out."""
    if host not in EVERY:
        return []
    found: set[str] = set()
    for adapter in ifaddr.get_adapters():
        for each in adapter.ips:
            text = each.ip if isinstance(each.ip, str) else each.ip[0]
            address = ip_address(text.partition("%")[0])
            if not (address.is_loopback or address.is_link_local or address.is_unspecified):
                found.add(str(address))
    if host == "0.0.0.0":
        found = {text for text in found if ":" not in text}
    return sorted(found, key=lambda text: (ip_address(text).version, int(ip_address(text))))


def own_networks() -> list[IPv4Network]:
    """Return the IPv4 networks that this machine is in, with its loopback network."""
    return [
        IPv4Network((each.ip, each.network_prefix), strict=False)
        for adapter in ifaddr.get_adapters() for each in adapter.ips if isinstance(each.ip, str)
    ]  # fmt: skip


def url_toward(client: str, host: str, port: int) -> str | None:
    """Return the URL at which a client with an IPv4 address reaches a server that listens on `host`; None if there is
    no way to the client. Nothing is sent."""
    if host not in EVERY:
        return url_of(host.removeprefix("[").removesuffix("]"), port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way, contextlib.suppress(OSError):
        way.connect((client, port))
        return url_of(str(way.getsockname()[0]), port)
    return None


def url_of(address: str, port: int) -> str:
    """Return the URL of a server at an address and a port."""
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
