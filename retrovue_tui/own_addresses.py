"""Finds the addresses with which this machine reaches the network, without sending anything."""

from __future__ import annotations

import contextlib
import socket

from retrovue_tui.loopback import is_loopback


def own_addresses() -> list[str]:
    """Return this machine's network addresses: one for IPv4 and one for IPv6, if there is a default route for it."""
    found = []
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as way:
            way.connect((far, 9))
            address = str(way.getsockname()[0])
            if not is_loopback(address):
                found.append(address)
    return found
