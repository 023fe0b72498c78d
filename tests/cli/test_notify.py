"""A real station tells systemd what it does, on a real socket."""

from __future__ import annotations

import signal
import socket
import time
from typing import TYPE_CHECKING

import pytest

from tests.test_cli import CONFIG, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 60.0


@pytest.fixture
def systemd(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    path = tmp_path_factory.mktemp("run") / "notify"
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(path))
        receiver.settimeout(PATIENCE_S)
        yield receiver


def hears(systemd: socket.socket, report: str) -> list[str]:
    """Wait for a report that begins so; return those before it."""
    before: list[str] = []
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        text = systemd.recv(10_000).decode()
        if text.startswith(report):
            return before
        before.append(text)
    pytest.fail(f"no {report} among {before}")


def rename_until_noticed(home: Path, systemd: socket.socket) -> None:
    """Save another config until the station applies one: it does not watch the file from its first picture on."""
    for number in range(20):
        (home / "retrovue.toml").write_text(CONFIG.replace("Eins", f"Eins {number}"))
        seen: list[str] = []
        for _ in range(12):  # about half a second each
            seen += (each for each in hears(systemd, "WATCHDOG=1") if not each.startswith("STATUS"))
            if "READY=1" in seen:
                assert [each.partition("\n")[0] for each in seen] == ["RELOADING=1", "READY=1"]
                return
    pytest.fail("the station applies no config")


def test_from_start_to_end(home_with_film: Path, systemd: socket.socket) -> None:
    with serving(home_with_film) as (process, _):
        before = hears(systemd, "READY=1")
        assert before[0] == "STATUS=starting: no channel has sent a picture yet"
        assert before[1].startswith("STATUS=1 channel: 1 ")
        assert "WATCHDOG=1" not in before
        for _ in range(3):
            before += hears(systemd, "WATCHDOG=1")
        if (on_air := "STATUS=1 channel: 1 on air; 0 viewers") not in before:
            hears(systemd, on_air)
        rename_until_noticed(home_with_film, systemd)
        process.send_signal(signal.SIGTERM)
        hears(systemd, "STOPPING=1")
        assert process.wait(PATIENCE_S) == 0


def test_a_wrong_socket_does_not_matter(home_with_film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/nobody/listens")
    monkeypatch.setenv("WATCHDOG_USEC", "nonsense")
    with serving(home_with_film) as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
