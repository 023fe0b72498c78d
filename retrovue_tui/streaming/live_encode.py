"""Streams without a cache: one FFmpeg encodes a file, or a list of files of one format, while it plays."""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import FFmpegError, MediaError, RundownError
from retrovue_tui.media.ffmpeg.process import end, spawn
from retrovue_tui.media.ffmpeg.run import LastLines, read_stderr
from retrovue_tui.playout.decks.ffmpeg_args import deck_command
from retrovue_tui.playout.mpegts.packets import PACKET
from retrovue_tui.rundown.file_format.ffconcat import load
from retrovue_tui.rundown.file_format.ffconcat_syntax import quote
from retrovue_tui.streaming.sources import absolute, entry_facts, facts, is_script

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.streaming.background_loop import RenderSettings
    from retrovue_tui.streaming.chunk_queue import ChunkQueue
    from retrovue_tui.streaming.sources import AnyPath
    from retrovue_tui.timecode import FrameRate

INSTEAD: Final = "leave out prepare=False to play it"
STALL_S: Final = 20.0
"""An FFmpeg that delivers nothing for this time (s) counts as failed."""
AGAIN_S: Final = 0.5
"""The pause (s) before FFmpeg is started again."""
_READ: Final = 64 * 1024

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LiveSource:
    """A source for a live encode. `script`: whether the file at `path` is a concat script of files of one format;
    otherwise it is a media file."""

    path: Path
    script: bool


def read_live_source(path: AnyPath, rate: FrameRate) -> LiveSource:
    """Return the source, after checking that FFmpeg can play it without preparation. Blocking.

    Raises `MediaError` for a file that it cannot play (`MissingFileError` if there is no such file). Raises
    `RundownError`, with the line, for a script that cannot be read, that names an unplayable file or files of different
    formats, or that has in or out points.
    """
    file = absolute(path)
    if not is_script(file):
        _format(facts(file))
        return LiveSource(file, script=False)
    first: Asset | None = None
    for entry in load(file, rate).entries:
        if entry.in_frame or entry.out_frame is not None:
            raise RundownError(
                f"a live encode plays whole files, because FFmpeg is not exact at in and out points; {INSTEAD}",
                file, entry.line,
            )  # fmt: skip
        asset = entry_facts(entry, file)
        try:
            found = _format(asset)
        except MediaError as error:
            raise RundownError(str(error), file, entry.line) from error
        first = first or asset
        if found != (wanted := _format(first)):
            raise RundownError(
                f"a live encode plays files of one format: {asset.path.name} is {found}, and {first.path.name} is"
                f" {wanted}; {INSTEAD}",
                file, entry.line,
            )  # fmt: skip
    if first is None:
        raise RundownError("it names no file; write a line like: file 'film.mp4'", file)
    return LiveSource(file, script=True)


def _format(asset: Asset) -> str:
    """Return a text of the properties that all files of a list must share, because the concat demuxer opens one decoder
    for all. Raises `MediaError` for a file that FFmpeg cannot play without preparation."""
    video, audio = asset.video, asset.audio
    if video is None or audio is None:
        lacks = "picture" if video is None else "sound"
        raise MediaError(f"it has no {lacks}, and a live encode needs picture and sound; {INSTEAD}", asset.path)
    if asset.parts:
        raise MediaError(f"its clock restarts inside the file, which stops a live encode; {INSTEAD}", asset.path)
    return (
        f"{video.codec} {video.width}x{video.height} {video.pixel_format} at {float(video.rate):.2f} fps"
        f" (stream {video.index}), {audio.codec} {audio.sample_rate} Hz, {audio.channels} channels (stream"
        f" {audio.index})"
    )


class LiveEncode:
    """Runs FFmpeg, and puts its output into the chunk queue in whole packets.

    If FFmpeg fails after it has delivered something, it starts again from the beginning of the source; without `loop`,
    the stream fails. Use this only in the background thread.
    """

    def __init__(
        self,
        name: str,
        settings: RenderSettings,
        source: LiveSource,
        chunk_queue: ChunkQueue,
        lists: Path,
        *,
        loop: bool,
        pace: bool,
    ) -> None:
        self._name, self._chunk_queue, self._loop = name, chunk_queue, loop
        listing = source.path
        if not source.script:
            listing = lists / "live.ffconcat"
            listing.write_text(f"ffconcat version 1.0\nfile {quote(str(source.path))}\n", errors="surrogateescape")
        self._command = deck_command(settings.ffmpeg, "encode", listing, house=settings.house, loop=loop, pace=pace)
        self._room = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to play."""
        self._task = asyncio.create_task(self._play(), name=f"live encode of {self._name}")

    async def close(self) -> None:
        """End FFmpeg, and finish the chunk queue."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._chunk_queue.finish()

    def has_room(self) -> None:
        """Called when the chunk queue has room again."""
        self._room.set()

    async def _play(self) -> None:
        try:
            while True:
                words = LastLines()
                delivered, code = await self._run(words)
                stalled = f"it delivered nothing for {STALL_S:.0f} s"
                reason = words.last or (stalled if code is None else f"it ended with code {code}")
                if code == 0 and not self._loop:
                    break
                if not delivered:
                    raise FFmpegError(f"no part of the source can be played: {reason}")
                if not self._loop:
                    raise FFmpegError(f"the stream broke off: {reason}")
                log.warning("%s: FFmpeg failed (%s); the source begins again", self._name, reason)
                await asyncio.sleep(AGAIN_S)
        except Exception as error:
            self._chunk_queue.finish(error)
        else:
            self._chunk_queue.finish()

    async def _run(self, words: LastLines) -> tuple[bool, int | None]:
        """Run FFmpeg until it ends. Return whether it delivered anything, and its exit code. The code is None if FFmpeg
        was ended because it delivered nothing for `STALL_S`."""
        output, output_end = os.pipe()  # not asyncio's pipe: while it is full, asyncio does not see the process end
        stdout = asyncio.StreamReader(_READ)
        try:
            pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(stdout), os.fdopen(output, "rb")
            )
            try:
                process = await spawn(self._command, stdout=output_end)
            except BaseException:
                pipe.close()
                raise
        finally:
            os.close(output_end)
        assert process.stderr is not None
        errors = asyncio.create_task(read_stderr(process.stderr, words), name=f"stderr of {self._name}")
        rest, delivered = b"", False
        try:
            while data := await _read(stdout):
                data = rest + data
                whole = len(data) - len(data) % PACKET
                rest = data[whole:]
                if whole:
                    await self._put(data[:whole])
                    delivered = True
            await errors
            return delivered, await process.wait()
        except TimeoutError:
            return delivered, None
        finally:
            errors.cancel()
            pipe.close()
            await asyncio.shield(end(process, grace=0))  # its remaining output is not needed

    async def _put(self, data: bytes) -> None:
        while not self._chunk_queue.has_room():
            self._room.clear()
            if not self._chunk_queue.has_room():
                await self._room.wait()
        self._chunk_queue.put(data)


async def _read(stream: asyncio.StreamReader) -> bytes:
    """Return FFmpeg's next output. Raises `TimeoutError` if there is none for `STALL_S`."""
    async with asyncio.timeout(STALL_S):
        return await stream.read(_READ)
