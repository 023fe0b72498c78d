"""Chooses the best set of break candidates of a programme, by score and by the lengths of the acts between breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from retrovue_tui.break_candidate import NATURAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.break_candidate import BreakCandidate

Sources = Literal["natural", "chapters", "every", "none"]
_NO_WAY: Final = float("-inf")
_EVENNESS: Final = 1.0
"""How much an act that is twice or half as long as it should be costs, in units of score."""
_MOST_CANDIDATES: Final = 500
"""The most candidates of a programme that are looked at: the ones with the highest scores."""


@dataclass(frozen=True)
class PlacementRules:
    """Which breaks a programme gets. All lengths are in house frames.

    `sources`: "natural" uses all candidates, "chapters" only chapter marks and points
    that the operator set, "every" wants evenly spaced breaks, "none"
    makes none. `spacing` is the target length of an act. `shortest_act` is the least length of every act; the first and
    the last one have limits of their own. `most_breaks` limits the number of breaks; None: the spacing alone decides.
    `least_bad`: where no natural point lies near, take the best of the other points instead of no break.
    """

    sources: Sources
    spacing: int
    shortest_act: int
    first_act: int
    last_act: int
    most_breaks: int | None = None
    least_bad: bool = True

    def count(self, length: int) -> int:
        """Return the number of breaks that a programme of `length` frames should have."""
        if self.sources == "none" or length < self.first_act + self.last_act:
            return 0
        wanted = max(0, round(length / self.spacing) - 1)
        wanted = min(wanted, 1 + (length - self.first_act - self.last_act) // max(1, self.shortest_act))
        return wanted if self.most_breaks is None else min(wanted, self.most_breaks)


@dataclass(frozen=True)
class Placement:
    """The chosen breaks in order, and what was wanted but could not be had; "" if nothing."""

    breaks: tuple[BreakCandidate, ...]
    missing: str = ""


def place_breaks(candidates: Sequence[BreakCandidate], length: int, rules: PlacementRules) -> Placement:
    """Return the best breaks for a programme of `length` frames.

    As many breaks as the rules want, or fewer if the candidates do not allow it. Of all sets of that size that keep the
    act lengths, the one is chosen whose scores are highest, less a penalty for acts of uneven length. Of equal sets,
    the earlier one. The same arguments always give the same result.
    """
    wanted = rules.count(length)
    usable = _usable(candidates, length, rules)
    for count in range(wanted, 0, -1):
        chosen = _best(usable, length, rules, count)
        if chosen is not None:
            return Placement(chosen, "" if count == wanted else _shortage(count, wanted, usable))
    return Placement((), _shortage(0, wanted, usable) if wanted else "")


def _shortage(count: int, wanted: int, usable: Sequence[BreakCandidate]) -> str:
    found = f"{len(usable)} usable point{'' if len(usable) == 1 else 's'}"
    return (
        f"{count} of {wanted} breaks: {found}, too close together or to the ends"
        if usable
        else (f"{count} of {wanted} breaks: no usable point found")
    )


def _usable(candidates: Sequence[BreakCandidate], length: int, rules: PlacementRules) -> list[BreakCandidate]:
    """Return the candidates that the rules allow, by frame, each frame once."""
    if rules.sources == "none":
        return []
    least = 0.0 if rules.least_bad or rules.sources == "every" else NATURAL
    allowed = [
        each
        for each in candidates
        if rules.first_act <= each.frame <= length - rules.last_act
        and each.score >= least
        and (rules.sources != "chapters" or each.kind in ("chapter", "operator"))
    ]
    best = sorted(allowed, key=lambda each: (-each.score, each.frame))[:_MOST_CANDIDATES]
    by_frame: dict[int, BreakCandidate] = {}
    for each in best:
        by_frame.setdefault(each.frame, each)
    return [by_frame[frame] for frame in sorted(by_frame)]


def _best(
    usable: Sequence[BreakCandidate], length: int, rules: PlacementRules, count: int
) -> tuple[BreakCandidate, ...] | None:
    """Return the best `count` breaks; None if there is no such set. By dynamic programming: for each candidate, the
    best way to have it as the break number n."""
    ideal = length / (count + 1)
    frames = [each.frame for each in usable]
    values = [each.score - _penalty(each.frame, ideal) for each in usable]
    came_from: list[list[int | None]] = [[None] * len(usable)]
    for _ in range(count - 1):
        values, origins = _with_one_more(usable, values, rules, ideal)
        came_from.append(origins)
    totals = [value - _penalty(length - frame, ideal) for value, frame in zip(values, frames, strict=True)]
    if not totals or max(totals) == _NO_WAY:
        return None
    at: int | None = totals.index(max(totals))
    chosen: list[BreakCandidate] = []
    for origins in reversed(came_from):
        assert at is not None
        chosen.append(usable[at])
        at = origins[at]
    return tuple(reversed(chosen))


def _with_one_more(
    usable: Sequence[BreakCandidate], values: Sequence[float], rules: PlacementRules, ideal: float
) -> tuple[list[float], list[int | None]]:
    """Return for each candidate the best value with it as the break after those of `values`, and the number of the
    candidate before it. A value is -inf where there is no way."""
    row = [_NO_WAY] * len(usable)
    origins: list[int | None] = [None] * len(usable)
    for later, candidate in enumerate(usable):
        for earlier in range(later):
            act = candidate.frame - usable[earlier].frame
            if act < rules.shortest_act:
                break
            value = values[earlier] + candidate.score - _penalty(act, ideal)
            if value > row[later]:
                row[later], origins[later] = value, earlier
    return row, origins


def _penalty(act: int, ideal: float) -> float:
    """Return the cost of an act of `act` frames that should be `ideal` frames long."""
    off = act / ideal if act > ideal else ideal / max(1, act)
    return _EVENNESS * (off - 1) ** 2
