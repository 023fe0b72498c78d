"""How a worker carries out one order: the same render or analysis as at the station, with reports while it runs.
Without Dask, so that it can be tested alone."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.errors import MediaError, RetrovueError
from retrovue_tui.files.atomic_write import write_atomically
from retrovue_tui.files.disk_errors import reason_of
from retrovue_tui.media.analysis.analyser import Analyser
from retrovue_tui.media.farm.analysis_order import KIND, PARTS, RESULT, AnalysisOrder, result_to_json
from retrovue_tui.media.farm.path_maps import mapped, mapped_asset
from retrovue_tui.media.farm.render_order import OrderError, RenderOrder
from retrovue_tui.media.farm.shared_folder import SharedFolder, ShareError
from retrovue_tui.media.rendering.render_run import RenderRun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.rendering.piece_index import Piece
    from retrovue_tui.media.rendering.render_run import RenderOutcome

REPORT_S: Final = 1.0
"""The interval of a worker's reports, and of its looks at whether the order still stands (s)."""
LOOK_S: Final = 20.0
"""The time limit for a first look at the media file and at the shared folder (s)."""
_DATE_SLACK_NS: Final = 2_000_000_000
"""A copy of a file on another file system may have a date this much different (ns): some store whole seconds."""


@dataclass(frozen=True)
class Machine:
    """The parts that a worker needs to render. `maps`: where folders of the station are on this machine. `send` sends a
    message to the station; it does not wait."""

    name: str
    ffmpeg: FFmpeg
    threads: int
    scratch: Path
    maps: tuple[tuple[str, str], ...]
    send: Callable[[dict[str, Any]], None]


async def carry_out(data: dict[str, Any], machine: Machine) -> None:
    """Carry out an order, and report everything about it. The order ends early when its folder is gone: the station has
    removed it because it no longer needs the frames."""
    id = str(data.get("id", ""))

    def send(kind: str, **values: object) -> None:
        machine.send({"kind": kind, "order": id, **values})

    send("started", machine=machine.name)
    try:
        if data.get("kind") == KIND:
            await _analyse(AnalysisOrder.from_json(data).on_machine(machine.maps), machine, send)
            return
        order = _on_this_machine(RenderOrder.from_json(data), machine)
        await _look(order)
        outcome = await _render(order, machine, send)
    except (OrderError, ShareError) as error:
        send("refused", reason=error.message)
    except OSError as error:
        send("refused", reason=f"its disk: {reason_of(error)}")
    except RetrovueError as error:
        send("ended", code=None, short=False, stalled=None, words=[error.message])
    else:
        if outcome is not None:
            words = outcome.words.lines
            send("ended", code=outcome.code, short=outcome.short, stalled=outcome.stalled, words=words)


def _on_this_machine(order: RenderOrder, machine: Machine) -> RenderOrder:
    return RenderOrder(
        order.id, mapped(order.folder, machine.maps), mapped_asset(order.asset, machine.maps), order.house,
        order.wanted, order.length, order.measure,
    )  # fmt: skip


async def _look(order: RenderOrder | AnalysisOrder) -> None:
    """Look whether this machine sees the media and the folder. Raises `OrderError` with the path as it is here."""
    try:
        async with asyncio.timeout(LOOK_S):
            fault = await asyncio.to_thread(_fault_of, order.asset)
            there = await asyncio.to_thread(order.folder.is_dir)
    except TimeoutError:
        raise OrderError(f"{order.asset.path} or {order.folder} does not answer; check the network share") from None
    if fault is not None:
        raise OrderError(fault)
    if not there:
        raise OrderError(f"it has no folder {order.folder}; mount the station's cache, or say where it is in the paths")


def _fault_of(asset: Asset) -> str | None:
    try:
        facts = asset.path.stat()
    except OSError as error:
        return f"{asset.path} cannot be read there: {error.strerror}; mount it, or say where it is in the paths"
    if facts.st_size != asset.size or abs(facts.st_mtime_ns - asset.mtime_ns) > _DATE_SLACK_NS:
        return f"{asset.path} is another file there, of {facts.st_size} bytes and another date"
    return None


async def _render(order: RenderOrder, machine: Machine, send: Callable[..., None]) -> RenderOutcome | None:
    """Render the order's range. Return None if the order was withdrawn."""

    def delivered(piece: Piece, edge: bool, end: int | None) -> None:
        send("delivered", first=piece.first, frames=piece.frames, bytes=piece.bytes, edge=edge, end=end)

    target = SharedFolder(order, machine.scratch, delivered)
    run = RenderRun(machine.ffmpeg, target, order.asset, order.wanted, machine.threads, lambda _: True, analysis=target)
    work = asyncio.create_task(run.run())
    try:
        while not work.done():
            await asyncio.wait({work}, timeout=REPORT_S)
            now = run.progress
            send("advanced", frame=now.frame, fps=now.fps, speed=now.speed, out_time_s=now.out_time_s)
            if not work.done() and not await _stands(order):
                return None
        return work.result()
    except MediaError as error:
        raise error if await _stands(order) else OrderError("the order was withdrawn") from error
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError, RetrovueError, OSError):
            await work


async def _analyse(order: AnalysisOrder, machine: Machine, send: Callable[..., None]) -> None:
    """Search an asset for break candidates, and deliver them, unless the order is withdrawn."""
    await _look(order)
    part = 0.0

    def report(now: float) -> None:
        nonlocal part
        part = now

    work = asyncio.create_task(Analyser(machine.ffmpeg, order.rate).analyse(order.asset, report))
    try:
        while not work.done():
            await asyncio.wait({work}, timeout=REPORT_S)
            send("advanced", frame=round(PARTS * part), fps=0, speed=0, out_time_s=0)
            if not work.done() and not await _stands(order):
                return
        data = json.dumps(result_to_json(work.result())).encode()
        await asyncio.to_thread(write_atomically, order.folder / RESULT, data)
        send("delivered", first=0, frames=0, bytes=len(data), edge=False, end=None)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def _stands(order: RenderOrder | AnalysisOrder) -> bool:
    """Return whether the order's folder is still there. A share that does not answer at once has not removed it."""
    try:
        async with asyncio.timeout(REPORT_S):
            return await asyncio.to_thread(order.folder.is_dir)
    except TimeoutError:
        return True
