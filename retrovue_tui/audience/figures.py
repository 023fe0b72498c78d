"""Makes the figures of an audience from sums over its airings. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import fields
from itertools import combinations
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from retrovue_tui.audience.intervals import LEVEL, Airing, difference, statement
from retrovue_tui.protocol.answers.audience import AudienceFigures, ReasonCount, VariantDifference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from retrovue_tui.protocol.answers.audience import Dimension

MOST_REASONS: Final = 10
MOST_DIFFERENCES: Final = 100
IN_ORDER: Final[frozenset[Dimension]] = frozenset({"position", "hour"})
NO_ADVERTISER: Final = "(no advertiser)"
_PLACES: Final = 4


class AudienceSums(NamedTuple):
    """Sums over some airings; see `AudienceFigures`. `before_left`, `before_seconds`: of the programmes before them."""

    airings: int = 0
    completed: int = 0
    frames_aired: int = 0
    seconds_aired: float = 0.0
    viewers_start: int = 0
    viewers_peak: int = 0
    viewers_end: int = 0
    joined: int = 0
    left: int = 0
    left_start: int = 0
    viewer_seconds: float = 0.0
    before_left: int = 0
    before_seconds: float = 0.0

    def plus(self, other: AudienceSums) -> AudienceSums:
        """Return the sums over the airings of both. The peak is the higher one."""
        both = AudienceSums._make(a + b for a, b in zip(self, other, strict=True))
        return both._replace(viewers_peak=max(self.viewers_peak, other.viewers_peak))


Reasons = Counter[tuple[str, str]]


class Group(NamedTuple):
    """The sums and the reasons of one key of a dimension."""

    key: str
    label: str
    sums: AudienceSums
    reasons: Reasons


def groups_of(by: Dimension, rows: Iterable[Sequence[Any]], reasons: Mapping[Any, Reasons]) -> list[Group]:
    """Return the groups of a dimension from rows of a key, a title and sums, in the order in which they are shown."""
    found: dict[str, Group] = {}
    for raw, title, *values in rows:
        key = str(raw)
        found[key] = Group(key, _label(by, key, title), AudienceSums(*values), reasons.get(raw, Counter()))
    if by in IN_ORDER:
        return sorted(found.values(), key=lambda group: int(group.key))
    return sorted(found.values(), key=lambda group: (-group.sums.viewer_seconds, -group.sums.airings, group.key))


def merged(rows: Iterable[Sequence[Any]], others: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
    """Return rows of a key, a title and sums; rows of one key are added up."""
    found: dict[Any, Sequence[Any]] = {}
    for key, title, *values in (*rows, *others):
        sums = AudienceSums(*values)
        found[key] = (key, title, *(AudienceSums(*found[key][2:]).plus(sums) if key in found else sums))
    return [*found.values()]


def _label(by: Dimension, key: str, title: str | None) -> str:
    match by:
        case "spot" | "programme":
            return title or PurePath(key).stem
        case "variant":
            return PurePath(key).name
        case "advertiser":
            return key or NO_ADVERTISER
        case "position":
            return key if key != "0" else "(unknown)"
        case "hour":
            return f"{int(key):02}:00"
        case _:
            return key


def total_of(groups: Iterable[Group]) -> Group:
    """Return all groups together."""
    sums, reasons = AudienceSums(), Reasons()
    for group in groups:
        sums, reasons = sums.plus(group.sums), reasons + group.reasons
    return Group("", "all", sums, reasons)


def figures_of(group: Group) -> AudienceFigures:
    """Return the figures of a group."""
    sums = group.sums
    shared = {field.name for field in fields(AudienceFigures)} & set(AudienceSums._fields)
    values: dict[str, Any] = {name: getattr(sums, name) for name in shared}
    values["seconds_aired"], values["viewer_seconds"] = round(sums.seconds_aired, 3), round(sums.viewer_seconds, 3)
    reasons = tuple(ReasonCount(*why, count) for why, count in group.reasons.most_common(MOST_REASONS))
    start = sums.viewers_start
    return AudienceFigures(
        key=group.key, label=group.label, reasons=reasons, **values,
        retention=round(1 - sums.left_start / start, _PLACES) if start else None,
        left_per_hour=_per_hour(sums.left, sums.viewer_seconds),
        left_per_hour_before=_per_hour(sums.before_left, sums.before_seconds),
    )  # fmt: skip


def _per_hour(left: int, seconds: float) -> float | None:
    return round(3_600 * left / seconds, _PLACES) if seconds > 0 else None


def differences_of(spots: Mapping[str, Mapping[str, Sequence[Airing]]]) -> tuple[VariantDifference, ...]:
    """Return the difference of each two variants of each spot: first those that were watched most."""
    found: dict[str, list[tuple[int, VariantDifference]]] = defaultdict(list)
    for spot, variants in spots.items():
        for one, other in combinations(sorted(variants), 2):
            weight = sum(each.viewers for name in (one, other) for each in variants[name])
            found[spot].append((weight, _difference(spot, (one, variants[one]), (other, variants[other]))))
    ranked = sorted((each for row in found.values() for each in row), key=lambda each: -each[0])
    return tuple(each for _, each in ranked[:MOST_DIFFERENCES])


def _difference(spot: str, one: tuple[str, Sequence[Airing]], other: tuple[str, Sequence[Airing]]) -> VariantDifference:
    found = difference(one[1], other[1])
    names = PurePath(one[0]).name, PurePath(other[0]).name
    value, low, high = (None if each is None else round(each, _PLACES + 1) for each in found[:3])
    return VariantDifference(
        spot, one[0], other[0], value, low, high, LEVEL, found.conclusive, found.more, statement(*names, found)
    )
