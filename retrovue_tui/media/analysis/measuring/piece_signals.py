"""The measurements of one piece from its render, and the signals of a whole programme from all its pieces."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.media.analysis.measuring.signals import LEVELS_PER_S, FileMark, FrameLook, PacketFacts, Signals
from retrovue_tui.media.analysis.measuring.windows import survey_frames

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrovue_tui.timecode import FrameRate

VERSION: Final = 1
FLOOR_DBFS: Final = -120.0
_MOST_LOOKS: Final = 2_000
_KEY_EVERY: Final = 60
"""The survey uses every 60th picture, as if it were a key frame."""


@dataclass(frozen=True)
class PieceSignals:
    """The looks of the frames of one piece, one for each frame from `first` on; and its sound levels in dBFS, the first
    of which is the asset's level number `first_level`. There are no levels if the piece has no sound."""

    first: int
    looks: tuple[FrameLook, ...]
    first_level: int = 0
    levels: tuple[float, ...] = ()

    @property
    def end(self) -> int:
        """The asset frame after the last frame."""
        return self.first + len(self.looks)

    def to_json(self) -> dict[str, Any]:
        """Return the signals as plain JSON types."""
        looks = [[look.low, look.middle, look.upper, look.high, look.spread, look.change] for look in self.looks]
        return {
            "version": VERSION, "first": self.first, "looks": looks, "first_level": self.first_level,
            "levels": list(self.levels),
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Any) -> PieceSignals:
        """Return the signals from data that `to_json` returned. Raises `ValueError`, `KeyError` or `TypeError` for any
        other data."""
        if data["version"] != VERSION or not 0 < len(data["looks"]) <= _MOST_LOOKS:
            raise ValueError("not the signals of a piece")
        first, first_level = _count(data["first"]), _count(data["first_level"])
        looks = tuple(_look(first + number, row) for number, row in enumerate(data["looks"]))
        levels = tuple(_real(level, FLOOR_DBFS, 0.0) for level in data["levels"])
        return cls(first, looks, first_level, levels)


def level_span(rate: FrameRate, first: int, end: int) -> tuple[int, int]:
    """Return the numbers [first, end) of the sound levels that begin in these frames."""
    begin, stop = (math.ceil(rate.seconds(frame) * LEVELS_PER_S) for frame in (first, end))
    return begin, stop


def together(
    pieces: Iterable[PieceSignals], rate: FrameRate, frames: int, marks: Sequence[FileMark], *, sound: bool
) -> Signals | None:
    """Return the signals of a programme of `frames` frames; None if frames are missing. `sound` is whether it has
    sound; a piece without levels is then silent."""
    looks: list[FrameLook] = []
    levels = [FLOOR_DBFS] * (level_span(rate, 0, frames)[1] if sound else 0)
    for piece in sorted(pieces, key=lambda each: each.first):
        if piece.first > len(looks):
            return None
        looks += piece.looks[len(looks) - piece.first :]
        for number, level in enumerate(piece.levels[: max(0, len(levels) - piece.first_level)], piece.first_level):
            levels[number] = level
    if len(looks) < frames:
        return None
    keys = PacketFacts(frames, tuple(range(0, frames, _KEY_EVERY)))
    survey = tuple(looks[frame] for frame in survey_frames(keys, frames, rate))
    return Signals(rate, frames, tuple(levels), (tuple(looks[:frames]),), survey, tuple(marks))


def _look(frame: int, row: Any) -> FrameLook:
    low, middle, upper, high, spread, change = row
    return FrameLook(
        frame, _luma(low), _luma(middle), _luma(upper), _luma(high), _real(spread, 0, 255), _real(change, -1, 255)
    )


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 40:
        raise ValueError(f"{value!r} is not a number of a frame")
    return value


def _luma(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= 255:
        raise ValueError(f"{value!r} is not a luma value")
    return value


def _real(value: Any, least: float, most: float) -> float:
    number = float(value)
    if not least <= number <= most:
        raise ValueError(f"{value!r} is not between {least:g} and {most:g}")
    return number
