"""A channel whose time is made by the test, with a log of what really airs, and its guide at any moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from retrovue_tui.guide.guide_slots import guide_slots
from retrovue_tui.playout.asrun.guide_rows import AiredRun
from retrovue_tui.playout.guide.channel_air import AirState, Pass, coming_runs, past_runs
from retrovue_tui.rundown.positions import Position, span
from tests.playout.scheduling.fake_air import RATE, FakeAir

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from retrovue_tui.guide.guide_slots import GuideSlot
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.schedule.spots.spot_rules import PoolSpot

AHEAD = RATE.count(3 * 3_600)
"""How far the guides of a test reach (frames)."""


@dataclass
class GuidedAir:
    """A channel, and the rows of its log."""

    air: FakeAir
    rows: list[AiredRun] = field(default_factory=list)

    def advance(self, frames: int) -> None:
        """Air this number of frames, and log them."""
        air = self.air
        while frames > 0:
            entry = air.entries[air.index]
            part = min(frames, span(entry, air.length(entry))[1] - air.at)
            start, end = (float(RATE.seconds(frame)) for frame in (air.frame, air.frame + part))
            last = self.rows[-1] if self.rows else None
            if last is not None and last.is_open and last.title == entry.id:
                self.rows[-1] = last._replace(ended_at=end)
            else:
                self.close()
                self.rows.append(AiredRun(entry.kind, str(entry.file), entry.id, air.at, start, end, True))
            air.advance(part)
            frames -= part

    def close(self) -> None:
        """End the row of the entry on air, because another one follows."""
        if self.rows:
            self.rows[-1] = self.rows[-1]._replace(is_open=False)

    def state(self) -> AirState:
        """The present place of the channel."""
        air = self.air
        return AirState(air.entries, Position(0, air.index, air.at), air.frame, 0, loop=False, planned=True)

    def passed(self) -> Pass:
        """The lengths of the entries."""
        return Pass.of(self.air.entries, cast("Planner", self.air))

    def guide(self) -> list[GuideSlot]:
        """The slots of the guide now."""
        state, entry = self.state(), self.air.entries[self.air.index]
        if self.rows and self.rows[-1].is_open and self.rows[-1].title != entry.id:
            self.close()
        coming = coming_runs(state, self.passed(), state.due + AHEAD)
        return guide_slots([*past_runs(self.rows, state, RATE), *coming], RATE)


def meddle(air: FakeAir, pool: Sequence[PoolSpot], dice: random.Random) -> str:
    """One random command of an operator; returns its name."""
    entry = air.entries[air.index]
    what = dice.choice(["break_now", "skip", "hold", "release", "none"])
    left = span(entry, air.length(entry))[1] - air.at
    if what == "break_now" and entry.kind == "programme" and left > 300 and air.at > entry.in_frame + 300:
        air.break_now(air.spots_of(pool, dice.randint(15, 180)))
    elif what == "skip" and air.index + 1 < len(air.entries):
        air.skip()
    elif what == "hold" and air.held is None:
        air.hold()
    elif what == "release":
        air.release()
    return what


def faults(guide: Sequence[GuideSlot], rows: Sequence[AiredRun], since: float) -> list[str]:
    """The times at which the air after a moment (s) differs from the guide of that moment."""
    found = []
    for row in rows:
        begin = max(row.started_at, since)
        if row.kind != "programme" or row.ended_at - begin < 1:
            continue
        for at in (begin + 0.1, row.ended_at - 0.1):
            frame = RATE.nearest(at)
            slot = next((slot for slot in guide if slot.start <= frame < slot.end), None)
            if slot is None or str(slot.file) != row.file:
                shown = "nothing" if slot is None else str(slot.file)
                found.append(f"at {at:.1f} aired {row.file}, and the guide had {shown}")
    return found
