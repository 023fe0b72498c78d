"""Who keeps the as-run log for one channel: follows what airs there, and hands on each entry as it begins and ends."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from retrovue_tui.protocol.asrun import AsRunEntry, SeamFacts

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.entry_kind import EntryKind
    from retrovue_tui.playout.mpegts.analyser import StreamReport
    from retrovue_tui.protocol.asrun import Ending
    from retrovue_tui.timecode import FrameRate

_RECENT: Final = 32
"""Entries that ended a moment ago may still be told of their seams, which are measured later."""
LEAST_SLATE: Final = 2
"""A slate of fewer frames is not logged: it only shows that a deck took a moment to start."""


@dataclass(frozen=True)
class EntryStart:
    """What is known of an entry as it begins to air. `asset_frame`: where in its asset; `frames_planned`: how many
    from there on. `planned_frame` is the bus frame at which it was to begin; None: right behind what aired before.
    `recount` tells `frames_planned` anew at the end, where an asset's length is only known exactly by then."""

    entry: str
    kind: EntryKind
    title: str
    file: str = ""
    break_id: str | None = None
    generation: int = 0
    asset_frame: int = 0
    frames_planned: int = 0
    planned_frame: int | None = None
    recount: Callable[[], int] | None = None
    note: str = ""


class Log(Protocol):
    """Where rows go."""

    def new_id(self) -> str:
        """An id for a new row."""

    def keep(self, entry: AsRunEntry) -> None:
        """Write this row soon, in place of what was there under its id."""


