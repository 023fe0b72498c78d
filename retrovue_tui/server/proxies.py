"""Finds out who sent a request, and to which address, if it passed through proxies that the station trusts."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final

from multidict import CIMultiDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import web

    Address = IPv4Address | IPv6Address
    Network = IPv4Network | IPv6Network

MOST_PASSED: Final = 16
"""The most addresses that are read from X-Forwarded-For, from its end."""


class TrustedProxies:
    """The proxies whose X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host are believed. Those headers of all
    other clients have no effect, because anybody can send them."""

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = tuple(networks)

    def original(self, request: web.Request) -> web.Request:
        """Return the request as its client sent it to the first proxy: with the client's address as `remote`, its
        scheme, and its Host header, which is not checked here. A request that no trusted proxy sent is returned
        unchanged."""
        if not self._networks or not self._trusts(_address(request.remote or "")):
            return request
        client, hops = self._client(request)
        scheme = _value_of_first_proxy(request, "X-Forwarded-Proto", hops).lower()
        headers = CIMultiDict(request.headers)
        if host := _value_of_first_proxy(request, "X-Forwarded-Host", hops):
            headers["Host"] = host
        return request.clone(
            remote=client, headers=headers, scheme=scheme if scheme in ("http", "https") else request.scheme
        )

    def _client(self, request: web.Request) -> tuple[str, int]:
        """Return the address of the client, and how many trusted proxies the request passed. Each proxy adds the
        address that it sees, so everything before the first address that is not trusted may be invented."""
        passed = ",".join(request.headers.getall("X-Forwarded-For", ())).rsplit(",", MOST_PASSED)[-MOST_PASSED:]
        client, hops = request.remote or "", 1
        for text in reversed(passed):
            address = _address(text.strip())
            if address is None:
                break
            client = str(address)
            if not self._trusts(address):
                break
            hops += 1
        return client, hops

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


def _value_of_first_proxy(request: web.Request, name: str, hops: int) -> str:
    """Return the value that the first trusted proxy set; empty if there is none. Each of the `hops` proxies either adds
    a value at the end or replaces all of them."""
    values = [each.strip() for each in ",".join(request.headers.getall(name, ())).rsplit(",", MOST_PASSED)]
    return values[max(0, len(values) - hops)]


def _address(text: str) -> Address | None:
    """Return the address in a text such as `10.0.0.7`, `10.0.0.7:4711`, `2001:db8::1` or `[2001:db8::1]:4711`; None if
    there is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
