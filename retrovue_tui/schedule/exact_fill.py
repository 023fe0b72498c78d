"""Fills a break exactly to the frame with spots of a pool, within the spots' rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.schedule.spot_rules import SOFTEST_FIRST, broken_rules, by_turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from retrovue_tui.schedule.spot_rules import PoolSpot, Rule, SpotHistory

_MOST_SETS: Final = 4_096
"""The most combinations that are tried of spots that exclude each other through several advertisers and tags."""


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

    If all rules together leave more than `card_most` and more than `near` frames open, rules give way one after
    another, the softest first (`SOFTEST_FIRST`), until the rest is small enough; if it never is, the fewest rules that
    give the smallest rest. Among the choices with the smallest rest, or with one that `near` allows, spots whose turn
    it is come first (see `Choices`). The same arguments always give the same result.
    """
    able = [spot for spot in pool if 0 < spot.frames <= request.frames + request.near and spot.may_air(request.at)]
    ranked = by_turn({spot.file: spot for spot in able}.values(), history)
    broken = {spot.file: broken_rules(spot, request.at, history, request.separation) for spot in ranked}
    best: tuple[list[PoolSpot], int] | None = None
    for level in range(len(SOFTEST_FIRST) + 1):
        hard = set(SOFTEST_FIRST[level:])
        allowed = [spot for spot in ranked if not broken[spot.file] & hard]
        apart = "one per advertiser and tag" in hard
        chosen = Choices(allowed, apart=apart).nearest(request.frames, request.near)
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


class _Option(NamedTuple):
    """One choice within a group: spots that may air together, and their length."""

    spots: tuple[PoolSpot, ...]
    frames: int


class Choices:
    """The possible choices from spots that are ranked by turn.

    Spots that exclude each other form a group, and each group offers its options, the best first: an option is better
    if it has the first-ranked spot in which two options differ. Groups are ranked by their first spot. A choice is
    better if its option is better in the first group in which two choices differ.
    """

    def __init__(self, ranked: Sequence[PoolSpot], *, apart: bool) -> None:
        """With `apart`, spots with an advertiser or a tag in common exclude each other. Two spots for the same fixed
        position always do."""
        self._groups = _groups(ranked, apart)
        self._apart = apart

    def nearest(self, frames: int, near: int = 0) -> list[PoolSpot]:
        """Return the best of the choices whose total length differs from `frames` by at most `near`. If there is none,
        return the best of those whose total length is nearest to `frames` from below."""
        mask = (1 << (frames + near + 1)) - 1
        groups = [_options(group, self._apart, frames + near) for group in self._groups]
        reach = [1]  # bit n: the groups from here on can add up to n frames
        for options in reversed(groups):
            reach.append(reduce(or_, (reach[-1] << option.frames for option in options), 0) & mask)
        left = reach[-1].bit_length() - 1
        slack = max(0, left - (frames - near))  # how much shorter than `left` the rest of the choice may be
        chosen: list[PoolSpot] = []
        for options, later in zip(groups, reversed(reach[:-1]), strict=True):
            option = next(each for each in options if _has_bit(later, left - each.frames - slack, left - each.frames))
            chosen += option.spots
            left -= option.frames
        return chosen


def _has_bit(bits: int, first: int, last: int) -> bool:
    """Return whether any of the bits from `first` to `last` is set; negative numbers are no bits."""
    first = max(0, first)
    return last >= first and bits >> first & ((1 << (last - first + 1)) - 1) != 0


def _excluding(spot: PoolSpot, apart: bool) -> frozenset[str]:
    keys = spot.keys if apart else frozenset()
    return keys if spot.position == "any" else keys | {f"position {spot.position}"}


def _groups(ranked: Sequence[PoolSpot], apart: bool) -> list[list[PoolSpot]]:
    """Return the spots in groups without a key in common, each in the given order, the groups by their first spot."""
    groups: list[tuple[set[str], list[PoolSpot]]] = []
    for spot in ranked:
        keys = set(_excluding(spot, apart))
        met = [group for group in groups if group[0] & keys]
        if not met:
            groups.append((keys, [spot]))
            continue
        met[0][1].append(spot)
        for other in met[1:]:
            met[0][1].extend(other[1])
            groups.remove(other)
        met[0][0].update(keys, *(other[0] for other in met[1:]))
    rank = {spot.file: number for number, spot in enumerate(ranked)}
    return [sorted(members, key=lambda spot: rank[spot.file]) for _, members in groups]


def _options(group: Sequence[PoolSpot], apart: bool, most: int) -> list[_Option]:
    """Return the sets of spots of a group that may air together and are at most `most` frames long, the best first, and
    the empty set at the end."""
    options: list[_Option] = []
    keys = [_excluding(spot, apart) for spot in group]
    empty = _Option((), 0)
    if len(set.union(*map(set, keys))) <= 1:  # they all exclude each other, or there is only one
        return [*(_Option((spot,), spot.frames) for spot in group), empty]

    def extend(option: _Option, start: int, used: frozenset[str]) -> None:
        for number in range(start, len(group)):
            if len(options) >= _MOST_SETS:
                return
            spot = group[number]
            if option.frames + spot.frames <= most and not keys[number] & used:
                extend(_Option((*option.spots, spot), option.frames + spot.frames), number + 1, used | keys[number])
        options.append(option)

    extend(empty, 0, frozenset())
    return options if options[-1] == empty else [*options, empty]
