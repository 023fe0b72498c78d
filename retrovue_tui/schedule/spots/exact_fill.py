"""Fills a break exactly to the frame with spots of a pool, within the spots' rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.schedule.spots.spot_rules import SOFTEST_FIRST, broken_rules, by_turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from retrovue_tui.schedule.spots.spot_rules import PoolSpot, Rule, SpotHistory

_STEPS: Final = 1_800
"""How long a better choice is searched for when a good one is found, in steps of about a microsecond."""
_MOST_STEPS: Final = 6_000
"""The longest search for a good choice, in such steps."""


@dataclass(frozen=True)
class BreakRequest:
    """A break to be filled: its local air time, its length in frames, and how much of it may stay for a card.

    `card_most` is the longest remainder (frames) for which no rule gives way. `separation` is the least time between
    two spots of one advertiser, or with one tag, in different breaks. `near` is a difference from the length (frames,
    shorter or longer) that is as good as none; 0 if the length must be exact.
    """

    at: datetime
    frames: int
    card_most: int = 0
    separation: timedelta = timedelta(0)
    near: int = 0


class GivenWay(NamedTuple):
    """A rule that gave way for one spot."""

    rule: Rule
    spot: PoolSpot


@dataclass(frozen=True)
class FilledBreak:
    """The spots of a break in the order in which they air, and the rest of its length (frames), which a card closes.

    The rest is negative if the spots are longer, which is so only for a break with `near`.
    """

    spots: tuple[PoolSpot, ...]
    rest: int
    gave_way: tuple[GivenWay, ...] = ()


def fill_exactly(pool: Sequence[PoolSpot], request: BreakRequest, history: SpotHistory) -> FilledBreak:
    """Choose spots whose lengths add up to the break's length, or come as near to it as possible from below.

    If all rules together leave more than `card_most` and `near` frames open, rules give way one after another, the
    softest first (`SOFTEST_FIRST`), until the rest is small enough; if it never is, the fewest rules that give the
    smallest rest. Among the choices with the smallest rest, or with one that `near` allows, spots whose turn it is come
    first (see `best_choice`). The same arguments always give the same result.
    """
    able = [spot for spot in pool if 0 < spot.frames <= request.frames + request.near and spot.may_air(request.at)]
    ranked = by_turn({spot.file: spot for spot in able}.values(), history)
    broken = broken_rules(ranked, request.at, history, request.separation)
    best: tuple[list[PoolSpot], int] | None = None
    for level in range(len(SOFTEST_FIRST) + 1):
        hard = set(SOFTEST_FIRST[level:])
        allowed = [spot for spot in ranked if not broken[spot.file] & hard]
        apart = "one per advertiser and tag" in hard
        chosen = best_choice(
            allowed, request.frames + request.near, apart=apart, near=2 * request.near,
            enough=request.card_most + request.near,
        )  # fmt: skip
        rest = request.frames - sum(spot.frames for spot in chosen)
        if best is None or rest < best[1]:
            best = chosen, rest
        if best[1] <= max(request.card_most, request.near):
            break
    assert best is not None
    spots = in_order(best[0])
    gave_way = [GivenWay(rule, spot) for spot in spots for rule in SOFTEST_FIRST if rule in broken[spot.file]]
    return FilledBreak(spots, best[1], (*gave_way, *_repeated(spots)))


def _repeated(spots: Sequence[PoolSpot]) -> Iterator[GivenWay]:
    """Yield the spots whose advertiser or tag an earlier spot of the break has too."""
    seen: set[str] = set()
    for spot in spots:
        if spot.keys & seen:
            yield GivenWay("one per advertiser and tag", spot)
        seen |= spot.keys


def in_order(spots: Sequence[PoolSpot]) -> tuple[PoolSpot, ...]:
    """Return spots in the order in which they air: fixed positions first, and equal advertisers and tags apart where
    that is possible."""
    first = [spot for spot in spots if spot.position == "first"]
    last = [spot for spot in spots if spot.position == "last"]
    waiting = [spot for spot in spots if spot.position == "any"]
    row = list(first)
    while waiting:
        before = row[-1].keys if row else frozenset()
        following = next((spot for spot in waiting if not spot.keys & before), waiting[0])
        waiting.remove(following)
        row.append(following)
    return (*row, *last)


def best_choice(
    ranked: Sequence[PoolSpot], frames: int, *, apart: bool, near: int = 0, enough: int = 0
) -> list[PoolSpot]:
    """Return the spots whose total length is nearest to `frames` from below. Of several such choices, the one that has
    the first-ranked spot in which they differ.

    With `apart`, spots with an advertiser or a tag in common exclude each other; two spots for the same fixed position
    always do. The first choice that leaves at most `near` frames is taken. A branch is searched only while sums that
    ignore these exclusions still allow a better result. The search ends with the best choice found after `_MOST_STEPS`,
    or after `_STEPS` if that choice leaves at most `enough` frames.
    """
    # One loop with its own stack, though it is long: as functions that call each other, the search takes several times
    # as long, and it has at most `_MOST_STEPS`.
    keys = [_excluding(spot, apart) for spot in ranked]
    lengths = [spot.frames for spot in ranked]
    reach = _reachable(lengths, frames)
    best: list[int] = []
    best_rest, steps = frames, 0
    chosen: list[int] = []
    used: list[frozenset[str]] = [frozenset()]
    at, left = 0, frames
    while steps < (_STEPS if best_rest <= enough else _MOST_STEPS):
        steps += 1
        if at < len(ranked) and left - _most(reach[at], left) < best_rest:
            length = lengths[at]
            if (
                length <= left
                and not keys[at] & used[-1]
                and left - length - _most(reach[at + 1], left - length) < best_rest
            ):
                chosen.append(at)
                used.append(used[-1] | keys[at])
                left -= length
                if left < best_rest:
                    best, best_rest = chosen.copy(), left
                    if left <= near:
                        break
            at += 1
        elif chosen:  # nothing better lies beyond: leave the last chosen spot out
            at = chosen.pop()
            used.pop()
            left += lengths[at]
            at += 1
        else:
            break
    return [ranked[number] for number in best]


def _reachable(lengths: Sequence[int], frames: int) -> list[int]:
    """Return for each spot the sums of any spots from there on: bit n stands for n frames, up to `frames`."""
    mask, reach = (1 << (frames + 1)) - 1, [1]
    for length in reversed(lengths):
        reach.append((reach[-1] | reach[-1] << length) & mask)
    return reach[::-1]


def _most(sums: int, left: int) -> int:
    """Return the largest of the sums that is at most `left`."""
    return (sums & ((2 << left) - 1)).bit_length() - 1


def _excluding(spot: PoolSpot, apart: bool) -> frozenset[str]:
    keys = spot.keys if apart else frozenset()
    return keys if spot.position == "any" else keys | {f"position {spot.position}"}
