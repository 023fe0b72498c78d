"""One run of FFmpeg that renders a range of an asset, or an edge piece, into the store. Each piece is checked."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import FFmpegError, MediaError
from retrovue_tui.media.ffmpeg.process import DECK_NICE, NICE, end, spawn
from retrovue_tui.media.ffmpeg.progress import Progress, ProgressParser
from retrovue_tui.media.ffmpeg.run import LastLines, read_stderr, run_ffmpeg
from retrovue_tui.media.ffmpeg.stall import StallLimits, StallWatch
from retrovue_tui.media.rendering.arguments.render_args import render_command, sound_command
from retrovue_tui.media.rendering.edge_pieces import accepted_edges, edge_command, verify_edge
from retrovue_tui.media.rendering.proxy import has_proxy
from retrovue_tui.media.rendering.proxy_reader import ProxyReader
from retrovue_tui.media.title_cards import slate_card
from retrovue_tui.media.workers.tasks import surplus, verify

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from io import FileIO
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.rendering.arguments.render_filters import Range
    from retrovue_tui.media.rendering.piece_index import Piece
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.media.rendering.render_target import RenderTarget, SignalTarget

_log = logging.getLogger(__name__)

_PIECE: Final = re.compile(r"\d{6,9}\.ts")
_EDGE_LIMIT_S: Final = 60.0
"""The time limit for an edge piece (s). It takes a second, or longer on a machine under full load."""


@dataclass
class RenderOutcome:
    """The result of a run: how many pieces it rendered, whether it reached pieces that exist already, FFmpeg's exit
    code, and FFmpeg's last error lines.

    `short` is set if the asset ended earlier than expected. `stalled` is the reason why the stall watch killed FFmpeg.
    """

    made: int = 0
    met: bool = False
    code: int | None = None
    short: bool = False
    stalled: str | None = None
    words: LastLines = field(default_factory=LastLines)

    @property
    def reason(self) -> str:
        """The reason why the run failed, in one line: the stall, FFmpeg's last error line, or its exit code."""
        said = self.words.last
        if self.stalled is not None:
            return f"{self.stalled}; its last message: {said}" if said else self.stalled
        return said or f"FFmpeg ended with code {self.code}"

    @property
    def disk_full(self) -> bool:
        """Whether FFmpeg failed because the disk is full."""
        return any("No space left" in line or "Disk quota" in line for line in self.words.lines)


@contextlib.asynccontextmanager
async def work_folder(store: RenderTarget) -> AsyncIterator[Path]:
    """Create a folder for unfinished files, yield it, and remove it afterwards."""
    folder = await asyncio.to_thread(store.work_folder)
    try:
        yield folder
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, True))


