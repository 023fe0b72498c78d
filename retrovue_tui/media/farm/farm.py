"""The station's side of a farm: which machines there are, which orders they have, and what must be rendered at home.

The connection to the scheduler is a child process, `processes.link`. This module loads nothing of Dask, and takes only
checked messages from it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import retrovue_tui
from retrovue_tui import __version__
from retrovue_tui.errors import FFmpegError, RetrovueError
from retrovue_tui.media.farm.messages import MOST_LINE, Alive, Away, Closed, Connected, read_message
from retrovue_tui.media.farm.reconnect import Delay
from retrovue_tui.media.ffmpeg.process import end, spawn
from retrovue_tui.media.ffmpeg.run import LastLines, read_stderr

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.config.prepare import PrepareConfig
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.farm.analysis_order import AnalysisOrder
    from retrovue_tui.media.farm.messages import FarmWorker, Message
    from retrovue_tui.media.farm.render_order import RenderOrder

_log = logging.getLogger(__name__)

SILENT_S: Final = 30.0
"""The link reports every two seconds. If it is silent for this time, it is started again (s)."""
FIRST_S: Final = 60.0
"""The link may take this long for its first report: on a busy machine, loading Dask takes many seconds (s)."""
BARRED_S: Final = 600.0
"""A machine that could not render an asset is asked again after this time (s)."""
MOST_LOST: Final = 3
"""After this many lost orders in a row, the station renders the asset itself."""
_UP_S: Final = 60.0


class FarmError(RetrovueError):
    """An order that the farm has not carried out. `machine` is to blame, if it is known and not just lost. `media`: the
    media file seems to be at fault, so it is rendered at home, where such faults are handled."""

    def __init__(self, message: str, machine: str = "", *, media: bool = False) -> None:
        super().__init__(message)
        self.machine, self.media = machine, media


class Farm:
    """Gives orders to the machines behind one scheduler. Works while `run` is running; call everything from the event
    loop's thread.

    `warn` sets the warning about a subject, or withdraws it if the text is None. `changed` is called when machines come
    or go.
    """

    def __init__(self, config: PrepareConfig, warn: Callable[[str, str | None], None]) -> None:
        assert config.farm is not None
        self.address, self.paths, self._tls = config.farm, config.paths, config.tls
        self.workers: tuple[FarmWorker, ...] = ()
        self.connected = False
        self.changed: Callable[[], None] = lambda: None
        self._warn = warn
        self._process: asyncio.subprocess.Process | None = None
        self._orders: dict[str, asyncio.Queue[Message]] = {}
        self._barred: dict[tuple[str, str], float] = {}
        self._lost: Counter[str] = Counter()
        self._homed: dict[str, float] = {}
        self._hopeless = False

    @classmethod
    def of(cls, config: PrepareConfig, warn: Callable[[str, str | None], None]) -> Farm | None:
        """Return the farm that a configuration names; None if it names none."""
        return None if config.farm is None else cls(config, warn)

    # ── what the farm can do ─────────────────────────────────────────────────────────────────────

    @property
    def slots(self) -> int:
        """How many orders the farm should have: one for each worker, and one more that waits, so that none is idle."""
        return len(self.workers) + 1 if self.workers else 0

    def takes(self, asset: Asset) -> bool:
        """Return whether a machine can be asked to render an asset now."""
        now = time.monotonic()
        if not self.workers or self._homed.get(asset.key, 0.0) > now:
            return False
        return any(self._barred.get((asset.key, worker.machine), 0.0) <= now for worker in self.workers)

    def blame(self, asset: Asset, error: FarmError) -> None:
        """Note that an order was not carried out. The asset then goes to another machine, or is rendered at home."""
        until = time.monotonic() + BARRED_S
        _log.info("%s: %s %s", asset.path, error.machine or "the farm", error.message)
        if error.media:
            self._homed[asset.key] = until
        elif error.machine:
            self._barred[asset.key, error.machine] = until
            self._warn(f"farm {error.machine}", f"{error.machine} in the farm: {error.message}")
        else:
            self._lost[asset.key] += 1
            if self._lost[asset.key] >= MOST_LOST:
                self._homed[asset.key] = until
                del self._lost[asset.key]

    def praise(self, asset: Asset, machine: str) -> None:
        """Note that a machine has delivered a piece of an asset."""
        self._lost.pop(asset.key, None)
        if not any(name == machine for _, name in self._barred):
            self._warn(f"farm {machine}", None)

    # ── orders ───────────────────────────────────────────────────────────────────────────────────

    async def order(self, order: RenderOrder | AnalysisOrder, air_at: float) -> asyncio.Queue[Message]:
        """Give an order, and return the queue of all messages about it. `air_at` is the event loop's time at which its
        first frame airs. Raises `FarmError` if the farm is away."""
        if self._process is None or not self.connected:
            raise FarmError("the farm is away")
        now = time.monotonic()
        without = [name for (key, name), until in self._barred.items() if key == order.asset.key and until > now]
        priority = -round(time.time() + air_at - asyncio.get_running_loop().time())
        queue = self._orders[order.id] = asyncio.Queue()
        data = await asyncio.to_thread(order.to_json)
        self._tell({"do": "order", "order": data, "priority": priority, "without": without})
        return queue

    def withdraw(self, id: str) -> None:
        """Withdraw an order, finished or not."""
        if self._orders.pop(id, None) is not None:
            with contextlib.suppress(FarmError):
                self._tell({"do": "withdraw", "id": id})

    def _tell(self, message: dict[str, Any]) -> None:
        if self._process is None or self._process.stdin is None or self._process.stdin.is_closing():
            raise FarmError("the farm is away")
        self._process.stdin.write(json.dumps(message).encode() + b"\n")

    # ── the link ─────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Keep the link to the scheduler. Runs until cancelled."""
        delay = Delay()
        try:
            while not self._hopeless:
                began = time.monotonic()
                reason = await self._live()
                self._gone(Away(reason, self._hopeless))
                if time.monotonic() - began > _UP_S:
                    delay.reset()
                await asyncio.sleep(delay.next())
        finally:
            self._gone(None)

    async def _live(self) -> str:
        """Run the link until it ends, and return why it ended."""
        tls = None if self._tls is None else {name: str(getattr(self._tls, name)) for name in ("ca", "cert", "key")}
        wanted = json.dumps({"scheduler": self.address, "tls": tls})
        words = LastLines()
        try:
            process = await spawn(
                [sys.executable, "-m", "retrovue_tui.media.farm.processes.link", wanted], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, environment=python_environment(),
            )  # fmt: skip
        except FFmpegError as error:
            return error.message
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        errors = asyncio.create_task(read_stderr(process.stderr, words))
        try:
            return await self._listen(process.stdout) or words.last or "the link to it ended"
        finally:
            self._process = None
            errors.cancel()
            await asyncio.gather(errors, return_exceptions=True)
            await asyncio.shield(end(process))

    async def _listen(self, stdout: asyncio.StreamReader) -> str:
        reader, limit_s = LineReader(stdout), FIRST_S
        while True:
            try:
                async with asyncio.timeout(limit_s):
                    line = await reader.line()
            except TimeoutError:
                return f"the link to it was silent for {limit_s:.0f} s"
            limit_s = SILENT_S
            if line is None:
                return ""
            try:
                self._take(read_message(json.loads(line)))
            except ValueError as error:
                return str(error)

    def _take(self, message: Message) -> None:
        match message:
            case Alive():
                pass
            case Connected():
                self._there(message.workers)
            case Away():
                self._hopeless = message.needs_install
                self._gone(message)
            case _:
                if (queue := self._orders.get(message.order)) is not None:
                    queue.put_nowait(message)

    def _there(self, workers: tuple[FarmWorker, ...]) -> None:
        fit = tuple(sorted((each for each in workers if each.version == __version__), key=lambda each: each.address))
        others = sorted({f"{each.machine} ({each.version})" for each in workers if each.version != __version__})
        new = fit != self.workers or not self.connected
        self.connected, self.workers = True, fit
        if others:
            self._warn("farm version", f"these machines of the farm get no work, because the station is version"
                       f" {__version__}: {', '.join(others[:5])}; install the same version there")  # fmt: skip
        else:
            self._warn("farm version", None)
        text = f"the farm at {self.address} has no worker; start `retrovue-tui farm --scheduler` on a machine"
        self._warn("farm", None if workers else text)
        now = time.monotonic()
        for key in [key for key, until in self._barred.items() if until <= now]:
            del self._barred[key]
            if not any(name == key[1] for _, name in self._barred):
                self._warn(f"farm {key[1]}", None)
        if new:
            self.changed()

    def _gone(self, away: Away | None) -> None:
        """Lose all orders. They are rendered at home until the scheduler is back."""
        if away is not None:
            how = "this station renders by itself, and connects again when it is back"
            if away.needs_install:
                how = "install it with: pip install 'retrovue-tui[farm]', and start the station again"
            self._warn("farm", f"the farm at {self.address} cannot be reached ({away.reason}); {how}")
        was, self.connected, self.workers = self.connected, False, ()
        for id, queue in self._orders.items():
            queue.put_nowait(Closed(id, lost=True))
        if was:
            self.changed()


class LineReader:
    """Reads lines of at most `MOST_LINE` bytes."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream, self._rest = stream, b""

    async def line(self) -> bytes | None:
        """Return the next line, or None at the end. Raises `ValueError` for a line that is too long."""
        while (at := self._rest.find(b"\n")) < 0:
            if len(self._rest) > MOST_LINE:
                raise ValueError(f"a message of the farm is longer than {MOST_LINE} bytes")
            data = await self._stream.read(64 * 1024)
            if not data:
                return None
            self._rest += data
        line, self._rest = self._rest[:at], self._rest[at + 1 :]
        return line


def python_environment() -> dict[str, str]:
    """Return the environment of this process, in which a child process finds this package."""
    root = str(Path(retrovue_tui.__file__).parent.parent)
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
