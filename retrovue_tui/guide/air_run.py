"""The air of a channel as the guide reads it: runs of frames on the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.timecode import FrameRate


class AirRun(NamedTuple):
    """An unbroken run of frames of one entry.

    `start`: the frame of the clock at which it begins; frame 0 of the clock is at Unix time 0. `first`: the frame of
    its file with which it begins. `programme`: whether it is part of a programme; spots, bumpers, cards and the slate
    are not. `title`: what the rundown calls it; empty if a plan wrote the entry.
    """

    start: int
    frames: int
    programme: bool
    file: Path | None = None
    first: int = 0
    title: str = ""

    @property
    def end(self) -> int:
        """The frame of the clock after the last one."""
        return self.start + self.frames


def whole_second(frame: int, rate: FrameRate) -> int:
    """Return the Unix time (s) that is nearest to the start of a frame of the clock."""
    return (2 * frame * rate.den + rate.num) // (2 * rate.num)
