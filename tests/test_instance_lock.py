"""One station to a home, and how others find it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.errors import StationError
from retrovue_tui.instance_lock import InstanceLock, find_running, lock_path

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys, time
from pathlib import Path
from retrovue_tui.instance_lock import InstanceLock
with InstanceLock(Path(sys.argv[1])) as presence:
    presence.announce("http://127.0.0.1:8480", "t")
    print("held", flush=True)
    time.sleep(60)
"""


def test_nobody_home(tmp_path: Path) -> None:
    assert find_running(tmp_path) is None


def test_a_station_is_found_while_it_runs(tmp_path: Path) -> None:
    with InstanceLock(tmp_path) as presence:
        running = find_running(tmp_path)
        assert running is not None
        assert (running.pid, running.url) == (os.getpid(), None)
        presence.announce("http://127.0.0.1:1", "secret")
        running = find_running(tmp_path)
        assert running is not None
        assert (running.url, running.token) == ("http://127.0.0.1:1", "secret")
        presence.announce("http://x")
        shorter = find_running(tmp_path)
        assert shorter is not None
        assert shorter.token is None
        assert stat.S_IMODE(lock_path(tmp_path).stat().st_mode) == 0o600
    assert find_running(tmp_path) is None


def test_a_second_station_is_refused(tmp_path: Path) -> None:
    with InstanceLock(tmp_path) as presence:
        presence.announce("http://127.0.0.1:8480")
        with pytest.raises(StationError, match=f"already runs in .*process {os.getpid()} at http://127.0.0.1:8480"):
            InstanceLock(tmp_path).__enter__()
        assert find_running(tmp_path) is not None, "the refusal did not disturb the first"


def test_a_lock_left_by_a_crash_is_taken_over(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        running = find_running(tmp_path)
        assert running is not None
        assert (running.pid, running.token) == (child.pid, "t")
        child.send_signal(signal.SIGKILL)
    assert lock_path(tmp_path).read_bytes(), "what the dead one wrote is still there"
    assert find_running(tmp_path) is None
    with InstanceLock(tmp_path):
        running = find_running(tmp_path)
        assert running is not None
        assert (running.pid, running.url) == (os.getpid(), None)


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    with pytest.raises(StationError, match=r"cannot be written: a file is where a folder is needed; .*--home DIR"):
        InstanceLock(tmp_path).__enter__()


def test_announcing_needs_the_lock(tmp_path: Path) -> None:
    with pytest.raises(StationError):
        InstanceLock(tmp_path).announce("http://x")
