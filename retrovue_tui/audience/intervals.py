"""The difference between the retention of two variants of a spot, with its uncertainty. Pure.

The viewers of one airing are not independent of each other: they see the same programme before, at the same hour. So
each airing is one observation, a cluster, however many watch it. The retention is the ratio of two sums over the
airings; its variance is that of the linearised ratio, with residuals corrected for how much each airing weighs
(Bell and McCaffrey 2002, CR3), and the interval takes Student's t with as many degrees of freedom as the airings are
worth.
"""

from __future__ import annotations

from math import ceil, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LEVEL: Final = 0.95
LEAST_AIRINGS: Final = 10
"""With fewer airings of a variant there is no interval."""
LEAST_LEAVERS: Final = 5
"""With fewer viewers who left, or who stayed, there is no interval: the variance would be guessed."""
FINEST: Final = 0.01
"""The advice asks for no more airings than an interval of this size to each side needs."""


class Airing(NamedTuple):
    """One airing of a variant: how many watched when it began, and how many of them stayed to its end."""

    viewers: int
    stayed: int


class Difference(NamedTuple):
    """The retention of one variant minus that of another. `low`, `high`: the interval; None if there is too little to
    say. `more`: about how many more airings of each variant are needed; None if that is not known."""

    value: float | None
    low: float | None = None
    high: float | None = None
    more: int | None = None

    @property
    def conclusive(self) -> bool:
        """Whether the interval does not contain 0."""
        return self.low is not None and self.high is not None and not self.low <= 0.0 <= self.high


class _Ratio(NamedTuple):
    value: float
    variance: float
    freedom: float


def difference(one: Sequence[Airing], other: Sequence[Airing], level: float = LEVEL) -> Difference:
    """Return the retention of `one` minus that of `other`. Airings that nobody watched do not count."""
    a, b = _Airings(one), _Airings(other)
    if not a.count or not b.count:
        return Difference(None, more=LEAST_AIRINGS)
    value = a.retention - b.retention
    if lacking := max(LEAST_AIRINGS - a.count, LEAST_AIRINGS - b.count, 0):
        return Difference(value, more=lacking)
    least = min((a, b), key=lambda each: each.rarest)
    if least.rarest < LEAST_LEAVERS:
        return Difference(value, more=ceil(least.count * (LEAST_LEAVERS / max(1, least.rarest) - 1)) or 1)
    first, second = _ratio(a), _ratio(b)
    variance = first.variance + second.variance
    half = student_t((1 + level) / 2, _freedom(first, second)) * sqrt(variance)
    aim = max(abs(value) / 2, FINEST)
    more = max(0, ceil(max(a.count, b.count) * ((half / aim) ** 2 - 1)))
    return Difference(value, max(-1.0, value - half), min(1.0, value + half), more)


class _Airings:
    """The airings of a variant that somebody watched, with their sums: a year has ten thousands of them."""

    def __init__(self, airings: Iterable[Airing]) -> None:
        watched = [each for each in airings if each[0] > 0]
        self.viewers, self.stayed = [each[0] for each in watched], [each[1] for each in watched]
        self.count, self.total, self.kept = len(watched), sum(self.viewers), sum(self.stayed)

    @property
    def retention(self) -> float:
        return self.kept / self.total

    @property
    def rarest(self) -> int:
        """How many viewers left, or how many stayed if they are fewer."""
        return min(self.kept, self.total - self.kept)


def _ratio(airings: _Airings) -> _Ratio:
    total, value = airings.total, airings.retention
    variance = sum([
        ((stayed - value * viewers) / total / max(1e-9, 1 - viewers / total)) ** 2
        for viewers, stayed in zip(airings.viewers, airings.stayed, strict=True)
    ])  # fmt: skip
    variance *= (airings.count - 1) / airings.count
    worth = total**2 / sum([viewers**2 for viewers in airings.viewers])
    return _Ratio(value, variance, max(1.0, worth - 1))


def _freedom(first: _Ratio, second: _Ratio) -> float:
    """Return the degrees of freedom of a difference (Welch and Satterthwaite)."""
    parts = sum(each.variance**2 / each.freedom for each in (first, second))
    return 1.0 if parts <= 0 else max(1.0, (first.variance + second.variance) ** 2 / parts)


def student_t(share: float, freedom: float) -> float:
    """Return the quantile of Student's t distribution, by its expansion around the normal distribution (Abramowitz and
    Stegun, 26.7.5). The error is below 0.5 % from 4 degrees of freedom on, for shares up to 0.99."""
    z = NormalDist().inv_cdf(share)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, 1))


def statement(variant: str, other: str, found: Difference, level: float = LEVEL) -> str:
    """Return the difference in one sentence for an operator."""
    if found.value is None:
        return f"{variant} and {other} cannot be compared yet: one of them was not watched."
    if found.low is None or found.high is None:
        return (
            f"Too little to compare {variant} with {other}: about {found.more} more watched airings of each are needed."
        )
    span = f"{100 * found.low:+.1f} to {100 * found.high:+.1f} points at {100 * level:.0f} %"
    if not found.conclusive:
        more = f"; about {found.more} more airings of each would tell more" if found.more else ""
        return f"No difference between {variant} and {other} is shown ({span}){more}."
    sign = "more" if found.value > 0 else "fewer"
    return f"With {variant}, {abs(100 * found.value):.1f} points {sign} viewers stay than with {other} ({span})."