class AsRunRecorder:
    """Fed by a channel from within its tick: nothing here blocks, or touches a file."""

    def __init__(
        self,
        log: Log,
        channel: str,
        rate: FrameRate,
        frame: Callable[[], int],
        air_time: Callable[[int], float] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`frame` tells the number of the bus's next picture, `air_time` the Unix time at which a picture is due
        (else: that of the call), `clock` seconds that never jump."""
        self._log = log
        self._channel = channel
        self._rate = rate
        self._frame = frame
        self._air_time = air_time or (lambda frame: time.time())
        self._clock = clock
        self._open: AsRunEntry | None = None
        self._recent: dict[str, AsRunEntry] = {}
        self._expected: int | None = None
        self._recount: Callable[[], int] | None = None
        self._endings: dict[str, tuple[Ending, str]] = {}
        self._viewers = 0
        self._counted_at = clock()

    # ── what airs ────────────────────────────────────────────────────────────────────────────────

    def entry_started(self, airing: EntryStart) -> None:
        """From the bus's next picture on this airs; what aired before ends there, if nobody said so yet."""
        if self._open is not None:
            self.entry_ended()
        frame, at = self._frame(), self._now()
        planned = self._expected if airing.planned_frame is None else airing.planned_frame
        if planned is None:
            planned = frame
        self._counted_at = self._clock()
        self._recount = airing.recount
        self._open = replace(
            self._row(airing, frame, at, planned),
            viewers_start=self._viewers, viewers_peak=self._viewers, viewers_end=self._viewers,
        )  # fmt: skip
        self._keep(self._open)

    def entry_ended(self, how: Ending | None = None, frames: int | None = None, note: str = "") -> None:
        """What is on air ended with the picture before the bus's next. `how` None: complete if all of its frames
        aired, else as `ends_as` said, else cut. `frames`: how many aired, where that is not all since its start."""
        if self._open is None:
            return
        row = self._so_far(self._open)
        if frames is not None:
            row = replace(row, frames_aired=frames)
        if self._recount is not None:
            row = replace(row, frames_planned=self._recount())
        told = self._endings.pop(row.entry, None)
        if how is None and row.frames_aired >= row.frames_planned:
            how = "complete"
        elif how is None:
            how, note = told or ("cut", note)
        self._expected = row.first_frame + row.frames_planned if how == "complete" and row.frames_planned else None
        self._open = None
        self._keep(replace(row, ended=how, note=note or row.note))

    def ends_as(self, how: Ending, note: str = "", entry: str | None = None, *, unless_known: bool = False) -> None:
        """Should this entry (None: the one on air) end before all of its frames have aired, this is why;
        `unless_known`: only if no other reason was given before."""
        id = entry or (self._open.entry if self._open is not None else None)
        if id is not None and not (unless_known and id in self._endings):
            self._endings[id] = how, note

    def explain(self, entry: str, note: str, *, instead_of: str) -> bool:
        """Why this entry ends early, or has failed a moment ago for a reason that was noted as `instead_of`; False when
        it has not been on air since."""
        if self._open is not None and self._open.entry == entry:
            self.ends_as("failed", note, entry)
            return True
        for row in reversed(self._recent.values()):
            if row.entry == entry and row.ended == "failed":
                if row.note == instead_of:
                    self._keep(replace(row, note=note))
                return True
            if row.kind != "slate":
                break
        return False

    def planned_until(self, asset_frame: int) -> None:
        """What is on air is to end before this frame of its asset: it has been edited."""
        if self._open is not None:
            self._open = replace(self._open, frames_planned=max(0, asset_frame - self._open.asset_frame))
            self._recount = None

    def passed_over(self, airing: EntryStart, note: str) -> None:
        """This was to air now, and could not: a row without frames, so that the log says so."""
        frame, at = self._frame(), self._now()
        planned = frame if airing.planned_frame is None else airing.planned_frame
        self._log.keep(replace(self._row(airing, frame, at, planned), ended="failed", note=note))

    def checkpoint(self) -> None:
        """Write down how far what is on air has come: all that is left of it if the station is killed."""
        if self._open is not None:
            self._open = self._so_far(self._open)
            self._keep(self._open)

    # ── what is known of it ──────────────────────────────────────────────────────────────────────

    def viewer_changed(self, count: int) -> None:
        """So many watch from now on."""
        if self._open is not None:
            self._open = self._counted(self._open)
            self._open = replace(self._open, viewers_peak=max(count, self._open.viewers_peak), viewers_end=count)
        self._viewers = count

    def seam(self, frame: int, kind: str, report: StreamReport) -> None:
        """The seam ahead of picture `frame` was measured: one entry's end and another's beginning."""
        facts = SeamFacts(kind, report.video_jumps, report.cc_errors, round(report.largest_audio_error / 90, 2))
        current = {} if self._open is None else {self._open.id: self._open}
        for row in (self._recent | current).values():
            if row.first_frame == frame:
                self._keep(replace(row, seam_in=facts))
            elif row.ended is not None and row.end_frame == frame:
                self._keep(replace(row, seam_out=facts))

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────

    def _row(self, airing: EntryStart, frame: int, at: float, planned: int) -> AsRunEntry:
        return AsRunEntry(
            id=self._log.new_id(), channel=self._channel, entry=airing.entry, kind=airing.kind, title=airing.title,
            file=airing.file, break_id=airing.break_id, generation=airing.generation,
            planned_at=round(at + float(self._rate.seconds(planned - frame)), 3), planned_frame=planned,
            started_at=at, first_frame=frame, ended_at=at, end_frame=frame, wall_ended_at=at,
            asset_frame=airing.asset_frame, frames_planned=airing.frames_planned, note=airing.note,
        )  # fmt: skip

    def _so_far(self, row: AsRunEntry) -> AsRunEntry:
        frame = self._frame()
        aired = frame - row.first_frame
        return replace(
            self._counted(row), ended_at=round(row.started_at + float(self._rate.seconds(aired)), 3),
            wall_ended_at=self._now(), end_frame=frame, frames_aired=aired,
        )  # fmt: skip

    def _counted(self, row: AsRunEntry) -> AsRunEntry:
        """With the viewer-seconds since they were last counted."""
        now = self._clock()
        gone, self._counted_at = max(0.0, now - self._counted_at), now
        return replace(row, viewer_seconds=round(row.viewer_seconds + self._viewers * gone, 3))

    def _keep(self, row: AsRunEntry) -> None:
        if self._open is not None and self._open.id == row.id:
            self._open = row
        self._recent.pop(row.id, None)
        self._recent[row.id] = row
        while len(self._recent) > _RECENT:
            del self._recent[next(iter(self._recent))]
        aired = row.frames_aired if row.ended else self._frame() - row.first_frame
        if row.kind != "slate" or aired >= LEAST_SLATE:
            self._log.keep(row)

    def _now(self) -> float:
        return round(self._air_time(self._frame()), 3)
