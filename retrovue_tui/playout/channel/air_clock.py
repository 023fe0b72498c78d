"""A channel's frame clock: gives each picture its time, and keeps the channel on schedule."""

from __future__ import annotations

import time
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.channel.clock_start import CatchUp, ClockStart
from retrovue_tui.playout.resume_point import ResumePoint
from retrovue_tui.two_clocks import unix_offset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.playout.decks.deck_queue import DeckQueue
    from retrovue_tui.playout.output.splicer import Splicer
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.rundown.entries import Entry

_ROUNDING: Final = 1e-3
"""The tolerance of a tick, in frames, so that a float's rounding error does not make it miss a frame."""


class AirClock:
    """Counts pictures from `begin` on, at the frame rate.

    `start` is a start of the channel that waits for its time. `catch_up` is a jump after a standstill of the whole
    station, to the frame that would be on air now without the standstill.
    """

    def __init__(self, decks: DeckQueue, planner: Planner, house: HouseFormat, splicer: Splicer) -> None:
        self.start: ClockStart | None = None
        self.catch_up: CatchUp | None = None
        self._decks = decks
        self._planner = planner
        self._house = house
        self._rate = house.rate
        self._splicer = splicer
        self._epoch: float | None = None
        self._off_air_at: float | None = None

    # ── pictures ─────────────────────────────────────────────────────────────────────────────────

    @property
    def running(self) -> bool:
        """Whether pictures have times, that is, whether `begin` was called."""
        return self._epoch is not None

    def begin(self, now: float) -> None:
        """Start the clock: the next picture is due at monotonic time `now`, and each later picture one frame after the
        previous one."""
        self._epoch = now - float(self._rate.seconds(self._splicer.frame))

    @property
    def began(self) -> float:
        """The monotonic time at which picture 0 was due; the current time while the clock does not run."""
        return monotonic() if self._epoch is None else self._epoch

    def halt(self) -> None:
        """Stop the clock: until `begin` is called, pictures have no times."""
        self._epoch = None

    def frames_due(self, now: float) -> int:
        """Return the number of the first picture that is not yet due at monotonic time `now`."""
        assert self._epoch is not None
        return int((now - self._epoch) * self._rate.num / self._rate.den + _ROUNDING) + 1

    def due(self) -> float:
        """Return the monotonic time at which the next picture is due."""
        assert self._epoch is not None
        return self._epoch + float(self._rate.seconds(self._splicer.frame))

    def frames_until(self, at: float) -> int:
        """Return the number of pictures that are sent before the one that is due at monotonic time `at`."""
        return round((at - self.due()) * self._rate.num / self._rate.den)

    def air_time(self, frame: int) -> float:
        """Return the Unix time at which a picture of the bus is due."""
        if self._epoch is None:
            return time.time()
        return unix_offset() + self._epoch + frame * self._rate.den / self._rate.num

    def airs_in(self, frames: int) -> float:
        """Return the seconds until a picture is sent. `frames` is its distance from the rundown's next picture. While a
        start waits for its time, the rundown's next picture is the first one after the slate."""
        ahead = float(self._rate.seconds(frames))
        if self.start is not None and self.start.at is not None:
            return max(0.0, self.start.at + ahead - monotonic())
        return ahead if self._epoch is None else max(0.0, self.due() + ahead - monotonic())

    def next_due_at(self) -> float:
        """Return the Unix time at which the next picture is due. Before the clock runs, or while a start waits, that
        is the time of the start."""
        if self.start is not None and self.start.at is not None:
            return max(time.time(), unix_offset() + self.start.at)
        if self._epoch is None:
            return time.time()
        return self.air_time(self._splicer.frame)

    # ── the rundown's clock ──────────────────────────────────────────────────────────────────────

    @property
    def pending(self) -> bool:
        """Whether a start or a catch-up is waiting for its preparation or its time."""
        return self.start is not None or self.catch_up is not None

    def aim(self, point: ResumePoint | None) -> None:
        """Start the channel on the schedule that `point` defines: its frame airs at its time. If that time has passed,
        the channel begins with the frame that is due now. None: start as soon as a deck is ready."""
        self.catch_up, self._off_air_at = None, None
        self.start = None if point is None else ClockStart(point, self._decks, self._planner, self._house)

    def forget_pending(self) -> None:
        """Cancel a start or a catch-up that is waiting."""
        self.start = self.catch_up = None

    def edited(self, entries: Sequence[Entry]) -> None:
        """Cancel a start that is waiting, if the edited rundown no longer has its entry."""
        if self.start is not None and self.start.point.position(entries) is None:
            self.start = None

    def go_off_air(self) -> None:
        """Store the time at which the next frame would have been due, so that a later start can continue from there."""
        self._off_air_at = self._position_due_at()

    def start_is_due(self, start: ClockStart, due: float) -> bool:
        """Return whether the start takes effect with the picture that is due at monotonic time `due`."""
        turn = start.turn(due, ready=self._decks.can_take())
        if turn == "missed":
            start.miss()
        return turn == "take"

    def resume_point(self) -> ResumePoint | None:
        """Return the next frame of the rundown, with the Unix time at which it is due; None while that time is not
        known."""
        pending = self.start or self.catch_up
        if pending is not None:
            return pending.point
        entries, position = self._planner.entries, self._decks.ahead
        if not 0 <= position.index < len(entries):
            return None
        at = self._position_due_at() if self._off_air_at is None else self._off_air_at
        return ResumePoint(
            entries[position.index].id, position.index, position.frame, at, position.loop, self._planner.has_rotated
        )

    def _position_due_at(self) -> float:
        """Return the Unix time at which the rundown's next frame is due. If the entry on air was removed from the
        rundown, this is after that entry's last frame."""
        finishing = self._decks.finishing
        return self.air_time(self._splicer.frame + (0 if finishing is None else finishing.frames))

    def stood_still(self, seconds: float, *, overdue: bool, follow: bool) -> None:
        """Handle a standstill of the whole station of `seconds`, which is a whole number of frames.

        `overdue` is True if the monotonic clock ran on meanwhile. The missed pictures are not sent in a burst: the
        frame clock goes on from now. With `follow`, the channel jumps to the frame that would be on air now without the
        standstill.
        """
        if self._epoch is None:
            return
        pending = self.start or self.catch_up
        point = self.resume_point()
        if overdue:
            self._epoch += seconds
        elif point is not None and pending is None:
            point = replace(point, at=point.at - seconds)
        if self.start is not None:
            self.start.miss()
        elif follow and point is not None:
            if self._decks.on_air is not None:
                self.catch_up = CatchUp(point, self._decks, self._planner, self._house)
            else:
                self.aim(point)
                self._decks.start_from(self._decks.ahead)
