"""A deck: one FFmpeg process that plays an air list as MPEG-TS into a pipe. The deck reports its progress and its
faults."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import re
from collections import deque
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal

from retrovue_tui.media.ffmpeg.process import DECK_NICE, end, spawn
from retrovue_tui.media.ffmpeg.progress import Progress, ProgressParser
from retrovue_tui.playout.decks.ffmpeg_args import deck_command
from retrovue_tui.playout.mpegts.access_units import CodedPicture, PictureAssembler
from retrovue_tui.playout.mpegts.packets import clock_distance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.playout.mpegts.demux import AudioUnit

AHEAD_S: Final = 1.0
"""How much of the stream the deck reads ahead into memory (s). The pipe holds more; when the pipe is full, FFmpeg
waits."""
IN_THE_PIPE_S: Final = 0.6
"""How much of the stream fits into the pipe at the house bitrate (s). What is in the pipe is lost when FFmpeg fails, so
the pipe is short."""
EXIT_CODE_S: Final = 0.3
"""The longest wait for the exit code of an FFmpeg that has closed its output (s)."""
_SMALLEST_PIPE: Final = 64 * 1024
_CHUNK: Final = 128 * 1024
_LONGEST_LINE: Final = 4096
_REPORT_BYTES: Final = 1024
"""How many bytes of the end of the `-progress` output are kept: enough for one report."""
FIGURES_S: Final = 5.0
"""The displayed frames per second are an average over this time (s)."""

Fault = Literal["file", "damage", "time stamps", "pipe", "other"]

_FAULTS: Final[tuple[tuple[re.Pattern[str], Fault], ...]] = (
    (re.compile(r"No such file|Impossible to open|Permission denied|Is a directory|Input/output error"), "file"),
    (re.compile(r"Invalid data|corrupt|error while decoding|PES packet size mismatch", re.IGNORECASE), "damage"),
    (re.compile(r"non.monoton|DTS .*out of order|Timestamps are unset", re.IGNORECASE), "time stamps"),
    (re.compile(r"Broken pipe"), "pipe"),
)


@dataclass(frozen=True)
class StderrLine:
    """One line of FFmpeg's standard error, with the kind of fault that the line reports."""

    fault: Fault
    text: str


def classify(line: str) -> StderrLine:
    """Find out which kind of fault a line of FFmpeg's standard error reports, and return the line with that kind."""
    for pattern, fault in _FAULTS:
        if pattern.search(line):
            return StderrLine(fault, line)
    return StderrLine("other", line)