class RenderRun:
    """Renders the asset frames [wanted.first, wanted.end) into the store.

    `on_piece` is called after each piece, and returns whether to continue. `progress` is FFmpeg's newest report. In a
    `final` run, the frame at which FFmpeg stops becomes the asset's end, even if FFmpeg failed. `analysis` gets what is
    measured of the pieces, if it wants the asset.
    """

    def __init__(
        self,
        ffmpeg: FFmpeg,
        store: RenderTarget,
        asset: Asset,
        wanted: Range,
        threads: int,
        on_piece: Callable[[Piece], bool],
        final: bool = False,
        patience: StallLimits | None = None,
        analysis: SignalTarget | None = None,
    ) -> None:
        self._ffmpeg, self._store, self._asset, self._wanted = ffmpeg, store, asset, wanted
        self._threads, self._on_piece, self._final = threads, on_piece, final
        self._patience = patience or StallLimits()
        self._analysis = analysis
        self._proxy: ProxyReader | None = None
        self.machine = ""
        self.progress = Progress()
        self.outcome = RenderOutcome()

    @property
    def measures(self) -> bool:
        """Whether the run also writes a proxy, and measures it."""
        return self._proxy is not None

    async def run(self) -> RenderOutcome:
        """Render the range, until it is complete or FFmpeg ends. Raises `MediaError` if a piece's time stamps are off
        the grid of frames, `FFmpegError` if FFmpeg cannot be started, `OSError` if the store cannot be written."""
        async with work_folder(self._store) as folder:
            still = folder / "still.png"
            self._proxy = await self._reader(folder)
            if self._asset.video is None:
                await asyncio.to_thread(self._draw, still)
            await self._run(folder, still)
        return self.outcome

    def _draw(self, path: Path) -> None:
        house = self._store.house
        slate_card("", self._asset.title, (house.width, house.height), message="").save(path, compress_level=1)

    async def _run(self, folder: Path, still: Path) -> None:
        async with contextlib.AsyncExitStack() as stack:
            sound = await self._sound(stack)
            read, write = os.pipe()
            reports = os.fdopen(read, "rb", 0)
            stack.callback(reports.close)
            try:
                command = render_command(
                    self._ffmpeg, self._store.house, self._asset, self._wanted, folder, self._threads,
                    f"pipe:{write}", still, None if sound is None else f"pipe:{sound}",
                    proxy=self._proxy is not None,
                )  # fmt: skip
                fds = (write,) if sound is None else (write, sound)
                process = await spawn(command, stdout=subprocess.PIPE, pass_fds=fds, nice=NICE)
            finally:
                os.close(write)
                if sound is not None:
                    os.close(sound)
            stack.push_async_callback(end, process)
            await self._follow(process, reports, folder)

    async def _follow(self, process: asyncio.subprocess.Process, reports: FileIO, folder: Path) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        listeners = [
            asyncio.create_task(read_stderr(process.stderr, self.outcome.words)),
            asyncio.create_task(self._read_progress(reports)),
        ]
        watch = asyncio.create_task(self._watch(process))
        try:
            last = await self._collect(process.stdout, folder)
            if not self.outcome.met:
                self.outcome.code = await process.wait()
                await asyncio.wait(listeners, timeout=1)
                if last is not None:
                    await self._accept_short(*last)
        finally:
            for task in (*listeners, watch):
                task.cancel()
            await asyncio.gather(*listeners, watch, return_exceptions=True)

    async def _sound(self, stack: contextlib.AsyncExitStack) -> int | None:
        """For a careful range, start a second FFmpeg that reads the sound; return the file descriptor of its output.
        For any other range, return None."""
        if not self._wanted.careful or self._wanted.mute or self._asset.audio is None or self._asset.parts:
            return None
        read, write = os.pipe()
        try:
            process = await spawn(
                sound_command(self._ffmpeg, self._asset), stdout=write, stderr=subprocess.DEVNULL, nice=NICE
            )
        except BaseException:
            os.close(read)
            raise
        finally:
            os.close(write)
        stack.push_async_callback(end, process)
        return read

    async def _collect(self, names: asyncio.StreamReader, folder: Path) -> tuple[Path, Piece] | None:
        """Add each finished piece to the store. If a piece is shorter than it should be, return it; only the last piece
        may be."""
        house, wanted = self._store.house, self._wanted
        while line := await _line(names):
            if _PIECE.fullmatch(name := line.partition(",")[0]) is None:
                raise MediaError(f"FFmpeg named {name[:40]!r} where the name of a piece was expected")
            made = folder / name
            first = int(made.stem) * house.piece_frames
            piece = await verify(made, house, first)
            if piece.frames < min(house.piece_frames, wanted.end - first):
                return made, piece
            whole = piece.end >= self._store.frames(self._asset)
            await self._cut_at_keys(made, piece)
            await self._measure(piece, whole)
            await self._store.add_piece(self._asset, made, piece, piece.end if whole else None)
            self.outcome.made += 1
            if not self._on_piece(piece):
                self.outcome.met = True
                return None
        return None

    async def _reader(self, folder: Path) -> ProxyReader | None:
        """Return the measurement of the pieces; None if they need not, or cannot, be measured."""
        analysis = self._analysis
        if analysis is None or not has_proxy(self._asset, self._wanted) or not await analysis.wants(self._asset):
            return None
        return ProxyReader(analysis, self._store, self._asset, self._wanted, folder)

    async def _measure(self, piece: Piece, last: bool) -> None:
        """Measure a piece before it is put into the store: the run may be ended once its last piece is there."""
        if self._proxy is not None:
            await self._proxy.measure(piece, piece.end if last else self._store.index(self._asset).end)

    async def _cut_at_keys(self, made: Path, piece: Piece) -> None:
        """Copy the edge pieces beside the accepted points of a piece. They come into the store before the piece does,
        so that nobody renders them. If one cannot be copied, it is rendered when a break needs it."""
        house = self._store.house
        for first, last in accepted_edges(piece, self._wanted.keys):
            cut, key = made.with_name("cut.ts"), first in self._wanted.keys
            try:
                await run_edge_command(edge_command(self._ffmpeg, house, made, piece, first, last, cut, key=key))
                await self._store.add_edge(self._asset, cut, await verify_edge(cut, house, first, last))
            except (FFmpegError, MediaError) as error:
                _log.warning("%s: no edge piece at an accepted point: %s", self._asset.path, error.message)

    async def _accept_short(self, made: Path, piece: Piece) -> None:
        """Accept a short piece as the asset's end, if FFmpeg reached the end of the file without failing, or if it
        failed in a final run. Its sound is cut to the same length."""
        self.outcome.short = True
        code = self.outcome.code
        own_end = code == 0 or (self._final and code is not None and 0 < code < 255)
        if self.outcome.stalled is not None or not own_end or self.outcome.disk_full:
            return
        if await asyncio.to_thread(self._store.nearly_full):
            return
        house = self._store.house
        if await surplus(made, house, piece) > 0:
            cut = made.with_name("cut.ts")
            await run_edge_command(edge_command(self._ffmpeg, house, made, piece, piece.first, piece.end, cut))
            made, piece = cut, await verify_edge(cut, house, piece.first, piece.end)
        await self._cut_at_keys(made, piece)
        await self._measure(piece, last=True)
        await self._store.add_piece(self._asset, made, piece, piece.end)
        self.outcome.made += 1
        self._on_piece(piece)

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """End FFmpeg when it no longer makes progress."""
        watch = StallWatch(process.pid, self._asset.size, self._patience)
        while process.returncode is None:
            await asyncio.sleep(self._patience.check_s)
            if (stalled := watch.check((self.progress.out_time_s, self.progress.frame, self.outcome.made))) is not None:
                self.outcome.stalled = stalled
                await end(process)

    async def _read_progress(self, reports: FileIO) -> None:
        loop, reader, parser = asyncio.get_running_loop(), asyncio.StreamReader(), ProgressParser()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), reports)
        try:
            while data := await reader.read(4096):
                for self.progress in parser.feed(data):
                    pass
        finally:
            transport.close()


