"""The retention of an audience, second by second. Pure.

Airings have different lengths. A share is therefore computed as by Kaplan and Meier (1958): at each second, of the
viewers in the airings that still run, some share leaves; the shares of those who stay are multiplied. Otherwise viewers
of short airings would seem to stay for the rest of the long ones.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from retrovue_tui.protocol.answers.audience import LONGEST_CURVE, RetentionCurve

if TYPE_CHECKING:
    from collections.abc import Sequence

EMPTY: Final = RetentionCurve(1, (), (), 0, 0)
_PLACES: Final = 4


@dataclass
class CurveSums:
    """The changes of the audiences of many airings, by seconds from their start.

    `starts`: the viewers at the start of all airings. `lost`: those of them who left, by second. `came`, `went`: all
    who joined and left. `ends`: for each length in seconds, how many airings ended then, with the viewers at their
    start, those of these who were still there, and all viewers at the end.
    """

    airings: int = 0
    starts: int = 0
    lost: Counter[int] = field(default_factory=Counter)
    came: Counter[int] = field(default_factory=Counter)
    went: Counter[int] = field(default_factory=Counter)
    ends: dict[int, tuple[int, int, int]] = field(default_factory=dict)

    def ended(self, seconds: int, starts: int, stayed: int, end: int, airings: int = 1) -> None:
        """Add airings of one length: the sums of their viewers at the start, of those who stayed, and at the end."""
        before = self.ends.get(seconds, (0, 0, 0))
        self.ends[seconds] = before[0] + starts, before[1] + stayed, before[2] + end
        self.airings += airings
        self.starts += starts

    def changed(self, second: int, joined: int, left: int, lost: int) -> None:
        """Add how many came and went in one second; `lost`: those who had been there at the start."""
        self.came[second] += joined
        self.went[second] += left
        self.lost[second] += lost


def curve_of(sums: CurveSums) -> RetentionCurve:
    """Return the curve, from the start to the end of the longest airing, with at most `LONGEST_CURVE` points."""
    longest = max(sums.ends, default=0)
    if not sums.starts or not longest:
        return EMPTY
    stayed, audience = _points(sums, longest)
    step = 1
    while longest // step + 1 > LONGEST_CURVE:
        step *= 2
    return RetentionCurve(step, tuple(stayed[::step]), tuple(audience[::step]), sums.airings, sums.starts)


def _points(sums: CurveSums, longest: int) -> tuple[Sequence[float], Sequence[float]]:
    """Return both shares at each second, from 0 on."""
    stayed, audience = [1.0], [1.0]
    share, at_risk, now, base = 1.0, sums.starts, sums.starts, sums.starts
    for second in range(longest):
        lost = min(sums.lost[second], at_risk)
        share *= 1 - lost / at_risk if at_risk > 0 else 1.0
        at_risk -= lost
        now += sums.came[second] - sums.went[second]
        stayed.append(round(share, _PLACES))
        audience.append(round(max(0, now) / base, _PLACES) if base > 0 else audience[-1])
        starts, there, end = sums.ends.get(second + 1, (0, 0, 0))
        at_risk, now, base = at_risk - there, now - end, base - starts
    return stayed, audience
