"""Pictures, audio levels, and facts of media files, for the control room.

Pictures travel as binary PPM (P6: a line `P6`, a line `WIDTH HEIGHT`, a line `255`, then the rows in RGB), because
reading it needs no decoder. Frames are house frames.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from retrovue_tui.break_candidate import NATURAL, CandidateKind, CandidateState

_HEADER: Final = re.compile(rb"P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s")
MOST_PIXELS: Final = 1920 * 1080
SILENT_DBFS: Final = -60.0
"""Audio below this level counts as silence (dBFS)."""
SAMPLE_SIZE: Final = (480, 480)
"""The station keeps a picture of each channel in at most this size (pixels). For a larger one, it decodes again."""
ALARM_S: Final = 10.0
"""An alarm begins when a channel has been silent or black for this time (s)."""


@dataclass(frozen=True)
class Monitor:
    """The last measurement of picture and audio on a channel's bus. `at`: Unix time (s). `frame`: the number of the
    picture.

    `peaks_dbfs`: the highest sample of each audio channel (left, right) since the previous measurement, in dBFS: at
    most 0, and -120 for digital silence. `silent_since`, `black_since`: when silence or black began (Unix time, s);
    None: there is none.
    """

    at: float
    frame: int
    peaks_dbfs: tuple[float, ...] = ()
    silent_since: float | None = None
    black_since: float | None = None


@dataclass(frozen=True)
class Picture:
    """One decoded picture: rows of RGB, 3 bytes a pixel. `frame`: its 0-based number on the bus or in the asset; None:
    unknown."""

    width: int
    height: int
    rgb: bytes
    frame: int | None = None

    def top(self, height: int) -> Picture:
        """Return the uppermost `height` rows as a picture."""
        return Picture(self.width, height, self.rgb[: 3 * self.width * height], self.frame)

    def to_ppm(self) -> bytes:
        """Return the picture as binary PPM."""
        return b"P6\n%d %d\n255\n%b" % (self.width, self.height, self.rgb)

    @classmethod
    def from_ppm(cls, data: bytes, frame: int | None = None) -> Picture:
        """Return the picture in binary PPM, as `to_ppm` writes it. Raises `ValueError`."""
        found = _HEADER.match(data)
        if found is None:
            raise ValueError("a picture is a binary PPM (P6) of 8 bits")
        width, height = int(found[1]), int(found[2])
        rgb = data[found.end() :]
        if not 0 < width * height <= MOST_PIXELS or len(rgb) != 3 * width * height:
            raise ValueError(f"a picture of {width}x{height} has {3 * width * height} bytes, not {len(rgb)}")
        return cls(width, height, rgb, frame)


@dataclass(frozen=True)
class AssetCue:
    """A natural place for a break (a break candidate): the first frame after the break (0-based, in the file), and what
    was found there. `title`: that of the chapter that begins there, if there is one.

    `score` is from 0 to 1, and `why` says what speaks for the place. `state` is the operator's decision; no break is
    planned at a rejected one. `was`: the frame from which the operator moved it.
    """

    frame: int
    kind: CandidateKind
    title: str = ""
    score: float = NATURAL
    why: str = ""
    state: CandidateState = "found"
    was: int | None = None


@dataclass(frozen=True)
class AssetBreaks:
    """The break candidates of a media file. While it is not `analysed`, chapter marks stand in for what the analysis
    will find."""

    file: str
    cues: tuple[AssetCue, ...] = ()
    analysed: bool = True


@dataclass(frozen=True)
class AssetFacts:
    """The break candidates and the audio envelope of a media file. `envelope`: the highest sample in each `envelope_s`
    seconds, in dBFS, from the start of the file. It is empty while the station still measures it (ask again later), and
    for a file without audio. `analysed`: as in `AssetBreaks`; the event `breaks` says when the analysis is finished."""

    file: str
    frames: int
    cues: tuple[AssetCue, ...] = ()
    envelope: tuple[float, ...] = ()
    envelope_s: float = 1.0
    complete: bool = True
    analysed: bool = True
