"""Join measurement: analyses the stream around every join on the bus as a strict receiver would."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.mpegts.analyser import StreamReport, analyse
from retrovue_tui.playout.output.splicer import AudioFigures
from retrovue_tui.protocol.answers.snapshots import Seams

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.playout.output.bus import Bus
    from retrovue_tui.timecode import FrameRate

AROUND_S: Final = 0.7
_QUEUED: Final = 64


class SeamMonitor:
    """Analyses the stream around each marked join, in a thread, as soon as enough pictures after the join have
    aired."""

    def __init__(
        self,
        bus: Bus,
        rate: FrameRate,
        audio: AudioFigures | None = None,
        on_seam: Callable[[int, str, StreamReport], None] | None = None,
    ) -> None:
        self.figures = Seams()
        self.on_seam = on_seam
        self._audio = AudioFigures() if audio is None else audio
        self._bus = bus
        self._rate = rate
        self._around = rate.count(AROUND_S)
        self._marks: list[tuple[int, str]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def mark(self, frame: int, kind: str) -> None:
        """Mark a join before picture `frame`. A picture has at most one join, even when several changes meet there."""
        if frame and not any(marked == frame for marked, _ in self._marks):
            self._marks.append((frame, kind))

    def measure_due(self, frame: int) -> None:
        """Measure the joins after which enough pictures have aired. `frame` is the number of the next picture."""
        while self._marks and frame >= self._marks[0][0] + self._around and len(self._tasks) < _QUEUED:
            at, kind = self._marks.pop(0)
            data = self._bus.recent(at - self._around, at + self._around)
            task = asyncio.create_task(self._measure(at, kind, data), name=f"seam at {at}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _measure(self, frame: int, kind: str, data: bytes) -> None:
        report = await asyncio.to_thread(analyse, data, self._rate)
        so_far = self.figures
        # The stream itself shows only gaps in the audio. Only the splicer knows how far the audio is from its true
        # time.
        audio_error = max(report.largest_audio_error, self._audio.largest_error)
        self.figures = Seams(
            count=so_far.count + 1,
            video_jumps=so_far.video_jumps + report.video_jumps,
            max_audio_error_ms=max(so_far.max_audio_error_ms, round(audio_error / 90, 2)),
            cc_errors=so_far.cc_errors + report.cc_errors,
        )
        if self.on_seam is not None:
            self.on_seam(frame, kind, report)

    async def close(self) -> None:
        """Wait for the measurements in progress."""
        if self._tasks:
            await asyncio.wait(self._tasks)
