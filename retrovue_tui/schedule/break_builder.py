"""Builds the breaks of a plan: bumpers, spots, and a card for the rest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.schedule.planned_slot import PlanRow
from retrovue_tui.schedule.spots.exact_fill import BreakRequest, fill_exactly
from retrovue_tui.schedule.spots.spot_rules import by_turn
from retrovue_tui.schedule.spots.variants import version_of, version_title

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from retrovue_tui.config.plan import PlanRules
    from retrovue_tui.schedule.planned_slot import CardKind, RowKind
    from retrovue_tui.schedule.spots.exact_fill import FilledBreak, GivenWay
    from retrovue_tui.schedule.spots.spot_rules import PoolSpot, SpotHistory
    from retrovue_tui.timecode import FrameRate

CARD_LEAST_S: Final = 2.0
"""The shortest card (s): viewers cannot read a shorter one."""
CARD_FILE_S: Final = 20.0
"""The length of a card's file (s). A longer rest shows the card several times in a row."""
CARD_MOST_S: Final = 15.0
"""The longest card for which no rule of a spot gives way (s)."""
NEAR_S: Final = 1.0
"""How much shorter than it should be a break may be that need not be exact (s)."""
GAVE_WAY: Final = " gave way for "
SPOTS_LEAST_S: Final = 10.0
"""A break has bumpers only if this much is left for spots (s)."""


class BuiltBreak(NamedTuple):
    """The rows of a break, their length (frames), and what gave way."""

    rows: tuple[PlanRow, ...]
    frames: int
    gave_way: tuple[str, ...]


@dataclass
class BreakBuilder:
    """Builds breaks from the spots of a pool and from bumpers. `history` notes each spot and bumper that is used."""

    rate: FrameRate
    spots: Sequence[PoolSpot]
    history: SpotHistory
    pools: Mapping[str, Sequence[PoolSpot]] = field(default_factory=dict)
    """Pool name → the bumpers in it."""
    separation: timedelta = field(default=timedelta(0))

    def build(
        self, at: datetime, frames: int, number: int, rules: PlanRules, *, exact: bool, card: CardKind = "back"
    ) -> BuiltBreak:  # fmt: skip
        """Return a break of at most `frames` frames that begins at the local time `at`; with `exact`, it has exactly
        `frames` frames, because a card closes the rest. Without spots and not `exact`, the break is empty. `rules` name
        the pools of its bumpers."""
        opener, closer = self._bumpers(frames, rules)
        bumpers = [each for each in (opener, closer) if each is not None]
        left = frames - sum(each.frames for each in bumpers)
        filled = self._filled(at, left, exact=exact)
        if not filled.spots and not exact:
            return BuiltBreak((), 0, ())
        rest = filled.rest if exact else 0
        rows = [self._row("spot", each, number, at, filled.gave_way) for each in filled.spots]
        rows += self._cards(rest, number, card)
        if opener is not None:
            rows.insert(0, self._row("bumper", opener, number, at))
        if closer is not None:
            rows.append(self._row("bumper", closer, number, at))
        for each in (*filled.spots, *bumpers):
            self.history.add(each, at)
        gave_way = tuple(f"{given.rule}{GAVE_WAY}{given.spot.title}" for given in filled.gave_way)
        return BuiltBreak(tuple(rows), sum(row.frames for row in rows), gave_way)

    def _cards(self, frames: int, number: int, card: CardKind) -> list[PlanRow]:
        """Return rows that together show a card for `frames` frames. No row is longer than the card's file."""
        longest, least = self.rate.count(CARD_FILE_S), self.rate.count(CARD_LEAST_S)
        rows: list[PlanRow] = []
        while frames > 0:
            part = frames if frames <= longest else min(longest, frames - least)
            rows.append(PlanRow("card", None, 0, part, "", number, card))
            frames -= part
        return rows

    def _filled(self, at: datetime, frames: int, *, exact: bool) -> FilledBreak:
        most = self.rate.count(CARD_MOST_S)
        near = 0 if exact else self.rate.count(NEAR_S)
        request = BreakRequest(at, frames, most, self.separation, near)
        filled = fill_exactly(self.spots, request, self.history)
        least = self.rate.count(CARD_LEAST_S)
        if exact and 0 < filled.rest < least and frames > least:
            shorter = fill_exactly(self.spots, BreakRequest(at, frames - least, most, self.separation), self.history)
            return replace(shorter, rest=shorter.rest + least)
        return filled

    def _bumpers(self, frames: int, rules: PlanRules) -> tuple[PoolSpot | None, PoolSpot | None]:
        room = frames - self.rate.count(SPOTS_LEAST_S)
        opener = self._bumper(rules.break_in, room)
        closer = self._bumper(rules.break_out, room - (opener.frames if opener else 0), opener)
        return opener, closer

    def _bumper(self, pool: str | None, room: int, other: PoolSpot | None = None) -> PoolSpot | None:
        """Return the bumper of a pool whose turn it is. It is the `other` one of the break only if there is no more."""
        bumpers = () if pool is None else self.pools.get(pool, ())
        fitting = [each for each in by_turn(bumpers, self.history) if each.frames <= room]
        return next((each for each in fitting if each is not other), next(iter(fitting), None))

    @staticmethod
    def _row(kind: RowKind, spot: PoolSpot, number: int, at: datetime, given: Sequence[GivenWay] = ()) -> PlanRow:
        rules = tuple(each.rule for each in given if each.spot is spot)
        file = version_of(spot, f"{at.timestamp():.3f}")
        title = version_title(spot, file)
        return PlanRow(kind, file, 0, spot.frames, title, number, whole=True, gave_way=rules)
