"""The measurements of a programme in which breaks are searched for. Plain values, in frames of the house rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from retrovue_tui.timecode import FrameRate

LEVELS_PER_S: Final = 25
"""How many sound levels there are for a second."""

CALM_FRAMES: Final = 4

Span = tuple[int, int]
"""The frames [first, end)."""


@dataclass(frozen=True)
class PacketRun:
    """Successive pictures that an encoder stored in very few bytes, because they are flat or do not change. `share` is
    their mean size relative to the size of a usual picture."""

    first: int
    end: int
    share: float


@dataclass(frozen=True)
class PacketFacts:
    """The findings from the sizes of a video's packets. `keys` are the key frames, `jumps` the frames at which a new
    scene probably begins, both sorted. `even`: all pictures have about the same size, so that `runs` has no meaning.
    `calm` has a byte for each `CALM_FRAMES` frames: the size of the smallest pictures there, in percent of a usual
    one."""

    count: int = 0
    keys: tuple[int, ...] = ()
    jumps: tuple[int, ...] = ()
    runs: tuple[PacketRun, ...] = ()
    even: bool = False
    calm: bytes = b""

    def shifted(self, frames: int) -> PacketFacts:
        """Return the same facts for a part that begins `frames` later."""
        return replace(
            self,
            keys=tuple(key + frames for key in self.keys),
            jumps=tuple(jump + frames for jump in self.jumps),
            runs=tuple(PacketRun(run.first + frames, run.end + frames, run.share) for run in self.runs),
        )


@dataclass(frozen=True)
class FrameLook:
    """The brightness of one picture, without the bars of a letterbox. It is shown from `frame` on.

    `low`, `middle`, `upper` and `high` are the luma values below which 1, 50, 85 and 98 % of the pixels lie (16 is
    black). `spread` is the standard deviation. `change` is the mean difference to the previous picture; -1 if that was
    not decoded.
    """

    frame: int
    low: int
    middle: int
    upper: int
    high: int
    spread: float
    change: float = -1.0


@dataclass(frozen=True)
class FileMark:
    """An explicit mark: a chapter's start, or a line of an EDL file."""

    frame: int
    kind: Literal["chapter", "edl"]
    title: str = ""


@dataclass(frozen=True)
class Signals:
    """All that is known of a programme of `frames` frames.

    `windows` are the parts of the programme that were decoded, each with its pictures in order. `survey` are key frames
    from the whole programme. `levels` is the loudness in dBFS, `LEVELS_PER_S` values for
    a second; empty if there is no sound.
    """

    rate: FrameRate
    frames: int
    levels: tuple[float, ...] = ()
    windows: tuple[tuple[FrameLook, ...], ...] = ()
    survey: tuple[FrameLook, ...] = ()
    marks: tuple[FileMark, ...] = ()
    packets: PacketFacts = PacketFacts()
