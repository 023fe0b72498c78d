"""Clock start: starts a channel on schedule, with the frame that is due at that time.

A deck takes a moment to start, and a take must begin with a key frame; there is one every two seconds. So the start is
aimed at the next key frame that can be reached. Its deck is prerolled, and the slate airs until that frame is due. If
the start is missed, because a piece is not prepared or a deck is slow, it is aimed at a later key frame.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal

from retrovue_tui.media.house_format import GOP
from retrovue_tui.playout.resume_point import ClockAim
from retrovue_tui.rundown.airlist import AirList
from retrovue_tui.rundown.plan_diff import CommonPrefix
from retrovue_tui.two_clocks import unix_offset

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.playout.decks.deck_queue import DeckQueue
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.playout.resume_point import ResumePoint

LEAD_S: Final = 0.15
"""The usual time that a deck takes to start (s). It is doubled after each missed start."""
LONGEST_LEAD_S: Final = 1.5
GIVE_UP_S: Final = 60.0
"""The longest wait of a start for the preparation of the frame that is due (s). After this time, the channel ignores
the clock, and begins with that frame as soon as it is prepared. A catch-up is given up after this time."""

CATCH_UP_LEAD_S: Final = 0.5
LONGEST_CATCH_UP_LEAD_S: Final = 4.0
STEP_S: Final = 0.005

Turn = Literal["wait", "take", "missed"]


def _monotonic(unix: float) -> float:
    """Convert a Unix time to a monotonic time."""
    return unix - unix_offset()


class ClockStart:
    """One start of one channel, from its resume point to the take."""

    def __init__(self, point: ResumePoint, decks: DeckQueue, planner: Planner, house: HouseFormat) -> None:
        self.point = point
        self.at: float | None = None
        """The monotonic time at which the first frame is due; None while it is not known."""
        self._decks = decks
        self._planner = planner
        self._half_frame = float(house.rate.seconds(1)) / 2
        self._clock = ClockAim(house.rate, GOP, house.piece_frames)
        self._lead = LEAD_S
        self._unprepared_since: float | None = None

    async def preroll(self) -> bool:
        """Preroll the deck that begins with the next key frame that can be reached.

        Return False if the start does not, or no longer, follow the clock: the channel then begins at the deck queue's
        position.
        """
        planner, now = self._planner, monotonic()
        aim = self._clock.first_key_frame(
            self.point, planner.entries, planner.length, loop=planner.loop, earliest=time.time() + self._lead
        )
        if aim is None:  # no entry can air yet; the disk with the films may be mounted later
            self._decks.start_from(self.point.position(planner.entries) or self.point.next_top)
            return True
        begin = planner.on_grid(aim.position)
        self._decks.start_from(begin)
        if aim.at is None:
            return False
        airlist = planner.compile(begin)
        if airlist is None:
            self._unprepared_since = self._unprepared_since or now
            return now - self._unprepared_since < GIVE_UP_S
        self._unprepared_since = None
        self.at = _monotonic(aim.at)
        await self._decks.enqueue(AirList.of(airlist.items, aim.position.frame - begin.frame))
        return True

    def turn(self, due: float, *, ready: bool) -> Turn:
        """Return the decision about the picture that is due at monotonic time `due`. `ready` is whether the deck can
        deliver a picture."""
        if self.at is None or due < self.at - self._half_frame:
            return "wait"
        return "take" if ready and due < self.at + self._half_frame else "missed"

    def miss(self) -> None:
        """Give up the current aim. The next call of `preroll` aims again."""
        if self.at is not None:
            self._lead = min(2 * self._lead, LONGEST_LEAD_S)
        self.at = None
        self._decks.start_from(self._decks.ahead)


class CatchUp:
    """After a standstill of the station, moves a channel to the frame that would be on air without the standstill. The
    current entry stays on air until the take, so that no slate shows."""

    def __init__(self, point: ResumePoint, decks: DeckQueue, planner: Planner, house: HouseFormat) -> None:
        self.point = point
        self._decks = decks
        self._planner = planner
        self._clock = ClockAim(house.rate, GOP, house.piece_frames)
        self._lead = CATCH_UP_LEAD_S
        self._until = monotonic() + GIVE_UP_S

    async def cut(self, frames_until: Callable[[float], int]) -> bool:
        """Cut the queued air lists at the frame that should be on air by the clock, and preroll a deck that begins with
        that frame. `frames_until` returns the number of pictures sent before a monotonic time. Return True when the
        catch-up is done or given up, and False to try again."""
        planner, edition = self._planner, self._decks.edition
        aim = self._clock.first_key_frame(
            self.point, planner.entries, planner.length, loop=planner.loop, earliest=time.time() + self._lead
        )
        self._lead = min(2 * self._lead, LONGEST_CATCH_UP_LEAD_S)
        if aim is None or aim.at is None or monotonic() > self._until:
            return True  # no frame is due by the clock, or this took too long: the channel goes on as it is
        at = _monotonic(aim.at)
        # The target counts as a later pass through the rundown, so that the as-run log begins a new row there.
        begin = planner.on_grid(aim.position)
        begin = replace(begin, loop=max(begin.loop, self._decks.ahead.loop + 1))
        airlist = planner.compile(begin)
        if airlist is None:
            return False
        queued = await self._decks.preroll(AirList.of(airlist.items, aim.position.frame - begin.frame))
        if queued is None:
            return False
        for _ in range(int((at - monotonic()) / STEP_S)):
            if queued.usable():
                break
            await asyncio.sleep(STEP_S)
        left = frames_until(at)
        changed = self._decks.edition != edition
        if changed or self._decks.troubled or not queued.usable() or not 0 < left <= self._decks.frames_left:
            self._decks.discard(queued)
            return False
        self._decks.recut(CommonPrefix(left, {}, begin), begin)
        self._decks.adopt(queued)
        return True
