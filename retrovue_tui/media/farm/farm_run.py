"""One run of a render on a machine of the farm. To the scheduler of renders it looks like a run of FFmpeg at home."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import MediaError
from retrovue_tui.media.analysis.measuring.piece_signals import PieceSignals
from retrovue_tui.media.farm.farm import Farm, FarmError
from retrovue_tui.media.farm.messages import Advanced, Closed, Delivered, Ended, OrderRefused, Started
from retrovue_tui.media.farm.path_maps import mapped, mapped_asset
from retrovue_tui.media.farm.render_order import RenderOrder
from retrovue_tui.media.farm.shared_folder import signals_name
from retrovue_tui.media.ffmpeg.progress import Progress
from retrovue_tui.media.rendering.edge_pieces import verify_edge
from retrovue_tui.media.rendering.proxy import has_proxy
from retrovue_tui.media.rendering.render_run import RenderOutcome, work_folder
from retrovue_tui.media.workers.tasks import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.farm.messages import Message
    from retrovue_tui.media.rendering.arguments.render_filters import Range
    from retrovue_tui.media.rendering.piece_index import Piece
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.media.rendering.render_target import SignalTarget

_log = logging.getLogger(__name__)

START_S: Final = 180.0
"""An order that no worker has begun after this time comes home (s). One order of a farm always waits its turn."""
SILENT_S: Final = 30.0
"""A worker reports every second; after this time without a report, its order goes elsewhere (s)."""
IDLE_S: Final = 90.0
"""A worker that reports, but gets no further, loses its order after this time (s). Its own limits are shorter."""
ARRIVE_S: Final = 30.0
"""The longest time that a delivered piece may take to appear in this station's view of the shared folder (s)."""
_MOST_SIGNALS: Final = 1 << 20
_SOONEST_S, _LATEST_S = 0.02, 1.0
"""The intervals at which a delivered piece is looked for (s)."""


