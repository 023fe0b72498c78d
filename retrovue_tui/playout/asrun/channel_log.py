"""Writes a channel's events to its as-run log: which entry airs from which picture on, and why an entry ended early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.asrun.audience_recorder import ViewersOf
from retrovue_tui.playout.asrun.recorder import EntryStart

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from retrovue_tui.playout.asrun.audience_recorder import AudienceRecorder
    from retrovue_tui.playout.asrun.database import AsRunDatabase
    from retrovue_tui.playout.asrun.recorder import AsRunRecorder, ViewerGroups
    from retrovue_tui.playout.mpegts.analyser import StreamReport
    from retrovue_tui.playout.output.bus import Bus, Viewer
    from retrovue_tui.playout.output.splicer import Splicer
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.protocol.answers.asrun import Ending
    from retrovue_tui.rundown.airlist import AirItem
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.rundown.positions import Position, Stretch
    from retrovue_tui.schedule.spots.spot_rules import PoolSpot
    from retrovue_tui.timecode import FrameRate

NO_PICTURES: Final = "the pictures did not come in time"
MOST_PASSED_OVER: Final = 20
"""The maximum number of entries that `passed_over` logs at one join. An unplugged disk should not fill the log with a
thousand rows."""


class ChannelAsRun:
    """A channel's link to the as-run log. The channel calls it in every tick. It does nothing until `record_in`
    connects it to a log."""

    def __init__(
        self, channel_id: str, rate: FrameRate, *, planner: Planner, splicer: Splicer, bus: Bus, rendition: str = ""
    ) -> None:
        """`rendition`: the house format of the bus, such as `720p`."""
        self._rendition = rendition
        self._channel_id = channel_id
        self._rate = rate
        self._planner = planner
        self._splicer = splicer
        self._bus = bus
        self._recorder: AsRunRecorder | None = None
        self._spot: Callable[[Path], PoolSpot | None] = lambda file: None
        self.groups_of: Callable[[Stretch, int], ViewerGroups | None] = lambda stretch, frame: None
        """Returns the groups of viewers that see different versions of an entry that begins with a frame of its asset;
        None if all see the same."""
        self._broken: dict[str, tuple[Entry, str]] = {}  # entries with a broken piece that have not begun

    def record_in(
        self,
        asrun: AsRunDatabase,
        air_time: Callable[[int], float],
        spot: Callable[[Path], PoolSpot | None] = lambda file: None,
    ) -> None:
        """Record in the station's log from now on. `air_time` returns the Unix time at which a picture is due,
        and `spot` what a pool file states about a file."""
        self._spot = spot
        self._recorder = asrun.recorder(self._channel_id, self._rate, lambda: self._splicer.frame, air_time)
        if self._recorder.audience is not None:
            self._recorder.audience.rendition = self._rendition
        self._recorder.viewer_changed(self._bus.viewers)

    def entry(self, stretch: Stretch, asset_frame: int, generation: int, piece: Path) -> None:
        """Log that an entry airs from the next picture on, beginning with frame `asset_frame` of its asset. `piece` is
        the prepared file that contains this frame."""
        groups = self.groups_of(stretch, asset_frame)
        if self._recorder is None:
            return
        planner, entry = self._planner, stretch.entry
        _, broken = self._broken.pop(entry.id, (entry, None))
        # Broken pieces at the beginning count towards the planned length; the entry begins to air after them.
        planned_from = asset_frame if broken is None else min(entry.in_frame, asset_frame)

        def left() -> int:
            return max(0, entry.in_frame + planner.duration(entry) - planned_from)

        spot, advertiser = self._spot_facts(entry)
        airing = EntryStart(
            entry=entry.id, kind=entry.kind, title=planner.title(entry), file=str(entry.file),
            break_id=entry.break_id, generation=generation, asset_frame=asset_frame,
            frames_planned=left(), recount=left, asset=piece.parent.name,
            spot=spot, advertiser=advertiser, note=f"split: {groups.text}" if groups else "",
            group_of=None if groups is None else groups.name,
        )  # fmt: skip
        self._recorder.entry_started(airing)
        if broken is not None:
            self._recorder.ends_as("failed", broken, entry.id)

    def _spot_facts(self, entry: Entry) -> tuple[str | None, str | None]:
        """Return the fields `spot` and `advertiser` of `EntryStart`; None for a programme."""
        if entry.kind != "spot":
            return None, None
        known = self._spot(entry.file)
        return str((known and known.variant_of) or entry.file), known.advertiser if known else ""

    def passed_over(self, before: Position | None, after: Stretch) -> list[tuple[Entry, str]]:
        """End the row of the entry on air at `before` (None: the row of the slate). Log the entries between it and
        `after` that could not air, and return them with the reasons. Call this before the next entry is logged."""
        missed = self._not_aired(before, after)[:MOST_PASSED_OVER]
        if self._recorder is not None:
            self._recorder.entry_ended()
            for entry, reason in missed:
                airing = EntryStart(entry.id, entry.kind, self._planner.title(entry), str(entry.file), entry.break_id)
                self._recorder.passed_over(airing, reason)
        return missed

    def _not_aired(self, before: Position | None, after: Stretch) -> list[tuple[Entry, str]]:
        """Return the entries between the two positions that did not air, with the reasons. Each broken entry is
        reported once."""
        if before is None:
            return [self._broken.pop(id) for id in list(self._broken) if id != after.entry.id]
        found = []
        for entry in self._planner.between(before, after.position):
            if self._planner.length(entry) is None:
                found.append((entry, self._planner.why_not(entry)))
            elif entry.id in self._broken:
                found.append(self._broken.pop(entry.id))
        return found

    def slate(self, why: str) -> None:
        """Log that only the slate airs from the next picture on."""
        if self._recorder is not None:
            self._recorder.ends_as("failed", NO_PICTURES, unless_known=True)
            self._recorder.entry_started(EntryStart("slate", "slate", "Please stand by", note=why))

    def edited(self, airing: Position | None) -> None:
        """Log the new planned end of the entry on air, after an edited rundown that keeps this entry was applied."""
        entries = self._planner.entries
        if self._recorder is not None and airing is not None and 0 <= airing.index < len(entries):
            entry = entries[airing.index]
            self._recorder.planned_until(entry.in_frame + self._planner.duration(entry))

    def left(self, how: Ending, note: str = "") -> None:
        """Record how and why the entry on air ends early."""
        if self._recorder is not None:
            self._recorder.ends_as(how, note)

    def broken(self, item: AirItem) -> None:
        """Record that a piece cannot be played. Its entry then airs in part, or not at all."""
        entry = item.stretch.entry
        reason = f"{item.file.name} could not be played"
        if self._recorder is None or not self._recorder.explain(entry.id, reason, instead_of=NO_PICTURES):
            self._broken[entry.id] = entry, reason

    def stopped(self) -> None:
        """Log that the channel goes off air; call this before its viewers are disconnected."""
        if self._recorder is not None:
            self._recorder.ends_as("stopped", "the channel was stopped")
            self._recorder.entry_ended()

    def viewer(self, what: str, viewer: Viewer) -> None:
        """Log that a viewer of the bus has joined (`what` is "joined") or left."""
        if self._recorder is None:
            return
        self._recorder.viewer_changed(self._bus.viewers)
        if self.audience is None:
            return
        if what == "joined":
            self.audience.joined(viewer, ViewersOf(self._rendition, "ts"), str(getattr(viewer, "key", "")))
        else:
            self.audience.left(viewer)

    @property
    def audience(self) -> AudienceRecorder | None:
        """The counts of the channel's audience; None before the channel is connected to a log."""
        return None if self._recorder is None else self._recorder.audience

    def seam(self, frame: int, kind: str, report: StreamReport) -> None:
        """Log the measurement of the join before this picture."""
        if self._recorder is not None:
            self._recorder.seam(frame, kind, report)
