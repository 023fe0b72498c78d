"""The list of a station's media files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class LibraryRow:
    """One media file. `frames` and `duration_s` are its length; 0 if the file cannot be used. `prepared`: the prepared
    part, from 0 to 1.

    `format` is text for people, like `h264 1280×720 29.97 · aac 2ch`. `gain_db`: the gain that brings the file to the
    house's loudness; None until it is measured. `problem`: why the file cannot air; empty if it can. `last_aired`: Unix
    time (s). `aired_today`: airings since midnight.

    `series`, `season`, `episode` are those of a programme; empty or None if it has none, or until they are read.
    `advertiser`, `tags`, `first_day`, `last_day` are those that a pool file states for a spot; the days are its flight
    dates, both included, like `2026-12-24`, or empty.
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
    aired_today: int = 0
    series: str = ""
    season: int | None = None
    episode: int | None = None
    advertiser: str = ""
    tags: tuple[str, ...] = ()
    first_day: str = ""
    last_day: str = ""


@dataclass(frozen=True)
class LibrarySnapshot:
    """All media files at one moment: programmes first, then spots, each sorted by title."""

    rows: tuple[LibraryRow, ...] = ()