async def _line(names: asyncio.StreamReader) -> str:
    """Return the next line from FFmpeg's list of finished pieces; empty at the end of the list."""
    try:
        return (await names.readline()).decode(errors="replace").rstrip("\r\n")
    except ValueError as error:
        raise MediaError("FFmpeg wrote something that is not a list of pieces") from error


async def render_edge(ffmpeg: FFmpeg, store: PieceStore, asset: Asset, base: Piece, first: int, end: int) -> None:
    """Render the edge piece [first, end) from an existing whole piece. Raises `MediaError`, `FFmpegError`,
    `OSError`."""
    async with work_folder(store) as folder:
        made = folder / "edge.ts"
        source = store.piece_path(asset, base.first // store.house.piece_frames)
        await run_edge_command(edge_command(ffmpeg, store.house, source, base, first, end, made))
        piece = await verify_edge(made, store.house, first, end)
        await store.add_edge(asset, made, piece)


async def run_edge_command(command: list[str]) -> None:
    """Run FFmpeg to its end, with a priority below the station's and above that of other renders, because a break may
    wait for it. Raises `FFmpegError` with its last error lines."""
    if reason := (await run_ffmpeg(command, limit_s=_EDGE_LIMIT_S, nice=DECK_NICE)).reason:
        raise FFmpegError(reason)
