"""A real farm on this machine for tests: `retrovue-tui farm` with its scheduler and workers."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest

from retrovue_tui.config.prepare import PrepareConfig
from retrovue_tui.media.farm.farm import Farm, python_environment
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.rendering.render_scheduler import Preparer
from tests.media.rendered import house

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from retrovue_tui.media.house_format import HouseFormat

needs_dask = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None,
    reason="NOT TESTED: the package distributed is missing; install it with: pip install 'retrovue-tui[farm]'",
)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class RunningFarm:
    """A farm that runs as a program of its own."""

    def __init__(self, workers: int, *words: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "retrovue_tui", "farm", "--workers", str(workers), "--port", str(self.port)]
        self.program = subprocess.Popen([*command, *words], stdout=subprocess.PIPE, env=python_environment(), text=True)

    def processes(self, module: str) -> list[psutil.Process]:
        """The scheduler ("scheduler"), or the workers ("worker")."""
        found = []
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.program.pid).children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    if f"retrovue_tui.media.farm.processes.{module}" in child.cmdline():
                        found.append(child)
        return found

    def busy(self) -> list[psutil.Process]:
        """The workers that render now."""
        return [each for each in self.processes("worker") if encoders_of(each)]

    def end(self) -> None:
        """End it, as Ctrl-C does."""
        self.program.send_signal(signal.SIGINT)
        self.program.communicate(timeout=20)
        assert self.program.returncode == 0


def encoders_of(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return [each for each in process.children() if "ffmpeg" in each.name()]
    return []


@contextlib.contextmanager
def running_farm(workers: int, *words: str) -> Iterator[RunningFarm]:
    one = RunningFarm(workers, *words)
    try:
        yield one
    finally:
        one.end()


def small_house(rate: str = "30000/1001") -> HouseFormat:
    """The tests' house with a quarter of its pixels: what is tested is where a piece is made, not the picture."""
    return replace(house(rate), width=160, height=90)


class Warnings:
    """The warnings of a farm, as the station shows them."""

    def __init__(self) -> None:
        self.now: dict[str, str] = {}
        self.ever: list[str] = []

    def __call__(self, subject: str, text: str | None) -> None:
        if text is None:
            self.now.pop(subject, None)
        else:
            self.now[subject] = text
            self.ever.append(text)


def station(
    folder: Path, address: str, *paths: tuple[str, str], of: HouseFormat | None = None
) -> tuple[Preparer, Farm, Warnings]:
    """A scheduler of renders with a farm, as a station has it; the farm's side of it, and its warnings."""
    warnings, of = Warnings(), of or small_house()
    farm = Farm(PrepareConfig(farm=address, paths=paths), warnings)
    return Preparer(find_ffmpeg(), PieceStore(folder, of, 10**9), of, 1, farm=farm), farm, warnings


async def soon(true: Callable[[], object], seconds: float = 60) -> None:
    """Wait for a condition outside this process."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.02)
