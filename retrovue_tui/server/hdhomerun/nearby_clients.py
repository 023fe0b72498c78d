"""Decides which discovery requests get an answer: those from this machine's networks, not too many of an address."""

from __future__ import annotations

from collections import OrderedDict
from ipaddress import IPv4Address, IPv4Network
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.server.addresses import own_networks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

REQUESTS_A_SECOND, REQUESTS_AT_ONCE = 5.0, 20.0
"""Two limits on the answered requests of one address: for each second, and for a burst."""
ADDRESSES: Final = 512
"""How many addresses the limit remembers."""
NETWORKS_S: Final = 60.0
"""How long the list of this machine's networks is used (s)."""


class NearbyClients:
    """The addresses that have sent requests, and how many."""

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
