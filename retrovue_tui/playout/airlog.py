"""What a channel tells its as-run log: which entry airs from which picture on, and why one ended early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.asrun_keeper import Airing

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.playout.asrun import AsRun
    from retrovue_tui.playout.asrun_keeper import AsRunKeeper
    from retrovue_tui.playout.bus import Bus
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.playout.report import Report
    from retrovue_tui.playout.splicer import Splicer
    from retrovue_tui.rundown.airlist import AirItem, Position, Stretch
    from retrovue_tui.timecode import FrameRate

SLATE: Final = Airing("slate", "slate", "Please stand by")

MOST_PASSED_OVER: Final = 20
"""How many entries that could not air are logged at one join: an unplugged disk is one fault, not a thousand rows."""


class AirLog:
    """Told by a channel from within its tick; silent until it is given a log to keep."""

    def __init__(self, channel_id: str, rate: FrameRate, *, planner: Planner, splicer: Splicer, bus: Bus) -> None:
        self._channel_id = channel_id
        self._rate = rate
        self._planner = planner
        self._splicer = splicer
        self._bus = bus
        self._keeper: AsRunKeeper | None = None

    def keep_in(self, asrun: AsRun, air_time: Callable[[int], float]) -> None:
        """Keep the station's log from now on. `air_time` tells the Unix time at which a picture is due."""
        self._keeper = asrun.keeper(self._channel_id, self._rate, lambda: self._splicer.frame, air_time)
        self._keeper.viewer_changed(self._bus.viewers)

    def entry(self, stretch: Stretch, asset_frame: int, generation: int) -> None:
        """From the next picture on this entry airs, from this frame of its asset on."""
        if self._keeper is None:
            return
        planner, entry = self._planner, stretch.entry

        def left() -> int:
            return max(0, entry.in_frame + planner.duration(entry) - asset_frame)

        airing = Airing(
            entry=entry.id, kind=entry.kind, title=entry.title or entry.file.stem, file=str(entry.file),
            break_id=entry.break_id, generation=generation, asset_frame=asset_frame,
            frames_planned=left(), recount=left,
        )  # fmt: skip
        self._keeper.entry_started(airing)

    def passed_over(self, before: Position, after: Position) -> None:
        """What lies between these two could not air at its turn. Said before what airs instead."""
        if self._keeper is None:
            return
        self._keeper.entry_ended()
        for entry in self._planner.passed_over(before, after)[:MOST_PASSED_OVER]:
            airing = Airing(entry.id, entry.kind, entry.title or entry.file.stem, str(entry.file), entry.break_id)
            self._keeper.passed_over(airing, self._planner.why_not(entry))

    def slate(self) -> None:
        """From the next picture on there is only the slate."""
        if self._keeper is not None:
            self._keeper.ends_as("failed", "there were no pictures in time")
            self._keeper.entry_started(SLATE)

    def edited(self, airing: Position | None) -> None:
        """Another rundown was taken up, and what is on air stays: it may end elsewhere now."""
        entries = self._planner.entries
        if self._keeper is not None and airing is not None and 0 <= airing.index < len(entries):
            entry = entries[airing.index]
            self._keeper.planned_until(entry.in_frame + self._planner.duration(entry))

    def skipped(self, note: str = "") -> None:
        """The operator leaves what is on air."""
        if self._keeper is not None:
            self._keeper.ends_as("skipped", note)

    def broken(self, item: AirItem) -> None:
        """A piece cannot be played: its entry will not air whole."""
        if self._keeper is not None:
            self._keeper.ends_as("failed", f"{item.file.name} could not be played", item.stretch.entry.id)

    def stopped(self) -> None:
        """The channel goes off air; before its viewers are let go."""
        if self._keeper is not None:
            self._keeper.entry_ended(note="the channel was stopped")

    def viewers(self) -> None:
        """Somebody came or went."""
        if self._keeper is not None:
            self._keeper.viewer_changed(self._bus.viewers)

    def seam(self, frame: int, kind: str, report: Report) -> None:
        """The seam ahead of this picture was measured."""
        if self._keeper is not None:
            self._keeper.seam(frame, kind, report)
