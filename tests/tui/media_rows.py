"""Rows of a bin, a rundown and an as-run log, for the tests of the rooms that show them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from retrovue_tui.protocol.answers.asrun import AsRunEntry, SeamFacts
from retrovue_tui.protocol.answers.library import LibraryRow, LibrarySnapshot
from retrovue_tui.protocol.answers.rundown import RundownRow, RundownSnapshot
from tests.tui.station import NOW, FakeStation

if TYPE_CHECKING:
    from collections.abc import Sequence

GOOD = SeamFacts("join", 0, 0, 3.2)


def media(name: str, **changes: object) -> LibraryRow:
    """A programme of 100 s at 29.97, wholly prepared."""
    usual = LibraryRow(
        f"/media/{name}.mkv", name, "programme", (), 2997, 100.0, "h264 1280×720 29.97 · aac 2ch", 1.0, 0.5
    )
    return dataclasses.replace(usual, **changes)  # type: ignore[arg-type]


def spot(name: str, **changes: object) -> LibraryRow:
    """A spot of 30 s."""
    return media(name, kind="spot", pools=("ads",), frames=899, duration_s=30.0, **changes)


def a_bin() -> tuple[LibraryRow, ...]:
    """Two programmes, two spots, a broken file."""
    return (
        media(
            "Late Show",
            times_aired=4,
            last_aired=NOW - 3_600,
            cues=5,
            aired_today=1,
            series="Late Show",
            season=2,
            episode=5,
        ),
        media("Matinee", prepared=0.42, gain_db=None, frames=29970, duration_s=1_000.0),
        media("torn", problem="it ends in the middle of a frame", frames=0, duration_s=0.0, format=""),
        spot(
            "Cola",
            times_aired=12,
            last_aired=NOW - 90_000 * 3,
            advertiser="Bubble & Co",
            tags=("drinks", "summer"),
            first_day="2026-06-01",
            last_day="2026-09-30",
        ),
        spot("Soap", prepared=0.0, gain_db=None, format="mpeg2video 640×360 25 · mp2 2ch"),
    )


def entry(id: str, status: str = "planned", **changes: object) -> RundownRow:
    """A programme in a rundown."""
    usual = RundownRow(id, "programme", f"Title of {id}", f"/media/{id}.mkv", 0, None, 100.0, NOW, "planned")
    return dataclasses.replace(usual, status=status, **changes)  # type: ignore[arg-type]


def rundown(*rows: RundownRow) -> RundownSnapshot:
    """A rundown of these."""
    return RundownSnapshot(7, rows)


def with_bin(rows: Sequence[LibraryRow] | None = None) -> FakeStation:
    """A station with media, and a rundown on channel 1 with a break ahead."""
    station = FakeStation()
    station.bin = LibrarySnapshot(tuple(a_bin() if rows is None else rows))
    station.rundowns["1"] = rundown(
        entry("e1", "on_air"),
        entry("s1", kind="spot", break_id="b4", start_at=NOW + 60),
        entry("s2", kind="spot", break_id="b4", start_at=NOW + 90, duration_s=30.0),
        entry("e2"),
    )
    return station


def aired(number: int, **changes: object) -> AsRunEntry:
    """A row of the log: a spot of 30 s on channel 1 that aired as planned, half a minute behind the row before."""
    at = NOW - 36_000 + 30.0 * number
    usual = AsRunEntry(
        id=f"r-{number}", channel="1", entry=f"e{number}", kind="spot", title=f"Spot {number}",
        file=f"/m/spot-{number}.mp4", break_id="b1", generation=3, planned_at=at, planned_frame=899 * number,
        started_at=at, first_frame=899 * number, ended_at=at + 30, end_frame=899 * (number + 1), asset_frame=0,
        frames_planned=899, frames_aired=899, ended="complete", viewers_start=1, viewers_peak=2, viewers_end=1,
        viewer_seconds=45.0, seam_in=GOOD, seam_out=GOOD,
    )  # fmt: skip
    return dataclasses.replace(usual, **changes)  # type: ignore[arg-type]
