"""Usable chapter marks: inside the asset, in order, without duplicates, not too close together."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.media.asset import Chapter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LEAST_SECONDS: Final = Fraction(1, 2)
"""A mark that is closer than this to the previous one, or to the asset's end, is left out (s)."""
_MOST: Final = 10_000


def chapters(marks: Iterable[Mapping[str, Any]], origin: Fraction, length: Fraction) -> tuple[Chapter, ...]:
    """Return the usable marks of a container, with times from the asset's beginning. Each mark has `start`, `end`,
    `time_base` and `metadata`.

    A mark that begins after the asset's end is left out. A mark that ends before it begins, or after the next mark
    begins, is changed to end where the next one begins. A mark that begins before the asset is changed to begin with
    the asset.
    """
    found = []
    for mark, _ in zip(marks, range(_MOST), strict=False):
        base = Fraction(mark["time_base"])
        start, end = (mark[edge] * base - origin for edge in ("start", "end"))
        found.append(Chapter(max(Fraction(0), start), end, str(mark["metadata"].get("title") or "")))
    return sane(found, length)


def sane(found: Iterable[Chapter], length: Fraction) -> tuple[Chapter, ...]:
    """Return the usable marks among `found`, whose times already count from the asset's beginning."""
    kept: list[Chapter] = []
    for mark in sorted(found, key=lambda mark: mark.start):
        apart = not kept or mark.start - kept[-1].start >= LEAST_SECONDS
        if apart and (mark.start == 0 < length or length - mark.start >= LEAST_SECONDS):
            kept.append(mark)
    followers = [*(mark.start for mark in kept[1:]), length][: len(kept)]
    return tuple(
        Chapter(mark.start, mark.end if mark.start < mark.end <= after else after, mark.title)
        for mark, after in zip(kept, followers, strict=True)
    )
