"""Finds out at which pictures of the bus breaks and programmes will begin, from what a channel is to air. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from retrovue_tui.rundown.positions import Stretch

MOST_STRETCHES: Final = 400
"""How many stretches are read at most. A break that does not end within them counts as one of unknown length."""


@dataclass(frozen=True)
class BreakSpan:
    """A break: consecutive spots. It airs from picture `start` of the bus to before `end`; None: its end is not
    known."""

    start: int
    end: int | None


@dataclass(frozen=True)
class SplicePoints:
    """The breaks that are to come, the first pictures of the programmes that are to come, and the break on air."""

    breaks: tuple[BreakSpan, ...] = ()
    programmes: tuple[int, ...] = ()
    on_air: BreakSpan | None = None


def is_break(stretch: Stretch | None) -> bool:
    """Return whether a stretch belongs to a break. None is the slate, which does not."""
    return stretch is not None and stretch.entry.kind == "spot"


def begins_programme(before: Stretch | None, stretch: Stretch) -> bool:
    """Return whether a programme begins with a stretch, and is not merely continued after a break. `before` is the
    beginning of the last programme entry that has aired; None: there is none."""
    entry = stretch.entry
    if entry.kind != "programme" or stretch.first != entry.in_frame:
        return False
    if before is None:
        return stretch.first == 0
    if (before.loop, before.entry.id) == (stretch.loop, entry.id):
        return False
    return before.entry.file != entry.file or stretch.first <= before.first


def splice_points(
    airing: Stretch, frame: int, coming: Iterable[Stretch], until: int, programme: Stretch | None
) -> SplicePoints:
    """Return the splice points after picture `frame`, which belongs to `airing`, up to those that begin at picture
    `until`.

    `coming` are the stretches after it, and `programme` is the beginning of the last programme entry that has aired.
    """
    placed, end = _placed(airing, frame, coming, until)
    breaks = _breaks(frame if is_break(airing) else None, placed, end)
    on_air = breaks.pop(0) if breaks and breaks[0].start == frame else None
    return SplicePoints(tuple(breaks), tuple(_programmes(programme, placed, until)), on_air)


def _placed(
    airing: Stretch, frame: int, coming: Iterable[Stretch], until: int
) -> tuple[list[tuple[int, Stretch]], int | None]:
    """Return the coming stretches with their first pictures, and the picture after the last one; None if there are more
    than `MOST_STRETCHES`. A break that begins at picture `until` or earlier is complete."""
    placed: list[tuple[int, Stretch]] = []
    before, at = airing, frame + 1
    for stretch in coming:
        if at > until and not is_break(before):
            break
        if len(placed) >= MOST_STRETCHES:
            return placed, None
        placed.append((at, stretch))
        before, at = stretch, at + stretch.frames
    return placed, at


def _breaks(start: int | None, placed: Iterable[tuple[int, Stretch]], end: int | None) -> list[BreakSpan]:
    """Return the breaks. `start` is the beginning of a break on air."""
    breaks: list[BreakSpan] = []
    for at, stretch in placed:
        spot = is_break(stretch)
        if spot and start is None:
            start = at
        elif not spot and start is not None:
            breaks.append(BreakSpan(start, at))
            start = None
    return breaks if start is None else [*breaks, BreakSpan(start, end)]


def _programmes(before: Stretch | None, placed: Iterable[tuple[int, Stretch]], until: int) -> Iterator[int]:
    """Yield the first pictures of the programmes that begin at picture `until` or earlier."""
    for at, stretch in placed:
        if stretch.entry.kind == "programme" and at <= until:
            if begins_programme(before, stretch):
                yield at
            before = stretch if _is_other_entry(before, stretch) else before


def _is_other_entry(before: Stretch | None, stretch: Stretch) -> bool:
    return before is None or (before.loop, before.entry.id) != (stretch.loop, stretch.entry.id)
