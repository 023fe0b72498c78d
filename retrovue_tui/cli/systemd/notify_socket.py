"""Reports the station's state to systemd: one datagram for each report, as sd_notify(3) defines them."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import time
from typing import TYPE_CHECKING, Final

from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_VARIABLES: Final = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
_MOST_STATUS: Final = 300
"""The most characters of a status line."""
_log = logging.getLogger(__name__)


class NotifySocket:
    """The socket on which systemd receives reports. Without an address, all calls do nothing.

    A report that cannot be sent is lost, and logged once: no report ever delays or stops the station.
    `watchdog_s`: systemd ends the service if it receives no sign of life for this time (s); None: it does not watch.
    """

    def __init__(self, address: str = "", watchdog_s: float | None = None) -> None:
        self.watchdog_s = watchdog_s
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._socket: socket.socket | None = None
        self._status = ""
        self._failed = False
        if address:
            with contextlib.suppress(OSError):
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
                self._socket.setblocking(False)

    @classmethod
    def take(cls, environment: MutableMapping[str, str]) -> NotifySocket:
        """Return the socket that the environment names, and remove its variables: child processes must not report."""
        address, usec, pid = (environment.pop(name, "") for name in _VARIABLES)
        usable = address.startswith(("/", "@")) and len(address) > 1
        watched = usable and usec.isascii() and usec.isdecimal() and int(usec) > 0 and pid in ("", str(os.getpid()))
        return cls(address if usable else "", int(usec) / 1_000_000 if watched else None)

    def ready(self) -> None:
        """Report that the station is on air, or that it has applied a changed configuration."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Report that the station applies a changed configuration; `ready` ends that."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        """Report that the station is going off air."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Give the sign of life for which the watchdog waits."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """Report the state in words, unless it is the same as before."""
        if text != self._status:
            self._status = text
            self._send(f"STATUS={printable(text, _MOST_STATUS)}")

    def close(self) -> None:
        """Close the socket. Later reports are lost."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, *lines: str) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto("\n".join(lines).encode(), self._address)
        except (OSError, ValueError) as error:
            if not self._failed:
                _log.warning("systemd cannot be informed: %s", error)
            self._failed = True