class Deck:
    """Plays the air list in the file `listing`: its pictures from number `skip` to before number `frames`, counted from
    0.

    A started deck prerolls: FFmpeg runs until the pipe is full. It then waits until the caller takes pictures.
    """

    def __init__(
        self, ffmpeg: FFmpeg, house: HouseFormat, listing: Path, frames: int, *, skip: int = 0, name: str = "deck"
    ) -> None:
        self.listing = listing
        self.frames = frames
        self.position = skip
        self.delivered = 0
        self._progress = Progress()
        self._taken_at: deque[float] = deque(maxlen=max(2, house.rate.count(FIGURES_S)))
        self.remarks: deque[StderrLine] = deque(maxlen=100)
        self._dry_since: float | None = None
        self._ffmpeg = ffmpeg
        self._house = house
        self._skip = skip
        self._ahead = max(2, house.rate.count(AHEAD_S))
        self._pictures = PictureAssembler()
        self._dropped: deque[list[AudioUnit]] = deque(maxlen=2)
        self._first_pts: int | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._output = -1
        self._reports = -1
        self._ended = False
        self._closing = False
        self._closed_at: float | None = None
        self._reader: asyncio.Task[None] | None = None
        self._parser = ProgressParser()
        self._reported = b""
        self._log = logging.getLogger(f"retrovue_tui.{name}")

    @property
    def pid(self) -> int | None:
        """The process id of the deck's FFmpeg; None before it is started."""
        return None if self._process is None else self._process.pid

    @property
    def finished(self) -> bool:
        """Whether no more pictures will come: the caller has taken all pictures of the list, or FFmpeg has ended and
        the caller has taken everything that it delivered."""
        return self.position >= self.frames or (self._ended and len(self._pictures) == 0)

    @property
    def complete(self) -> bool:
        """Whether the caller has taken every picture of the list."""
        return self.position >= self.frames

    @property
    def starving_since(self) -> float | None:
        """The monotonic time since which reads have returned nothing; None while data flows, or while the deck is not
        read."""
        return None if self._ended else self._dry_since

    @property
    def progress(self) -> Progress:
        """FFmpeg's newest report, but with the frame rate and the speed measured while the deck is on air.

        FFmpeg's own figures are averages over its whole life, and most decks wait for some time before they air.
        """
        if self._reported:  # parsed only when read, which is rare
            for report in self._parser.feed(self._reported):
                self._progress = report
            self._reported = b""
        taken = self._taken_at
        if len(taken) < 2 or taken[-1] <= taken[0]:
            return self._progress
        fps = (len(taken) - 1) / (taken[-1] - taken[0])
        return replace(self._progress, fps=round(fps, 2), speed=round(fps / float(self._house.rate.fraction), 3))

    @property
    def ended(self) -> bool:
        """Whether FFmpeg delivers no more data. Pictures that it delivered earlier may still be in memory."""
        return self._ended

    @property
    def reach(self) -> int:
        """The position just after the last buffered picture."""
        last = self._pictures.last()
        return self.position if last is None else min(self._number(last) + 1, self.frames)

    @property
    def given(self) -> int:
        """The number of pictures that FFmpeg has delivered, including those still in memory."""
        return self.delivered + len(self._pictures)

    @property
    def lost_bytes(self) -> int:
        """The number of bytes in the deck's output that did not belong to a transport stream packet."""
        return self._pictures.demux.lost_bytes

    async def start(self) -> None:
        """Start FFmpeg. Raises `FFmpegError` when that fails."""
        output, output_end = os.pipe()
        reports, reports_end = os.pipe()
        try:
            with contextlib.suppress(OSError, AttributeError):
                fcntl.fcntl(output, fcntl.F_SETPIPE_SZ, self._pipe_bytes())
            os.set_blocking(output, False)
            os.set_blocking(reports, False)
            command = deck_command(self._ffmpeg, "copy", self.listing, house=self._house, progress=reports_end)
            self._process = await spawn(command, stdout=output_end, pass_fds=(reports_end,), nice=DECK_NICE)
        except BaseException:
            os.close(output)
            os.close(reports)
            raise
        finally:
            os.close(output_end)
            os.close(reports_end)
        self._output, self._reports = output, reports
        asyncio.get_running_loop().add_reader(reports, self._report)
        self._reader = asyncio.create_task(self._read_errors(), name=f"stderr of deck {self.pid}")

    def _pipe_bytes(self) -> int:
        wanted = int(self._house.video_kbps * 1000 / 8 * IN_THE_PIPE_S)
        return max(_SMALLEST_PIPE, 1 << (wanted - 1).bit_length())

    def ready(self) -> bool:
        """Read FFmpeg's output, up to a second ahead, and return whether a picture is available."""
        self._pump()
        return len(self._pictures) > 0 and self.position < self.frames

    def pop(self) -> CodedPicture | None:
        """Return the next picture; None when the next one has not arrived yet, or when there are no more."""
        self._pump()
        if self.position >= self.frames:
            return None
        picture = self._pictures.pop()
        if picture is not None:
            self.position = self._number(picture) + 1
            self.delivered += 1
            self._taken_at.append(monotonic())
        return picture

    def cut_off(self) -> None:
        """Stop reading from FFmpeg. The pictures in memory can still be taken; another deck delivers those after
        them."""
        if not self._ended:
            self._ended = True
            self._pictures.finish(complete=False)
        if self._output >= 0:
            os.close(self._output)
            self._output = -1

    async def close(self) -> None:
        """Terminate FFmpeg, or kill it if it has not ended after a second, and close the pipes."""
        self._closing = True
        self.cut_off()
        if self._reports >= 0:
            asyncio.get_running_loop().remove_reader(self._reports)
            os.close(self._reports)
            self._reports = -1
        if self._process is not None:
            await end(self._process)
        if self._reader is not None:
            await self._reader

    def _number(self, picture: CodedPicture) -> int:
        """Return the 0-based number of a picture in the list, computed from the picture's time stamp. Pictures cannot
        simply be counted, because damage in a piece may have removed some."""
        assert self._first_pts is not None
        rate = self._house.rate
        ticks = clock_distance(picture.video.pts, self._first_pts)
        number = (2 * ticks * rate.num + 90_000 * rate.den) // (2 * 90_000 * rate.den)
        # A larger distance wraps at 2^32 ticks. A list is far shorter, so a number below the expected one comes from
        # damage too.
        return max(number, self.position)

    def _pump(self) -> None:
        if self._ended or (len(self._pictures) >= max(1, self._ahead // 2) and not self._gone):
            return
        while len(self._pictures) < self._ahead or self._gone:
            try:
                data = os.read(self._output, _CHUNK)
            except BlockingIOError:
                if len(self._pictures) < self._ahead // 2:  # otherwise the next read is not due yet
                    self._dry_since = self._dry_since or monotonic()
                return
            except OSError:
                data = b""
            if not data:
                self._end_of_output()
                return
            self._dry_since = None
            self._pictures.feed(data)
            self._discard_skipped()

    @property
    def _gone(self) -> bool:
        """Whether FFmpeg has exited. If it has, read the pipe to its end at once, so that the frame at which another
        deck must take over is known early."""
        return self._process is not None and self._process.returncode is not None

    def _discard_skipped(self) -> None:
        """Drop the pictures that have already aired.

        The audio of the last two dropped pictures moves to the first picture that stays, because the previous deck may
        have ended between a picture and its audio. The splicer drops audio that it already has.
        """
        while (first := self._pictures.first()) is not None:
            if self._first_pts is None:
                self._first_pts = first.video.pts
            ticks = clock_distance(first.video.pts, self._first_pts)
            if ticks + self._house.rate.ticks(1) // 2 >= self._house.rate.ticks(self._skip):
                for audio in reversed(self._dropped):
                    first.audio[:0] = audio
                self._dropped.clear()
                return
            self._dropped.append(first.audio)
            self._pictures.pop()

    def _end_of_output(self) -> None:
        """Handle the end of FFmpeg's output. The last picture is complete if the list is complete or if FFmpeg exited
        by itself. The exit code, which arrives a moment later, shows whether it did."""
        still_open = 2  # the last picture, whose audio is still arriving, and the one after it
        through = self.position + len(self._pictures) + still_open >= self.frames
        code = None if self._process is None else self._process.returncode
        self._closed_at = self._closed_at or monotonic()
        if not through and code is None and monotonic() - self._closed_at < EXIT_CODE_S:
            return
        self._ended = True
        os.close(self._output)
        self._output = -1
        self._pictures.finish(complete=through or (code is not None and code >= 0))
        self._discard_skipped()

    def _report(self) -> None:
        try:
            data = os.read(self._reports, 4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._reports)
            return
        self._reported = (self._reported + data)[-_REPORT_BYTES:]

    async def _read_errors(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        async for line in _lines(self._process.stderr):
            self.remarks.append(classify(line))
            # The deck closes the pipe at every take. FFmpeg then reports an error, which is no fault and is not logged.
            self._log.log(logging.DEBUG if self._closing else logging.WARNING, "%s: %s", self.pid, line)
        code = await self._process.wait()
        if code not in (0, -15, 255) and not self._closing:
            self._log.warning("%s: ended with %s", self.pid, code)


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Yield the non-empty lines of a stream. Long lines are cut short, because a broken process may write garbage
    without line ends."""
    rest = b""
    while data := await stream.read(_LONGEST_LINE):
        *lines, rest = (rest + data).split(b"\n")
        rest = rest[:_LONGEST_LINE]
        for line in lines:
            if text := line[:_LONGEST_LINE].decode(errors="replace").strip():
                yield text
    if text := rest.decode(errors="replace").strip():
        yield text
