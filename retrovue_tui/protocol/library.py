"""What media a station has: the rows of the bin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class LibraryRow:
    """One media file. `frames`, `duration_s`: its length, 0 where it cannot be used. `prepared` runs from 0 to 1.

    `format` is for people, like `h264 1280×720 29.97 · aac 2ch`. `gain_db`: what brings it to the house's loudness,
    None while that is not measured. `problem` says why it cannot air, empty where it can. `last_aired` is Unix time.
    """

    file: str
    title: str
    kind: Literal["programme", "spot"]
    pools: tuple[str, ...] = ()
    frames: int = 0
    duration_s: float = 0.0
    format: str = ""
    prepared: float = 0.0
    gain_db: float | None = None
    problem: str = ""
    cues: int = 0
    times_aired: int = 0
    last_aired: float | None = None


@dataclass(frozen=True)
class LibrarySnapshot:
    """All of it at one moment, programmes first, each by title."""

    rows: tuple[LibraryRow, ...] = ()
