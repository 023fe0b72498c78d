"""One exact frame of an asset as a picture: from its prepared pieces, or from the file itself. Blocking.

Numbers count the asset's frames at the house rate from 0. Each frame is decoded only once, starting at a key frame.
Frames before the wanted one are kept, so that a step backwards or forwards costs little. Only one thread may use this
at a time.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol

import av

from retrovue_tui.decoding.file_reader import FileReader
from retrovue_tui.decoding.frame_scaling import SQUARE, to_picture
from retrovue_tui.errors import MediaError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from retrovue_tui.decoding.file_reader import NumberedFrame
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.workers.tasks import PieceFile
    from retrovue_tui.protocol.answers.pictures import Picture
    from retrovue_tui.timecode import FrameRate

BEHIND: Final = 60
"""How many decoded frames before the wanted one are kept. Because of them, a step backwards is as quick as a step
forwards."""
_STRIDE: Final = 90
"""Up to this many frames ahead, it is quicker to go on decoding than to begin again at a key frame."""
_MOST_BYTES: Final = 48_000_000
_OPEN_AT_ONCE: Final = 2


class _FrameReader(Protocol):
    """A source of decoded frames."""

    pixel: Fraction
    rotation: int

    def play(self, number: int) -> Iterator[NumberedFrame]:
        """Yield frames in order. The number of the first one is at most `number`."""

    def close(self) -> None: ...


_grabbers: dict[FrameRate, FrameGrabber] = {}


def frame(rate: FrameRate, asset: Asset, number: int, width: int, height: int, piece: PieceFile | None) -> Picture:
    """Return a frame of an asset as a picture; see `FrameGrabber.frame`. This process keeps one grabber for each
    rate."""
    if rate not in _grabbers:
        _grabbers.clear()
        _grabbers[rate] = FrameGrabber(rate)
    return _grabbers[rate].frame(asset, number, width, height, piece)


class FrameGrabber:
    """Decodes frames of assets, and remembers the latest pictures."""

    def __init__(self, rate: FrameRate) -> None:
        self._rate = rate
        self._pictures: OrderedDict[tuple[str, int, int, int], Picture] = OrderedDict()
        self._bytes = 0
        self._cursors: OrderedDict[str, _Cursor] = OrderedDict()

    def frame(self, asset: Asset, number: int, width: int, height: int, piece: PieceFile | None = None) -> Picture:
        """Return frame number `number` of an asset, at most `width` × `height` pixels. Raises `MediaError` if it cannot
        be decoded."""
        try:
            if piece is not None:
                with contextlib.suppress(av.FFmpegError, OSError, ValueError, LookupError):  # piece evicted or damaged
                    return self._frame(str(piece.path), asset, number, width, height, piece)
            if asset.video is None:
                raise MediaError("there is no picture in it", asset.path)
            if asset.parts:
                return self._of_part(asset, number, width, height)
            return self._frame(asset.key, asset, number, width, height)
        except (av.FFmpegError, OSError, ValueError, LookupError) as error:
            raise MediaError(f"frame {number} cannot be decoded: {error}", asset.path) from error

    def _of_part(self, asset: Asset, number: int, width: int, height: int) -> Picture:
        """Return a frame of a joined file, decoded from the part that contains it."""
        begins = asset.part_frames(self._rate)
        place = max(0, min(bisect_right(begins, number) - 1, len(asset.parts) - 1))
        inside = self._frame(f"{asset.key}/{place}", asset.parts[place], number - begins[place], width, height)
        return replace(inside, frame=number)

    def close(self) -> None:
        """Close the open files. They are opened again when needed."""
        while self._cursors:
            self._cursors.popitem()[1].close()

    def _frame(
        self, source: str, asset: Asset, number: int, width: int, height: int, piece: PieceFile | None = None
    ) -> Picture:
        key = (source, number, width, height)
        if key not in self._pictures:
            try:
                self._decode(source, asset, number, (width, height), piece)
            except BaseException:
                if (broken := self._cursors.pop(source, None)) is not None:
                    broken.close()
                raise
        self._pictures.move_to_end(key)
        return self._pictures[key]

    def _decode(self, source: str, asset: Asset, number: int, size: tuple[int, int], piece: PieceFile | None) -> None:
        cursor = self._cursors.get(source)
        if cursor is None:
            reader = FileReader(asset, self._rate) if piece is None else _PieceReader(piece)
            cursor = self._cursors[source] = _Cursor(reader)
            while len(self._cursors) > _OPEN_AT_ONCE:
                self._cursors.popitem(last=False)[1].close()
        self._cursors.move_to_end(source)
        for first, end, frame in cursor.run_to(number):
            shown = range(max(first, number - BEHIND), min(end, number + BEHIND))
            if not any((source, each, *size) not in self._pictures for each in shown):
                continue
            picture = to_picture(frame, *size, pixel=cursor.reader.pixel, rotation=cursor.reader.rotation)
            for each in shown:
                self._keep((source, each, *size), replace(picture, frame=each))

    def _keep(self, key: tuple[str, int, int, int], picture: Picture) -> None:
        if (old := self._pictures.pop(key, None)) is not None:
            self._bytes -= len(old.rgb)
        self._pictures[key] = picture
        self._bytes += len(picture.rgb)
        while self._bytes > _MOST_BYTES and len(self._pictures) > 1:
            self._bytes -= len(self._pictures.popitem(last=False)[1].rgb)


class _Cursor:
    """A source of frames, and the place in it: the frame that is shown, and the frame after it."""

    def __init__(self, reader: _FrameReader) -> None:
        self.reader = reader
        self._frames: Iterator[NumberedFrame] = iter(())
        self._shown: NumberedFrame | None = None
        self._coming: NumberedFrame | None = None

    def run_to(self, number: int) -> Iterator[tuple[int, int, Any]]:
        """Yield a tuple for every frame up to the one that is shown at `number`: the range [first, end) of house frames
        in which it is shown, and the frame."""
        if self._shown is None or not self._shown[0] <= number < self._shown[0] + _STRIDE:
            self._frames = self.reader.play(number)
            self._shown, self._coming = next(self._frames), next(self._frames, None)
        while True:
            assert self._shown is not None
            end = number + 1 if self._coming is None else self._coming[0]
            yield self._shown[0], end, self._shown[1]
            if self._coming is None or end > number:
                return
            self._shown, self._coming = self._coming, next(self._frames, None)

    def close(self) -> None:
        self._frames = iter(())
        self.reader.close()


class _PieceReader:
    """A prepared piece in memory. Its closed GOPs have no B-frames, so its packets are its frames in order."""

    def __init__(self, piece: PieceFile) -> None:
        self.pixel, self.rotation = SQUARE, 0
        self._first = piece.first
        with av.open(f"file:{piece.path}", format="mpegts") as container:
            packets: Any = container.demux(video=0)
            self._packets = [(packet.is_keyframe, bytes(packet)) for packet in packets if packet.size]

    def play(self, number: int) -> Iterator[NumberedFrame]:
        wanted = number - self._first
        keys = [index for index, (key, _) in enumerate(self._packets) if key and index <= wanted]
        start = keys[-1]
        decoder: Any = av.CodecContext.create("h264", "r")
        decoder.thread_count = 1  # threads would delay the output of frames
        shown = self._first + start
        for _, data in self._packets[start:]:
            for frame in decoder.decode(av.Packet(data)):
                yield shown, frame
                shown += 1
        for frame in decoder.decode(None):
            yield shown, frame
            shown += 1

    def close(self) -> None:
        """Do nothing, because no file is open."""
