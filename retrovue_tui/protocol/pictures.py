"""Pictures, audio levels and the facts of media files, as the control room shows them.

Pictures are sent as binary PPM (P6: a line `P6`, a line `WIDTH HEIGHT`, a line `255`, then RGB rows), which needs no
decoder. Frames are house frames.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

CueKind = Literal["chapter", "black", "silence", "scene"]

_HEADER: Final = re.compile(rb"P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s")
MOST_PIXELS: Final = 1920 * 1080
SILENT_DBFS: Final = -60.0
"""Audio below this level is silence."""
SAMPLE_SIZE: Final = (480, 480)
"""The largest size of the picture that is kept of a channel. Larger pictures are decoded on request."""
ALARM_S: Final = 10.0
"""An alarm is raised when a channel has been silent or black for this long."""


@dataclass(frozen=True)
class Monitor:
    """The last measurement of picture and sound on a channel's bus. `at` is Unix time; `frame` is the number of the
    picture.

    `peaks_dbfs` is the loudest sample of each audio channel (left, right) since the previous measurement: at most 0,
    and -120 for silence. `silent_since` and `black_since` are the Unix times since which the channel is silent or
    black; None while it is not.
    """

    at: float
    frame: int
    peaks_dbfs: tuple[float, ...] = ()
    silent_since: float | None = None
    black_since: float | None = None


@dataclass(frozen=True)
class Picture:
    """One decoded picture: rows of RGB, 3 bytes a pixel. `frame` is its number on the bus or in the asset; None:
    unknown."""

    width: int
    height: int
    rgb: bytes
    frame: int | None = None

    def to_ppm(self) -> bytes:
        """Return the picture as binary PPM."""
        return b"P6\n%d %d\n255\n%b" % (self.width, self.height, self.rgb)

    @classmethod
    def from_ppm(cls, data: bytes, frame: int | None = None) -> Picture:
        """Return the picture from the output of `to_ppm`. Raises `ValueError`."""
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
    """A natural place for a break: a `frame` of the asset, and the kind of cue at that frame."""

    frame: int
    kind: CueKind
    title: str = ""


@dataclass(frozen=True)
class AssetFacts:
    """The cues and the sound level of a media file. `envelope` is the loudest sample of each `envelope_s` seconds in
    dBFS, from the start of the file. It is empty while it is being measured (ask again), and for a file without
    sound."""

    file: str
    frames: int
    cues: tuple[BreakCandidate, ...] = ()
    envelope: tuple[float, ...] = ()
    envelope_s: float = 1.0
    complete: bool = True
