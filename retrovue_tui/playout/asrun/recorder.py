"""The as-run recorder of one channel: follows what airs, and passes each entry's row to the log when the entry begins
and when it ends."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from retrovue_tui.playout.asrun.break_places import BreakPlaces
from retrovue_tui.protocol.answers.asrun import AsRunEntry, SeamFacts

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.entry_kind import EntryKind
    from retrovue_tui.playout.asrun.audience_recorder import AudienceRecorder
    from retrovue_tui.playout.mpegts.analyser import StreamReport
    from retrovue_tui.protocol.answers.asrun import Ending
    from retrovue_tui.timecode import FrameRate

_RECENT: Final = 32
"""How many ended rows `_pass_on` remembers. The join at the end of an entry is measured after the entry has ended."""
LEAST_SLATE: Final = 2
"""The shortest slate that is logged, in frames; see `_pass_on`. A shorter one only shows that a deck took a moment to
start."""


@dataclass(frozen=True)
class EntryStart:
    """The facts about an entry when it begins to air.

    `asset_frame` is its first frame in its asset, and `frames_planned` the number of frames from there on.
    `planned_frame` is the bus frame at which it was planned to begin; None means directly after the entry before it.
    `recount` returns the value of `frames_planned` when the entry ends, because some assets' exact length is known only
    then. `asset` is the key of its content. `spot` and `advertiser` are facts of a spot; see `AsRunEntry`. `group_of`
    returns the group of a viewer from its key, if groups of viewers see different versions.
    """

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
    asset: str | None = None
    spot: str | None = None
    advertiser: str | None = None
    group_of: Callable[[str], str] | None = None


class ViewerGroups(Protocol):
    """The groups of viewers that see different versions of a spot."""

    @property
    def text(self) -> str:
        """The versions and their shares, for people."""

    def name(self, key: str) -> str:
        """Return the name of the group of a viewer, from the viewer's key."""


class Log(Protocol):
    """The as-run log, as the recorder uses it."""

    def new_id(self) -> str:
        """Return an id for a new row."""

    def put(self, entry: AsRunEntry) -> None:
        """Queue a row to be written soon. It replaces an earlier row with the same id."""


