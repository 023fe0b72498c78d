"""Finds the addresses of the webhooks' hosts, in threads of its own.

A name server that does not answer holds a thread for half a minute. aiohttp's own resolver takes the threads of
`asyncio.to_thread`, of which there are few for the whole station.
"""

from __future__ import annotations

import socket
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

from retrovue_tui.config.alerts import MOST_RECEIVERS
from retrovue_tui.threads import BusyError, Threads

_THREADS: Final = Threads("alert names", 2, most=MOST_RECEIVERS)


class NameResolver(AbstractResolver):
    """A resolver for `aiohttp.TCPConnector`."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host. Raises `OSError` if it has none, or if too many names wait for an answer."""
        try:
            found = await _THREADS.run(_addresses, host, port, family)
        except BusyError as error:
            raise OSError("its name server does not answer") from error
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, proto, address in found
        ]  # fmt: skip

    async def close(self) -> None:
        """Do nothing: the threads stay for the next message."""


def _addresses(host: str, port: int, family: int) -> list[tuple[int, int, str]]:
    """Return the address family, the protocol and the address of each answer. Blocking."""
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    return [(kind, proto, str(address[0])) for kind, _, proto, _, address in found]
