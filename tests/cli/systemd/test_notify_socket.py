"""Reports to systemd, on real datagram sockets."""

from __future__ import annotations

import os
import secrets
import socket
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.cli.systemd.notify_socket import NotifySocket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "abstract":
        return f"@retrovue-test-{secrets.token_hex(8)}"
    return str(tmp_path / "notify")


@pytest.fixture
def systemd(address: str) -> Iterator[socket.socket]:
    """The receiving end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        receiver.settimeout(5)
        yield receiver


def told(systemd: socket.socket) -> str:
    return systemd.recv(10_000).decode()


def test_reports(systemd: socket.socket, address: str) -> None:
    environment = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid()), "X": "1"}
    notify = NotifySocket.take(environment)
    assert environment == {"X": "1"}, "no child process reports"
    assert notify.watchdog_s == 30.0
    notify.status("starting")
    assert told(systemd) == "STATUS=starting"
    notify.ready()
    assert told(systemd) == "READY=1"
    notify.status("starting")  # nothing new: not sent
    notify.alive()
    assert told(systemd) == "WATCHDOG=1"
    notify.reloading()
    first, second = told(systemd).split("\n")
    assert (first, second.startswith("MONOTONIC_USEC=")) == ("RELOADING=1", True)
    notify.stopping()
    assert told(systemd) == "STOPPING=1"
    notify.status("one\nREADY=0\x1b[2J")
    assert told(systemd) == "STATUS=one READY=0\ufffd[2J", "a channel's name begins no line of its own"
    notify.close()
    notify.alive()


@pytest.mark.parametrize(
    ("environment", "watchdog_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, None),  # no socket to answer on
        ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "5000000"}, 5.0),
        ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "5000000", "WATCHDOG_PID": "1"}, None),  # that is another process
        ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "0"}, None),
        ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "-3"}, None),
        ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "²"}, None),
        ({"NOTIFY_SOCKET": "vsock:2:1234", "WATCHDOG_USEC": "1000000"}, None),
    ],
)
def test_environments(environment: dict[str, str], watchdog_s: float | None) -> None:
    notify = NotifySocket.take(environment)
    notify.ready()
    notify.close()
    assert (notify.watchdog_s, environment) == (watchdog_s, {})


@pytest.mark.parametrize("wrong", ["/", "/nobody/listens/here", "@", "/" + "x" * 200, "/a\0b", "/dev/null"])
def test_a_wrong_socket_does_no_harm(wrong: str, caplog: pytest.LogCaptureFixture) -> None:
    notify = NotifySocket.take({"NOTIFY_SOCKET": wrong, "WATCHDOG_USEC": "1000000"})
    for _ in range(3):
        notify.ready()
        notify.status("on air")
        notify.alive()
    notify.close()
    assert len(caplog.records) <= 1, "it is logged once"


def test_a_full_socket_does_not_delay_the_station(systemd: socket.socket, address: str) -> None:
    notify = NotifySocket(address)
    for _ in range(5_000):  # nobody reads
        notify.alive()
    notify.close()
