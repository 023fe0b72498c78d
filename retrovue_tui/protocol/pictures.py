"""Pictures, levels and what is known of a file's inside: what the control room draws of what is heard and seen.

Pictures cross the wall as binary PPM (P6: a line `P6`, a line `WIDTH HEIGHT`, a line `255`, then RGB rows), which needs
no decoder. Frames are house frames.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

CueKind = Literal["chapter", "black", "silence", "scene"]

_HEADER: Final = re.compile(rb"P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s")
MOST_PIXELS: Final = 1920 * 1080
SILENT_DBFS: Final = -60.0
"""Below this there is nothing to hear."""
SAMPLE_SIZE: Final = (480, 480)
"""The largest picture that is kept of what a channel shows; larger ones are decoded for those who ask."""
ALARM_S: Final = 10.0
"""How long a channel may be silent or black before that is an alarm."""


@dataclass(frozen=True)
class Monitor:
    """What was last seen and heard on a channel's bus. `at` is Unix time, `frame` the picture of the bus.

    `peaks_dbfs`: the loudest sample of each channel (left, right) since the look before, 0 at most, -120 for silence.
    `silent_since`, `black_since`: Unix time since when there is nothing to hear or see; None while there is.
    """

    at: float
    frame: int
    peaks_dbfs: tuple[float, ...] = ()
    silent_since: float | None = None
    black_since: float | None = None


@dataclass(frozen=True)
class Picture:
    """One decoded picture: rows of RGB, 3 bytes a pixel. `frame` is that of the bus, or of the asset, None: unknown."""

    width: int
    height: int
    rgb: bytes
    frame: int | None = None

    def to_ppm(self) -> bytes:
        """As binary PPM."""
        return b"P6\n%d %d\n255\n%b" % (self.width, self.height, self.rgb)

    @classmethod
    def from_ppm(cls, data: bytes, frame: int | None = None) -> Picture:
        """From what `to_ppm` made; raises `ValueError`."""
        found = _HEADER.match(data)
        if found is None:
            raise ValueError("a picture is a binary PPM (P6) of 8 bits")
        width, height = int(found[1]), int(found[2])
        rgb = data[found.end() :]
        if not 0 < width * height <= MOST_PIXELS or len(rgb) != 3 * width * height:
            raise ValueError(f"a picture of {width}x{height} has {3 * width * height} bytes, not {len(rgb)}")
        return cls(width, height, rgb, frame)


@dataclass(frozen=True)
class BreakCandidate:
    """A natural place for a break: `frame` of the asset, and what is there."""

    frame: int
    kind: CueKind
    title: str = ""


@dataclass(frozen=True)
class AssetFacts:
    """The inside of a media file. `envelope`: the loudest sample of each `envelope_s` seconds in dBFS, from the start
    on; empty while it is being worked out (ask again), or where there is no sound."""

    file: str
    frames: int
    cues: tuple[BreakCandidate, ...] = ()
    envelope: tuple[float, ...] = ()
    envelope_s: float = 1.0
    complete: bool = True
