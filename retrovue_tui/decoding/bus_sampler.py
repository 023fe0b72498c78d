"""Samples picture and sound of a bus: decodes its newest packets, without a demuxer. Blocking."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import av
from PIL import Image, ImageStat

from retrovue_tui.decoding.frame_scaling import fit, scale, to_picture
from retrovue_tui.playout.mpegts.demux import elementary
from retrovue_tui.playout.mpegts.packets import AUDIO_PID, VIDEO_PID, newest_key
from retrovue_tui.protocol.answers.pictures import SAMPLE_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.playout.mpegts.packets import Sent
    from retrovue_tui.protocol.answers.pictures import Picture

BLACK_LUMA: Final = 20.0
"""A picture may be black if its mean luma is below this value (16 is black)."""
BLACK_SPREAD: Final = 3.0
"""A picture darker than `BLACK_LUMA` is black if the standard deviation of its luma is below this value. White letters
on black have a larger one."""
FLOOR_DBFS: Final = -120.0
_STAT: Final = (96, 96)
_CHANNELS: Final = 200
"""The maximum number of channels whose decoders are kept."""


Look = tuple[tuple[float, ...] | None, int | None, bool | None]
"""The peak of each audio channel in dBFS, the number of the decoded picture, and whether it is black. A value that is
not known is None."""

_channels: OrderedDict[str, _Channel] = OrderedDict()


def look(key: str, sent: Sent, sound_from: int, live: bool, with_picture: bool) -> Look:
    """Decode the new content of the bus `key`: the sound from picture `sound_from` on; `with_picture`: also the newest
    picture. Without `live`, only a key frame is decoded.

    The decoders and the picture are kept in this process, for the next look and for `picture`. If they are lost with
    the process, decoding starts again at the next key frame.
    """
    channel = _channels.setdefault(key, _Channel())
    _channels.move_to_end(key)
    if len(_channels) > _CHANNELS:
        _channels.popitem(last=False)
    peaks = channel.audio.measure([each for each in sent if each[0] >= sound_from])
    found = channel.video.sample(sent, live=live) if with_picture else None
    channel.newest = found or channel.newest
    return peaks, None if found is None else found.frame, None if found is None else found.is_black()


def picture(key: str, frame: int, sent: Sent, width: int, height: int) -> Picture | None:
    """Return picture `frame` of the bus `key` as RGB, at most `width` × `height` pixels. It is the newest key frame of
    `sent` if that can be decoded, otherwise the picture that `look` has kept. None if it is no longer available."""
    if sent and (large := VideoSampler().whole(sent, width, height)) is not None:
        return large
    kept = _channels[key].newest if key in _channels else None
    return None if kept is None or kept.frame != frame else kept.picture(width, height)


@dataclass(frozen=True)
class SampledFrame:
    """A picture of the bus, scaled down to at most `SAMPLE_SIZE`."""

    frame: int
    small: av.VideoFrame

    def is_black(self) -> bool:
        """Return whether the picture is black."""
        size = fit(self.small.width, self.small.height, *_STAT)
        luma = scale(self.small, *size, "yuv420p").planes[0]
        image = Image.frombuffer("L", size, bytes(luma), "raw", "L", luma.line_size, 1)
        figures = ImageStat.Stat(image)
        return figures.mean[0] < BLACK_LUMA and figures.stddev[0] < BLACK_SPREAD

    def picture(self, most_wide: int, most_high: int) -> Picture:
        """Return the picture as rows of RGB, at most `most_wide` × `most_high` pixels."""
        return to_picture(self.small, most_wide, most_high, number=self.frame)


class VideoSampler:
    """Decoder of the pictures of one bus.

    Decoding starts at a key frame. With `live`, all pictures from the key frame to the newest one are decoded, and the
    next look continues after them. That costs a few percent of a core at 720p.
    """

    def __init__(self) -> None:
        self._decoder: Any = None
        self._next = 0

    def sample(self, sent: Sent, *, live: bool = False) -> SampledFrame | None:
        """Return the newest picture; without `live`, the newest key frame. None if it cannot be decoded."""
        found = self._decode(sent, live)
        if found is None:
            return None
        number, frame = found
        return SampledFrame(number, scale(frame, *fit(frame.width, frame.height, *SAMPLE_SIZE), "yuv420p"))

    def whole(self, sent: Sent, most_wide: int, most_high: int) -> Picture | None:
        """Return the newest key frame, at most `most_wide` × `most_high` pixels, which may be more than `SAMPLE_SIZE`.
        None if it cannot be decoded."""
        found = self._decode(sent, live=False)
        return None if found is None else to_picture(found[1], most_wide, most_high, number=found[0])

    def _decode(self, sent: Sent, live: bool) -> tuple[int, Any] | None:
        key = newest_key(sent)
        if key is None:
            return None
        try:
            return self._follow(sent, key) if live else self._alone(sent[key])
        except (av.FFmpegError, ValueError):
            self._decoder = None
            return None

    def _alone(self, sent: tuple[int, bool, bytes]) -> tuple[int, Any] | None:
        self._decoder = None
        decoder = _decoder("h264")
        frames = decoder.decode(_packet(elementary(sent[2], VIDEO_PID))) + decoder.decode(None)
        return (sent[0], frames[-1]) if frames else None

    def _follow(self, sent: Sent, key: int) -> tuple[int, Any] | None:
        start = key
        if self._decoder is not None and sent[key][0] < self._next:
            start = max(key, self._next - sent[0][0])
        else:
            self._decoder = _decoder("h264", skip_loop_filter="all")  # costs a third less; invisible at a small size
        newest = None
        for number, _, data in sent[start:]:
            frames = self._decoder.decode(_packet(elementary(data, VIDEO_PID)))
            newest = (number, frames[-1]) if frames else newest
            self._next = number + 1
        return newest


class AudioMeter:
    """Decoder of the sound of one bus. Each call continues after the previous one."""

    def __init__(self) -> None:
        self._decoder: Any = None

    def measure(self, sent: Sent) -> tuple[float, ...] | None:
        """Return the loudest sample of each channel in dBFS; None if there is no sound, or none that can be decoded."""
        adts = b"".join(elementary(data, AUDIO_PID) for _, _, data in sent)
        if not adts:
            return None
        if self._decoder is None:
            self._decoder = _decoder("aac")
        try:
            frames = self._decoder.decode(_packet(adts))
        except (av.FFmpegError, ValueError):
            self._decoder = None
            return None
        if not frames:
            return None
        channels = min(len(frame.planes) for frame in frames)
        return tuple(_loudest(frames, channel) for channel in range(channels))


def _loudest(frames: Sequence[Any], channel: int) -> float:
    # Pillow finds the extremes of 32-bit floats 50 times as fast as a Python loop.
    raw = b"".join(memoryview(frame.planes[channel])[: 4 * frame.samples] for frame in frames)
    extremes: Any = Image.frombuffer("F", (len(raw) // 4, 1), raw, "raw", "F", 0, 1).getextrema()
    peak = max(abs(float(each)) for each in extremes)
    return FLOOR_DBFS if peak <= 1e-6 else round(min(0.0, 20 * math.log10(peak)), 1)


def _decoder(codec: str, **options: str) -> Any:
    decoder: Any = av.CodecContext.create(codec, "r")
    decoder.thread_count = 1
    decoder.options = options
    return decoder


def _packet(data: bytes) -> Any:
    return av.Packet(data)


@dataclass
class _Channel:
    video: VideoSampler = field(default_factory=VideoSampler)
    audio: AudioMeter = field(default_factory=AudioMeter)
    newest: SampledFrame | None = None
