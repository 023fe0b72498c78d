"""Decodes the frames of an asset from any frame on, each with its number at the house rate. Blocking."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any, Final

import av

from retrovue_tui.decoding.opening import open_asset
from retrovue_tui.decoding.time_spans import packets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.timecode import FrameRate

NumberedFrame = tuple[int, Any]
"""A decoded frame, and the number of the first house frame at which it is shown. It is shown until the next one."""
_LEADS_S: Final = (0, 4, 12, 40)
"""Reading begins this many seconds before the wanted frame. The values are tried in turn until reading finds that frame
or an earlier one: a file's index may be rough, or missing."""
_SKIP_UNTIL: Final = 12
"""A rough reader decodes all of the last frames before the wanted one; this is their number."""


class FileReader:
    """Decodes the media file itself. Each frame is shown at the time at which the filter fps shows it in the prepared
    asset.

    A `rough` reader is for many short parts of a file. It does not smooth block edges. Before the wanted frame, it
    skips frames on which no other frame depends. It uses one core, so that several readers share the cores well.
    """

    def __init__(self, asset: Asset, rate: FrameRate, *, rough: bool = False) -> None:
        assert asset.video is not None
        self._asset, self._video = asset, asset.video
        self._origin, self._rate = asset.origin, rate.fraction
        self._rough = rough
        # A P-frame of H.264 hardly ever needs a B-frame. HEVC encoders store their P-frames as B-frames.
        self._needless = "BIDIR" if self._video.codec == "h264" else "NONREF"
        self._open()
        self._base = Fraction(self._stream.time_base)
        self._start = -floor(Fraction(1, 2) - self._origin / self._base)
        step = self._base * self._rate
        self._above, self._below = step.numerator, step.denominator
        self.pixel = Fraction(self._stream.sample_aspect_ratio or 1)
        self.rotation = self._video.rotation

    def _open(self) -> None:
        container = open_asset(self._asset, fflags="+genpts")
        self._container = container
        self._stream = container.streams[self._video.index]
        self._stream.thread_type = "SLICE" if self._rough else "AUTO"
        if self._rough:
            self._stream.codec_context.options = {"skip_loop_filter": "all"}
        self._at_top = True

    def play(self, number: int) -> Iterator[NumberedFrame]:
        """Yield frames in order. The number of the first one is at most `number`."""
        for lead in () if self._asset.untimed else _LEADS_S:
            target = self._origin + number / self._rate - lead
            if target <= self._origin:
                break
            self._at_top = False
            self._container.seek(floor(target / self._base), stream=self._stream)
            frames = self._decoded(number)
            found = next(frames, None)
            if found is not None and found[0] <= number:
                yield found
                yield from frames
                return
        if not self._at_top:
            self.close()  # some files cannot be rewound
            self._open()
        self._at_top = False
        frames = self._decoded(number)
        found = next(frames)  # the first frame is shown from the asset's start, whatever its time stamp
        yield min(0, found[0]), found[1]
        yield from frames

    def _decoded(self, wanted: int) -> Iterator[NumberedFrame]:
        count = 0
        for packet in packets(self._container, [self._stream]):
            if self._rough and not self._asset.untimed:
                early = packet.pts is not None and self._house_frame(packet.pts) < wanted - _SKIP_UNTIL
                self._stream.codec_context.skip_frame = self._needless if early else "DEFAULT"
            try:
                frames = packet.decode()
            except (av.FFmpegError, ValueError):
                continue
            for frame in frames:
                time = frame.pts if frame.pts is not None else frame.dts
                if self._asset.untimed:
                    yield floor(count / self._video.rate * self._rate + Fraction(1, 2)), frame
                    count += 1
                elif time is not None:
                    yield self._house_frame(time), frame

    def _house_frame(self, pts: int) -> int:
        return (2 * (pts - self._start) * self._above + self._below) // (2 * self._below)  # rounded, in whole numbers

    def close(self) -> None:
        """Close the file."""
        self._container.close()
