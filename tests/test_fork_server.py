"""A forked program has the streams, the environment, the folder and the end of one that was started by its name."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import psutil
import pytest

from tests import fork_server
from tests.playout.homes import Home

if TYPE_CHECKING:
    from pathlib import Path


async def test_exit_code_and_streams() -> None:
    wrong = await fork_server.start("stauts")
    out, err = await wrong.communicate()
    assert (wrong.returncode, out) == (2, b"")
    assert err.startswith(b"retrovue-tui: unknown command 'stauts'")
    right = await fork_server.start("serve", "--help")
    out, err = await right.communicate()
    assert (right.returncode, err) == (0, b"")
    assert b"--home DIR" in out
    with pytest.raises(ProcessLookupError):
        right.kill()


async def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The width of the terminal, which `--help` fills, comes from there."""
    widths = []
    for columns in ("60", "100"):
        monkeypatch.setenv("COLUMNS", columns)
        out, _ = await (await fork_server.start("serve", "--help")).communicate()
        widths.append(max(len(line) for line in out.decode().splitlines()))
    assert widths[0] <= 60 < widths[1] <= 100


async def test_folder_and_signal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Home.make(tmp_path, {}, {"1": 'name = "One"'})
    monkeypatch.chdir(tmp_path)
    station = await fork_server.start("serve", "--home", ".")
    assert (await station.stdout.readline()).startswith(b"on air: ")
    assert station.returncode is None
    station.send_signal(signal.SIGKILL)
    await station.communicate()
    assert station.returncode == -signal.SIGKILL
    assert not psutil.pid_exists(station.pid)
