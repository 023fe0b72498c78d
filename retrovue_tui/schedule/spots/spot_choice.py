"""Chooses the spots of a break that an operator asks for. Its length need not be exact, unlike that of a planned
break."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.schedule.spots.exact_fill import FilledBreak, GivenWay, fill_exactly
from retrovue_tui.schedule.spots.spot_rules import broken_rules, by_turn
from retrovue_tui.text.durations import duration_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from retrovue_tui.schedule.spots.exact_fill import BreakRequest
    from retrovue_tui.schedule.spots.spot_rules import PoolSpot, SpotHistory

NEAR: Final = 60
"""The tolerance of a break's length is one part in this number: 1/60, or one second per minute."""

MOST_SPOTS: Final = 300
"""The maximum number of spots that are considered for a break: those whose turn it is. More would take too long."""


def choose(
    pool: Sequence[PoolSpot], request: BreakRequest, history: SpotHistory, begun: Sequence[PoolSpot] = ()
) -> FilledBreak:
    """Choose spots for a break; one part in `NEAR` of its length is as good as none.

    `begun` are spots of the same break that have already begun: none of them airs again in it, and spots of their
    advertisers and with their tags air only if the others leave too much of the break open.
    """
    near = request.frames // NEAR
    request = replace(request, near=near)
    files = {spot.file for spot in begun}
    able = [spot for spot in pool if spot.file not in files and not (begun and spot.position == "first")]
    able = [spot for spot in able if 0 < spot.frames <= request.frames + near and spot.may_air(request.at)]
    ranked = _by_merit(able, request, history)
    taken = frozenset[str]().union(*(spot.keys for spot in begun))
    found = fill_exactly([spot for spot in ranked if not spot.keys & taken][:MOST_SPOTS], request, history)
    if taken and found.rest > near:
        mixed = fill_exactly(ranked[:MOST_SPOTS], request, history)
        if mixed.rest < found.rest:
            again = (GivenWay("one per advertiser and tag", spot) for spot in mixed.spots if spot.keys & taken)
            found = replace(mixed, gave_way=tuple(dict.fromkeys((*mixed.gave_way, *again))))
    return found


def _by_merit(pool: Sequence[PoolSpot], request: BreakRequest, history: SpotHistory) -> list[PoolSpot]:
    """Return the spots by their turn, those that would break a rule last."""
    ranked = by_turn(pool, history)
    broken = broken_rules(ranked, request.at, history, request.separation)
    return sorted(ranked, key=lambda spot: bool(broken[spot.file]))


def warning_of(given: GivenWay, separation: timedelta) -> str:
    """Return the warning that a rule gave way for a spot."""
    spot = given.spot
    match given.rule:
        case "separation":
            what = f"it airs less than {duration_text(separation)} from a spot of its advertiser or with its tag"
        case "cooldown":
            what = f"it airs again within {duration_text(spot.cooldown)}" if spot.cooldown else "it airs again"
        case "most per day":
            what = f"it airs more than {spot.most_per_day} times that day"
        case _:
            what = "another spot of its advertiser or with its tag is in the same break"
    return f"a rule gave way for {spot.title or spot.file.stem} ({given.rule}): {what}"
