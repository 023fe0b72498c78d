"""The part of a farm that runs on this machine: a scheduler, unless there is one elsewhere, and some workers.

Each is a child process. One that ends is started again, after a growing delay: so a worker that was killed comes back,
and the workers of a scheduler that was restarted find it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.media.farm.farm import LineReader, python_environment
from retrovue_tui.media.farm.reconnect import Delay
from retrovue_tui.media.ffmpeg.process import end, spawn
from retrovue_tui.media.ffmpeg.run import LastLines, read_stderr
from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.config.prepare import TlsFiles

DEFAULT_PORT: Final = 8786
MOST_WORKERS: Final = 256
_UP_S: Final = 60.0
_GRACE_S: Final = 3.0


@dataclass(frozen=True)
class FarmPlan:
    """The processes to run on this machine.

    `workers`: how many; with none, this machine only has the scheduler. `scheduler`: the address of a scheduler
    elsewhere; None: one starts here, on `host` and `port`. `maps`: where folders of the station are on this machine.
    `name`: how the station names this machine; None: its host name. `scratch`: a folder for unfinished pieces on this
    machine's own disk; None: the system's folder for such files.
    """

    workers: int
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    scheduler: str | None = None
    tls: TlsFiles | None = None
    maps: tuple[tuple[str, str], ...] = ()
    ffmpeg: Path | None = None
    name: str | None = None
    scratch: Path | None = None

    @property
    def address(self) -> str:
        """The address of the scheduler."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.scheduler or f"{'tls' if self.tls else 'tcp'}://{host}:{self.port}"


def default_workers() -> int:
    """Return how many workers suit this machine: one for two cores, as at the station."""
    return max(1, (os.cpu_count() or 1) // 2)


def check_port(plan: FarmPlan) -> None:
    """Raise `RetrovueError` if the scheduler could not listen on its port. Blocking, for a moment."""
    if plan.scheduler is not None:
        return
    family = socket.AF_INET6 if ":" in plan.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((plan.host, plan.port))
        except OSError as error:
            raise RetrovueError(
                f"the scheduler cannot listen on {plan.host} port {plan.port}: {error.strerror}; give another --port or"
                " --host, or name the scheduler that runs there with --scheduler"
            ) from error


class LocalFarm:
    """Runs the processes of a plan. `say` is called with each line for the operator."""

    def __init__(self, plan: FarmPlan, say: Callable[[str], None]) -> None:
        self.plan, self._say = plan, say
        self.processes: dict[str, asyncio.subprocess.Process] = {}
        """The running processes: "scheduler", and "worker 1" and so on."""
        self.ready: set[str] = set()
        """The processes that are ready."""

    async def run(self) -> None:
        """Keep all processes running, until cancelled."""
        plan = self.plan
        folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="retrovue-farm-", dir=plan.scratch)
        tls = None if plan.tls is None else {name: str(getattr(plan.tls, name)) for name in ("ca", "cert", "key")}
        threads = max(1, (os.cpu_count() or 1) // max(1, plan.workers))
        try:
            async with asyncio.TaskGroup() as group:
                if plan.scheduler is None:
                    wanted: dict[str, object] = {"host": plan.host, "port": plan.port, "tls": tls}
                    group.create_task(self._keep("scheduler", "scheduler", wanted, None))
                for number in range(1, plan.workers + 1):
                    scratch = Path(folder, str(number))
                    wanted = {
                        "scheduler": plan.address, "tls": tls, "threads": threads, "scratch": str(scratch),
                        "ffmpeg": None if plan.ffmpeg is None else str(plan.ffmpeg), "maps": plan.maps,
                        "name": plan.name,
                    }  # fmt: skip
                    group.create_task(self._keep(f"worker {number}", "worker", wanted, scratch))
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, True))

    async def _keep(self, name: str, module: str, wanted: dict[str, object], scratch: Path | None) -> None:
        """Run one process again and again."""
        delay = Delay()
        while True:
            began = time.monotonic()
            if scratch is not None:
                await asyncio.to_thread(_emptied, scratch)
            reason = await self._live(name, module, wanted)
            if time.monotonic() - began > _UP_S:
                delay.reset()
            pause = delay.next()
            self._say(f"{name} ended{f': {reason}' if reason else ''}; it starts again in {pause:g} s")
            await asyncio.sleep(pause)

    async def _live(self, name: str, module: str, wanted: dict[str, object]) -> str:
        """Run a process until it ends, and return its last words."""
        words = LastLines()
        process = await spawn(
            [sys.executable, "-m", f"retrovue_tui.media.farm.processes.{module}", json.dumps(wanted)],
            stdout=subprocess.PIPE, environment=python_environment(),
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        self.processes[name] = process
        errors = asyncio.create_task(read_stderr(process.stderr, words))
        said = ""
        try:
            reader = LineReader(process.stdout)
            while (line := await reader.line()) is not None:
                said = printable(line.decode(errors="replace").strip())
                if said == "ready":
                    said = ""
                    self.ready.add(name)
                    self._say(f"{name} is ready")
            await process.wait()
            await asyncio.wait({errors}, timeout=1)
            return said or ("" if process.returncode in (0, -9, -15) else words.last)
        finally:
            self.ready.discard(name)
            self.processes.pop(name, None)
            errors.cancel()
            await asyncio.gather(errors, return_exceptions=True)
            with contextlib.suppress(ProcessLookupError):
                await asyncio.shield(end(process, _GRACE_S))


def _emptied(folder: Path) -> None:
    """Make a folder empty: a worker that was killed may have left pieces there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
