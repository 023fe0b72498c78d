"""Measures a video for the search for breaks: the sizes of its packets, and the brightness of some pictures.

Blocking; call it in a worker process. All frame numbers count the asset's frames at the house rate from 0.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_left
from fractions import Fraction
from itertools import accumulate
from math import floor, sqrt
from operator import mul
from typing import TYPE_CHECKING, Any, Final

import av
from PIL import Image, ImageChops

from retrovue_tui.decoding.file_reader import FileReader
from retrovue_tui.decoding.frame_scaling import fit, scale
from retrovue_tui.decoding.opening import open_asset
from retrovue_tui.decoding.time_spans import packets
from retrovue_tui.errors import MediaError
from retrovue_tui.media.analysis.measuring.packet_runs import read_packets
from retrovue_tui.media.analysis.measuring.signals import FrameLook, PacketFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrovue_tui.media.analysis.measuring.signals import Span
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.timecode import FrameRate

Box = tuple[int, int, int, int]
"""The part of a scaled-down picture inside the bars of a letterbox: left, top, right, bottom. The column `right` and
the row `bottom` are outside."""
SIZE: Final = (160, 160)
"""The approximate size to which pictures are scaled down. Grain disappears at that size."""
_MOST_PACKETS: Final = 5_000_000
_BAR_LUMA: Final = 8
"""Bars are at most this much brighter than the darkest line of the picture."""
_LEAST_SHARE: Final = 0.4
"""A box with less than this share of the picture is no letterbox; the pictures were all dark."""
_MOST_FRAMES: Final = 400_000
_PLAIN_LUMA: Final = frozenset({"yuv420p", "yuv422p", "yuv444p", "yuv411p", "nv12"})
"""The formats whose first plane is luma with 8 bits, in which 16 is black."""
_PERCENTILES: Final = (0.01, 0.5, 0.85, 0.98)
_VALUES: Final = range(256)
_SQUARES: Final = tuple(value * value for value in _VALUES)


def packet_facts(asset: Asset, rate: FrameRate) -> PacketFacts:
    """Read all packets of the video without decoding them, and return the facts that their sizes show. Raises
    `MediaError`."""
    if asset.video is None:
        return PacketFacts()
    found = []
    try:
        with open_asset(asset, fflags="+genpts") as container:
            stream = container.streams[asset.video.index]
            base = Fraction(stream.time_base)
            step = rate.fraction * (1 / asset.video.rate if asset.untimed else base)
            above, below = step.numerator, step.denominator
            origin = floor(asset.origin / base + Fraction(1, 2))
            for count, packet in enumerate(packets(container, [stream])):
                time = packet.pts if packet.pts is not None else packet.dts
                time = count if asset.untimed else None if time is None else time - origin
                if packet.size and time is not None and not packet.is_discard:
                    found.append(((2 * time * above + below) // (2 * below), packet.size, packet.is_keyframe))
                if count >= _MOST_PACKETS:
                    break
    except (av.FFmpegError, OSError, ValueError, LookupError) as error:
        if not found:
            raise MediaError(f"its packets cannot be read: {error}", asset.path) from error
    return read_packets(found)


def survey(asset: Asset, rate: FrameRate, frames: Sequence[int]) -> tuple[Box, list[FrameLook]]:
    """Decode the key frame at or before each of some frames. Return the part of the picture without bars, and how
    bright each key frame is inside it. Raises `MediaError` if no key frame can be decoded."""
    try:
        pictures = list(_key_pictures(asset, rate, frames))
    except (av.FFmpegError, OSError, ValueError, LookupError) as error:
        raise MediaError(f"its pictures cannot be decoded: {error}", asset.path) from error
    if not pictures:
        raise MediaError("none of its pictures can be decoded", asset.path)
    box = picture_box([picture for _, picture in pictures])
    return box, [look(number, picture.crop(box)) for number, picture in pictures]


def looks(asset: Asset, rate: FrameRate, groups: Sequence[Sequence[Span]], box: Box) -> list[list[FrameLook]]:
    """Decode all pictures of some spans, and return the looks of each span. The spans of a group are decoded in one go.

    `box` is the part of the picture to look at. A span that cannot be decoded has no looks. Raises `MediaError` if the
    file cannot be opened.
    """
    found: list[list[FrameLook]] = []
    try:
        reader = FileReader(asset, rate, rough=True)
    except (av.FFmpegError, OSError, ValueError, LookupError) as error:
        raise MediaError(f"its pictures cannot be decoded: {error}", asset.path) from error
    with contextlib.closing(reader):
        for group in groups:
            windows: list[list[FrameLook]] = [[] for _ in group]
            with contextlib.suppress(av.FFmpegError, OSError, ValueError, LookupError, StopIteration, RuntimeError):
                _read_group(reader, group, box, windows)
            found += windows
    return found


def _read_group(reader: FileReader, group: Sequence[Span], box: Box, windows: list[list[FrameLook]]) -> None:
    index = 0
    before: Any = None
    for count, (number, frame) in enumerate(reader.play(group[0][0])):
        while number >= group[index][1]:
            index, before = index + 1, None
            if index == len(group):
                return
        window = windows[index]
        if number < group[index][0] or (window and number <= window[-1].frame):
            continue
        small = _luma(frame).crop(box)
        window.append(look(number, small, before))
        before = small
        if count >= _MOST_FRAMES:
            return


def _key_pictures(asset: Asset, rate: FrameRate, frames: Sequence[int]) -> Iterator[tuple[int, Image.Image]]:
    assert asset.video is not None
    with open_asset(asset, fflags="+genpts") as container:
        stream = container.streams[asset.video.index]
        stream.thread_type = "SLICE"  # frame threads delay the output
        base = Fraction(stream.time_base)
        seen = -1
        for wanted in (0,) if asset.untimed else frames:
            if not asset.untimed:
                with contextlib.suppress(av.FFmpegError, ValueError):
                    container.seek(floor((asset.origin + rate.seconds(wanted)) / base), stream=stream)
            frame = _first_key(container, stream)
            if frame is None or (frame.pts is None and not asset.untimed):
                continue
            number = 0 if asset.untimed else rate.nearest(frame.pts * base - asset.origin)
            if number > seen:
                yield number, _luma(frame)
                seen = number


def _first_key(container: Any, stream: Any) -> Any:
    """Decode the next key frame. None if there is none."""
    for packet in packets(container, [stream]):
        if packet.is_keyframe and packet.size:
            decoded = [*packet.decode(), *stream.codec_context.decode(None)]
            stream.codec_context.flush_buffers()
            return decoded[0] if decoded else None
    return None


def _luma(frame: Any) -> Image.Image:
    """Return the luma of a frame as a small picture. In it, 16 is black for every format of the frame."""
    factor = min(frame.width, frame.height * 16 // 9) // SIZE[0]
    if factor > 1 and frame.format.name in _PLAIN_LUMA:  # Pillow averages twice as fast as libav scales
        plane = frame.planes[0]
        size, line = (frame.width, frame.height // 2), 2 * plane.line_size  # every other line is enough
        lines: Any = memoryview(plane)
        whole = Image.frombuffer("L", size, lines, "raw", "L", line, 1)
        return whole.reduce((factor, max(1, factor // 2)))
    width, height = fit(frame.width, frame.height, *SIZE)
    width, height = max(2, width & ~1), max(2, height & ~1)
    plane = scale(frame, width, height, "yuv420p").planes[0]
    return Image.frombuffer("L", (width, height), bytes(plane), "raw", "L", plane.line_size, 1)


def look(number: int, small: Image.Image, before: Image.Image | None = None) -> FrameLook:
    """Return how bright a small grey picture is, and how much it differs from the one before it."""
    counts = small.histogram()
    total = sum(counts)
    mean = sum(map(mul, _VALUES, counts)) / total
    square = max(0.0, sum(map(mul, _SQUARES, counts)) / total - mean**2)
    change = -1.0
    if before is not None:
        change = round(sum(map(mul, _VALUES, ImageChops.difference(before, small).histogram())) / total, 2)
    below = list(accumulate(counts))
    low, middle, upper, high = (min(255, bisect_left(below, share * total)) for share in _PERCENTILES)
    return FrameLook(number, low, middle, upper, high, round(sqrt(square), 2), change)


def picture_box(pictures: Sequence[Image.Image]) -> Box:
    """Return the area in which at least one of the pictures is not black, without the blurred line at its border."""
    brightest = pictures[0]
    for picture in pictures[1:]:
        if picture.size == brightest.size:
            brightest = ImageChops.lighter(brightest, picture)
    width, height = brightest.size
    rows = list(brightest.resize((1, height), Image.Resampling.BOX).tobytes())
    columns = list(brightest.resize((width, 1), Image.Resampling.BOX).tobytes())
    top, bottom = _bright(rows)
    left, right = _bright(columns)
    if (right - left) * (bottom - top) < _LEAST_SHARE * width * height:
        return 0, 0, width, height
    return left, top, right, bottom


def _bright(lines: list[int]) -> tuple[int, int]:
    """Return the first and the end of the lines that are not bars."""
    limit = min(lines) + _BAR_LUMA
    bright = [index for index, value in enumerate(lines) if value > limit]
    if not bright or min(lines) > 50:
        return 0, len(lines)
    first, end = bright[0], bright[-1] + 1
    return first + (first > 0), end - (end < len(lines))