class AsRunRecorder:
    """Records what one channel airs. The channel calls it in every tick, so nothing here blocks or touches a file."""

    def __init__(
        self,
        log: Log,
        channel: str,
        rate: FrameRate,
        frame: Callable[[], int],
        air_time: Callable[[int], float] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`frame` returns the number of the bus's next picture, and `air_time` the Unix time at which a picture is due;
        without it, the current time is used. `clock` returns seconds that never jump."""
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
        self._breaks = BreakPlaces()
        self.audience: AudienceRecorder | None = None
        self._counted_at = clock()

    # ── what airs ────────────────────────────────────────────────────────────────────────────────

    def entry_started(self, airing: EntryStart) -> None:
        """Open the row of an entry that begins with the bus's next picture. A row that is still open ends there."""
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
        self._open = self._breaks.placed(self._open)
        self._pass_on(self._open)
        if self.audience is not None:
            self.audience.airing_began(
                self._open.id, break_airing=self._open.break_airing, slate=airing.kind == "slate",
                group_of=airing.group_of,
            )  # fmt: skip

    def entry_ended(self, how: Ending | None = None, frames: int | None = None, note: str = "") -> None:
        """End the open row at the bus's next picture.

        `how` is the ending to log. If it is None, the ending is `complete` if all of the entry's frames aired.
        Otherwise it is the ending that `ends_as` recorded; if there is none, it is `cut`. `frames` is the number of
        frames that aired; None means all since the entry began.
        """
        if self._open is None:
            return
        row = self._so_far(self._open)
        if frames is not None:
            row = replace(row, frames_aired=frames)
        if self._recount is not None:
            row = replace(row, frames_planned=self._recount())
        ending = self._endings.pop(row.entry, None)
        if how is None and row.frames_aired >= row.frames_planned:
            how = "complete"
        elif how is None:
            how, note = ending or ("cut", note)
        self._expected = row.first_frame + row.frames_planned if how == "complete" and row.frames_planned else None
        self._open = None
        if self.audience is not None:
            self.audience.airing_ended()
        self._pass_on(replace(row, ended=how, note=note or row.note))

    def ends_as(self, how: Ending, note: str = "", entry: str | None = None, *, unless_known: bool = False) -> None:
        """Record the reason to log if an entry (None: the one on air) ends early. With `unless_known`, an earlier
        recorded reason stays."""
        id = entry or (self._open.entry if self._open is not None else None)
        if id is not None and not (unless_known and id in self._endings):
            self._endings[id] = how, note

    def explain(self, entry: str, note: str, *, instead_of: str) -> bool:
        """Record why an entry ends early. If the entry has failed and is no longer on air, this note replaces the note
        `instead_of` in its row. Return False if another entry has aired since the failure."""
        if self._open is not None and self._open.entry == entry:
            self.ends_as("failed", note, entry)
            return True
        for row in reversed(self._recent.values()):
            if row.entry == entry and row.ended == "failed":
                if row.note == instead_of:
                    self._pass_on(replace(row, note=note))
                return True
            if row.kind != "slate":
                break
        return False

    def planned_until(self, asset_frame: int) -> None:
        """After an edit, record that the entry on air ends before frame `asset_frame` of its asset."""
        if self._open is not None:
            self._open = replace(self._open, frames_planned=max(0, asset_frame - self._open.asset_frame))
            self._recount = None

    def passed_over(self, airing: EntryStart, note: str) -> None:
        """Log an entry that should air now but cannot, as a row with no frames."""
        frame, at = self._frame(), self._now()
        planned = frame if airing.planned_frame is None else airing.planned_frame
        self._log.put(replace(self._row(airing, frame, at, planned), ended="failed", note=note))

    def checkpoint(self) -> None:
        """Log how far the entry on air has come. If the station is killed, the log ends there."""
        if self._open is not None:
            self._open = self._so_far(self._open)
            self._pass_on(self._open)
            if self.audience is not None:
                self.audience.checkpoint()

    def frames_so_far(self, id: str) -> int | None:
        """Return how many frames of the row with this id have aired so far; None if it is not the row on air."""
        return self._frame() - self._open.first_frame if self._open is not None and self._open.id == id else None

    # ── viewers and joins ────────────────────────────────────────────────────────────────────────

    def viewer_changed(self, count: int) -> None:
        """Record that the bus has `count` viewers from now on."""
        if self._open is not None:
            self._open = self._counted(self._open)
            self._open = replace(self._open, viewers_peak=max(count, self._open.viewers_peak), viewers_end=count)
        self._viewers = count

    def seam(self, frame: int, kind: str, report: StreamReport) -> None:
        """Record the measurement of the join before picture `frame`, in the row that ends there and in the row that
        begins there."""
        facts = SeamFacts(kind, report.video_jumps, report.cc_errors, round(report.largest_audio_error / 90, 2))
        current = {} if self._open is None else {self._open.id: self._open}
        for row in (self._recent | current).values():
            if row.first_frame == frame:
                self._pass_on(replace(row, seam_in=facts))
            elif row.ended is not None and row.end_frame == frame:
                self._pass_on(replace(row, seam_out=facts))

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────

    def _row(self, airing: EntryStart, frame: int, at: float, planned: int) -> AsRunEntry:
        return AsRunEntry(
            id=self._log.new_id(), channel=self._channel, entry=airing.entry, kind=airing.kind, title=airing.title,
            file=airing.file, break_id=airing.break_id, generation=airing.generation,
            planned_at=round(at + float(self._rate.seconds(planned - frame)), 3), planned_frame=planned,
            started_at=at, first_frame=frame, ended_at=at, end_frame=frame, wall_ended_at=at,
            asset_frame=airing.asset_frame, frames_planned=airing.frames_planned, note=airing.note, asset=airing.asset,
            spot=airing.spot, advertiser=airing.advertiser,
        )  # fmt: skip

    def _so_far(self, row: AsRunEntry) -> AsRunEntry:
        frame = self._frame()
        aired = frame - row.first_frame
        return replace(
            self._counted(row), ended_at=round(row.started_at + float(self._rate.seconds(aired)), 3),
            wall_ended_at=self._now(), end_frame=frame, frames_aired=aired,
        )  # fmt: skip

    def _counted(self, row: AsRunEntry) -> AsRunEntry:
        """Add the viewer-seconds since the last count to a row, and return the row."""
        now = self._clock()
        gone, self._counted_at = max(0.0, now - self._counted_at), now
        return replace(row, viewer_seconds=round(row.viewer_seconds + self._viewers * gone, 3))

    def _pass_on(self, row: AsRunEntry) -> None:
        """Remember the row in its current state, and pass it to the log."""
        if self._open is not None and self._open.id == row.id:
            self._open = row
        self._recent.pop(row.id, None)
        self._recent[row.id] = row
        while len(self._recent) > _RECENT:
            del self._recent[next(iter(self._recent))]
        aired = row.frames_aired if row.ended else self._frame() - row.first_frame
        if row.kind != "slate" or aired >= LEAST_SLATE:
            self._log.put(row)

    def _now(self) -> float:
        return round(self._air_time(self._frame()), 3)