class FarmRun:
    """Has the asset frames [wanted.first, wanted.end) rendered by the farm, and takes the pieces into the store as they
    arrive, after the same check as at home. The fields are those of `RenderRun`; `machine` is who renders."""

    measures: Final = False

    def __init__(
        self,
        farm: Farm,
        store: PieceStore,
        asset: Asset,
        wanted: Range,
        air_at: float,
        on_piece: Callable[[Piece], bool],
        analysis: SignalTarget | None = None,
    ) -> None:
        self._farm, self._store, self._asset, self._wanted = farm, store, asset, wanted
        self._air_at, self._on_piece, self._analysis = air_at, on_piece, analysis
        self.machine = ""
        self.progress = Progress()
        self.outcome = RenderOutcome()
        self._advanced = 0.0

    async def run(self) -> RenderOutcome:
        """Render the range. Raises `FarmError` if the farm has not done it, and `OSError` if the store cannot be
        written. What has arrived by then stays."""
        async with work_folder(self._store) as folder:
            paths, analysis = self._farm.paths, self._analysis
            if analysis is not None and not (
                has_proxy(self._asset, self._wanted) and await analysis.wants(self._asset)
            ):
                self._analysis = None
            order = RenderOrder(
                secrets.token_hex(8), mapped(folder.absolute(), paths), mapped_asset(self._asset, paths),
                self._store.house, self._wanted, self._store.frames(self._asset), self._analysis is not None,
            )  # fmt: skip
            try:
                await self._follow(await self._farm.order(order, self._air_at), folder)
            finally:
                self._farm.withdraw(order.id)
        return self.outcome

    async def _follow(self, messages: asyncio.Queue[Message], folder: Path) -> None:
        self._advanced = time.monotonic()
        while True:
            message = await next_message(messages, self.machine, self._asset, "render")
            match message:
                case Started(machine=machine):
                    if self.machine:  # a scheduler with other settings has given the order to a second worker
                        raise FarmError(f"{self.machine} has lost an order")
                    self.machine, self._advanced = machine, time.monotonic()
                case Advanced():
                    self._advance(message)
                case Delivered():
                    self._advanced = time.monotonic()
                    if not await self._take(message, folder):
                        self.outcome.met = True
                        return None
                case Ended():
                    return self._finish(message)
                case OrderRefused(reason=reason):
                    raise FarmError(reason, self.machine)
                case Closed(lost=True):
                    raise FarmError("an order was lost")
                case _:
                    raise FarmError("it gave up an order", self.machine)

    def _advance(self, message: Advanced) -> None:
        now, was, self.progress = message.progress, self.progress, message.progress
        if now.frame > was.frame or now.out_time_s > was.out_time_s:
            self._advanced = time.monotonic()
        elif time.monotonic() - self._advanced > IDLE_S:
            raise FarmError(f"it gets no further with {self._asset.path}", self.machine)

    async def _take(self, delivered: Delivered, folder: Path) -> bool:
        """Take a piece into the store, unless the station has made it itself meanwhile. Return whether to go on."""
        piece, house = delivered.piece, self._store.house
        if not self._wanted.first <= piece.first < piece.end <= self._wanted.end:
            raise FarmError(f"it delivered frames {piece.first} to {piece.end}, which were not ordered", self.machine)
        name = f"e{piece.first}-{piece.end}.ts" if delivered.edge else f"{piece.first // house.piece_frames:06d}.ts"
        made = folder / name
        await arrived(made, piece.bytes, self._farm, self.machine)
        try:
            if delivered.edge:
                await self._store.add_edge(self._asset, made, await verify_edge(made, house, piece.first, piece.end))
                return True
            checked = await verify(made, house, piece.first)
            if checked != piece:
                raise MediaError(f"it has {checked.frames} frames, not {piece.frames}", made)
        except MediaError as error:
            raise FarmError(f"a piece of {self._asset.path} arrived damaged: {error.reason}", self.machine) from error
        self._farm.praise(self._asset, self.machine)
        await self._measured(folder / signals_name(piece.first, piece.end), delivered.end)
        if not self._store.holds(self._asset, piece.first, piece.end):
            await self._store.add_piece(self._asset, made, piece, delivered.end)
        self.outcome.made += 1
        self.outcome.short = self.outcome.short or (piece.end < self._wanted.end and delivered.end is not None)
        return self._on_piece(piece)

    async def _measured(self, path: Path, end: int | None) -> None:
        """Pass on what the machine has measured of a piece, if it has. It never makes the render fail."""
        if self._analysis is None:
            return
        try:
            signals = PieceSignals.from_json(json.loads(await asyncio.to_thread(_read, path)))
            known = self._store.index(self._asset).end if end is None else end
            await self._analysis.add(self._asset, signals, known)
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.info("%s: not measured by %s: %s", self._asset.path, self.machine, error)

    def _finish(self, ended: Ended) -> None:
        """Take over the end of the run. A range that is not complete is rendered at home, where such faults are
        handled."""
        self.outcome.code, self.outcome.stalled = ended.code, ended.stalled
        if ended.words:
            self.outcome.words.feed("\n".join(ended.words).encode() + b"\n")
        done = self._store.ready(self._asset, self._wanted.first)
        if done < min(self._wanted.end, self._store.frames(self._asset)):
            raise FarmError(f"it could not be rendered: {self.outcome.reason}", self.machine, media=True)


async def next_message(messages: asyncio.Queue[Message], machine: str, asset: Asset, work: str) -> Message:
    """Return the next message about an order. `machine` has begun with it; empty: none has. `work`: what it should do.
    Raises `FarmError` if none arrives in time."""
    try:
        async with asyncio.timeout(SILENT_S if machine else START_S):
            return await messages.get()
    except TimeoutError:
        where = f"{machine} no longer reports" if machine else "no machine has begun"
        raise FarmError(f"{where}, while it should {work} {asset.path}") from None


async def arrived(path: Path, size: int, farm: Farm, machine: str) -> None:
    """Wait until a delivered file can be seen here: a network file system may take a moment. Raises `FarmError`."""
    pause, until = _SOONEST_S, time.monotonic() + ARRIVE_S
    while await asyncio.to_thread(_size, path) != size:
        if time.monotonic() > until:
            reason = f"a file has not arrived in {path.parent} after {ARRIVE_S:.0f} s; is this the folder that it"
            raise FarmError(f"{reason} writes as {mapped(path.parent, farm.paths)}?", machine)
        await asyncio.sleep(pause)
        pause = min(_LATEST_S, 2 * pause)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST_SIGNALS)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
