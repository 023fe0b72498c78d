"""The lock that allows one station in a home, and that shows other processes the running station.

It is a kernel lock (`flock`), so it ends with the process, however the process ends. The file only names the station's
process, address and token. It is never removed: otherwise two stations could each lock a file of that name.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import StationError
from retrovue_tui.files.disk_errors import reason_of

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_PATIENCE: Final = 0.3
"""How long (s) to wait for a busy lock: another process may hold it briefly, to check whether a station runs."""


@dataclass(frozen=True)
class Running:
    """A running station. `url`: None until it listens. `started`: Unix time (s)."""

    pid: int
    url: str | None = None
    token: str | None = field(default=None, repr=False)
    started: float = 0.0


def lock_path(home: Path) -> Path:
    """Return the path of a home's lock file."""
    return home / "state" / "station.lock"


def find_running(home: Path) -> Running | None:
    """Return the station that runs in this home; None if none runs. A lock file left by a crash does not count."""
    try:
        descriptor = os.open(lock_path(home), os.O_RDONLY)
    except OSError:
        return None
    try:
        for _ in range(20):
            if _take(descriptor, fcntl.LOCK_SH):
                return None
            if (running := _read(descriptor)) is not None:
                return running
            time.sleep(0.005)  # the station may be writing the file
        return Running(pid=0)
    finally:
        os.close(descriptor)


class InstanceLock:
    """The lock of a home, held during the `with` block. Raises `StationError` if another station holds it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._descriptor: int | None = None
        self._started = time.time()

    def __enter__(self) -> InstanceLock:
        path = lock_path(self.home)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StationError(f"{path} cannot be written: {reason_of(error)}") from error
        deadline = time.monotonic() + _PATIENCE
        while not _take(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                running = _read(descriptor) or Running(0)
                os.close(descriptor)
                raise StationError(_refusal(self.home, running))
            time.sleep(0.02)
        self._descriptor = descriptor
        self._write(Running(os.getpid(), started=self._started))
        return self

    def announce(self, url: str, token: str | None = None) -> None:
        """Write the station's address and token to the lock file. Only the owner can read the file, because of the
        token."""
        self._write(Running(os.getpid(), url, token, self._started))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def _write(self, running: Running) -> None:
        if self._descriptor is None:
            raise StationError("the lock is not held")
        data = json.dumps(asdict(running)).encode() + b"\n"
        try:
            os.fchmod(self._descriptor, 0o600)
            os.pwrite(self._descriptor, data, 0)
            os.ftruncate(self._descriptor, len(data))
        except OSError as error:
            raise StationError(f"{lock_path(self.home)} cannot be written: {reason_of(error)}") from error


def _take(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(descriptor: int) -> Running | None:
    try:
        data = json.loads(os.pread(descriptor, 65_536, 0))
        return Running(int(data["pid"]), data.get("url"), data.get("token"), float(data.get("started") or 0))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _refusal(home: Path, running: Running) -> str:
    where = f" at {running.url}" if running.url else ""
    return (
        f"a station already runs in {home} (process {running.pid}{where}); "
        f"`retrovue-tui run` shows it, `retrovue-tui stop` ends it"
    )
