"""Starts a channel at the frame that its rundown's clock names, at that frame's own time.

A deck takes a moment to start, and a take must begin with a key frame, of which there is one every two seconds. So the
start is aimed at the next key frame that can be reached, its deck is prerolled, and the slate shows until its time has
come. A start that is missed, because a piece was not prepared or a deck was slow, is aimed again.
"""

from __future__ import annotations

import time
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal

from retrovue_tui.media.house import GOP
from retrovue_tui.playout.planner import AirList
from retrovue_tui.playout.resume_point import ClockAim
from retrovue_tui.rundown.airlist import Position

if TYPE_CHECKING:
    from retrovue_tui.media.house import House
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.playout.rack import Rack
    from retrovue_tui.playout.resume_point import ResumePoint

LEAD_S: Final = 0.15
"""How long a deck takes to start, as a rule; twice as long after each start that was missed."""
LONGEST_LEAD_S: Final = 1.5
GIVE_UP_S: Final = 60.0
"""A rundown whose frame of the moment stays unprepared for so long goes on with it as soon as it is prepared."""

Turn = Literal["wait", "take", "missed"]


class ClockStart:
    """One start of one channel, from its resume point to the take."""

    def __init__(self, point: ResumePoint, rack: Rack, planner: Planner, house: House) -> None:
        self.point = point
        self.at: float | None = None
        """Monotonic time at which the first frame is due; None while it is not known."""
        self._rack = rack
        self._planner = planner
        self._half_frame = float(house.rate.seconds(1)) / 2
        self._clock = ClockAim(house.rate, GOP, house.piece_frames)
        self._lead = LEAD_S
        self._unprepared_since: float | None = None

    async def cue(self) -> bool:
        """Preroll the deck that begins with the next frame that can be reached; False: the clock has no say (any
        more), and the channel begins where the rack says."""
        planner, now = self._planner, monotonic()
        aim = self._clock.first_key_frame(
            self.point, planner.entries, planner.length, loop=planner.loop, earliest=time.time() + self._lead
        )
        if aim is None:  # the disk with the films may come later
            self._rack.start_from(self.point.position(planner.entries) or Position(0, 0, 0))
            return True
        begin = planner.on_grid(aim.position)
        self._rack.start_from(begin)
        if aim.at is None:
            return False
        airlist = planner.compile(begin)
        if airlist is None:
            self._unprepared_since = self._unprepared_since or now
            return now - self._unprepared_since < GIVE_UP_S
        self._unprepared_since = None
        self.at = aim.at - time.time() + now
        await self._rack.cue(AirList.of(airlist.items, aim.position.frame - begin.frame))
        return True

    def turn(self, due: float, *, ready: bool) -> Turn:
        """What becomes of the picture that is due at monotonic time `due`; `ready`: the deck can give one."""
        if self.at is None or due < self.at - self._half_frame:
            return "wait"
        return "take" if ready and due < self.at + self._half_frame else "missed"

    def miss(self) -> None:
        """Give this aim up; `cue` aims again."""
        if self.at is not None:
            self._lead = min(2 * self._lead, LONGEST_LEAD_S)
        self.at = None
        self._rack.start_from(self._rack.ahead)
