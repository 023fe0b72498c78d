"""The house format: the video and audio format of every piece, whatever the format of its source."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from retrovue_tui.timecode import FrameRate

NTSC: Final = FrameRate(30_000, 1_001)
AUDIO_RATE: Final = 48_000
AAC_SAMPLES: Final = 1_024
"""The number of samples in one AAC-LC frame (ISO/IEC 14496-3)."""
AAC_TICKS: Final = 1_920
"""The length of an AAC frame in 90 kHz ticks: 1024 / 48000 * 90000, exactly."""
GOP: Final = 60
"""The number of frames from one IDR picture to the next. GOPs are closed and have no B-frames, so that a take may
follow any frame."""

RECIPE: Final = 1
"""The version of the rendering. Raise it when the rendering changes, so that older pieces are not mixed with newer
ones."""

PROFILES: Final[dict[str, tuple[int, int, int]]] = {
    "240p": (426, 240, 250),
    "360p": (640, 360, 400),
    "480p": (854, 480, 1_500),
    "720p": (1280, 720, 3_000),
    "1080p": (1920, 1080, 6_000),
}
"""The width, height and default video bitrate (kbit/s) of each profile."""


@dataclass(frozen=True)
class HouseFormat:
    """The one video and audio format of all channels of a station.

    `loudness` is the target of programme loudness in LUFS (EBU R 128). If it is None, levels stay as they are.
    """

    profile: str = "720p"
    width: int = 1280
    height: int = 720
    rate: FrameRate = NTSC
    video_kbps: int = 3_000
    audio_kbps: int = 128
    loudness: float | None = -23.0

    @classmethod
    def of(
        cls,
        profile: str = "720p",
        rate: FrameRate = NTSC,
        video_kbps: int | None = None,
        audio_kbps: int = 128,
        loudness: float | None = -23.0,
    ) -> HouseFormat:
        """Return the house format of a named profile. Raises `KeyError` for a name that is not in `PROFILES`."""
        width, height, kbps = PROFILES[profile]
        return cls(profile, width, height, rate, video_kbps or kbps, audio_kbps, loudness)

    @cached_property
    def piece_frames(self) -> int:
        """The length of a whole piece in frames: the number of whole GOPs nearest to six seconds."""
        return GOP * max(1, round(6 * self.rate.fraction / GOP))

    @cached_property
    def key(self) -> str:
        """A short name of the format. Formats have different names if they differ in a setting that changes the content
        of a piece."""
        picture = (self.width, self.height, str(self.rate), self.video_kbps, GOP)
        facts = (picture, self.audio_kbps, self.loudness, RECIPE)
        return f"{self.profile}-{hashlib.sha256(repr(facts).encode()).hexdigest()[:10]}"


def aac_frame(house: HouseFormat, frame: int) -> int:
    """Return the number of the first AAC frame that starts with this picture or later."""
    samples = house.rate.seconds(frame) * AUDIO_RATE
    return -(-samples.numerator // (samples.denominator * AAC_SAMPLES))
