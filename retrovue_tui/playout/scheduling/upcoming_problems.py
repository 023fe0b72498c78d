"""Judges what a channel will air: finds breaks that are too short, series that end, files that are gone, and other
problems before viewers see them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.protocol.answers.snapshots import UpcomingProblem
from retrovue_tui.rundown.plan_marks import CARD, GAVE_WAY, SHORT, WHY, is_planned, tag
from retrovue_tui.schedule.break_builder import CARD_MOST_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from retrovue_tui.media.rendering.render_forecast import Lateness
    from retrovue_tui.protocol.answers.rundown import RundownRow
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.schedule.series_ends import SeriesEnd
    from retrovue_tui.timecode import FrameRate

MOST: Final = 20
"""The most problems that are listed for a channel."""
MOST_OF_KIND: Final = 5
"""The most problems of one kind that are listed for a channel."""
EMPTY_S: Final = 360.0
"""A time without a programme that is longer is a problem (s). The wait for the next full time may last 300 s."""
ENDS_AHEAD_S: Final = 43_200.0
"""The end of a rundown that does not begin again is a problem from this time before it on (s)."""
SHORT_S: Final = 3.0
"""A planned break is a problem if it is at least this much too short (s). Viewers do not notice less."""
LATE_S: Final = 5.0
"""An entry that will be prepared too late is a problem from this much on (s), and until it is in time."""


class ComingEntry(NamedTuple):
    """An entry that is still to air: its title, its start (Unix time, s), and its length (s). `missing` says why it
    cannot air; empty if it can."""

    entry: Entry
    title: str
    start_at: float
    duration_s: float
    missing: str = ""


def coming_entries(
    entries: Sequence[Entry], rows: Sequence[RundownRow], why_not: Callable[[Entry], str], now: float, *, loop: bool
) -> list[ComingEntry]:
    """Return the entries of a rundown that are still to air. `rows` are the rundown as clients see it; `why_not` says
    why an entry cannot air. With `loop`, the entries that have aired follow again."""
    begins, times, total = now, [], 0.0
    for row in rows:
        begins = begins if row.start_at is None else row.start_at
        times.append(begins)
        begins += row.duration_s
        total += row.duration_s
    first = next((n for n, row in enumerate(rows) if times[n] + row.duration_s > now and row.status != "aired"), None)
    if first is None:
        return []
    order = [*range(first, len(rows)), *(range(first) if loop else ())]
    return [
        ComingEntry(
            entries[n], rows[n].title, times[n] + (total if n < first else 0.0), rows[n].duration_s,
            why_not(entries[n]) if rows[n].status == "missing" else "",
        )
        for n in order
    ]  # fmt: skip


@dataclass(frozen=True)
class Judge:
    """Judges the coming entries of a channel. `zone` is that of the times in the texts; None: the machine's. `now` is
    Unix time (s). `pool`: the name of the channel's pool; None: it has none."""

    now: float
    rate: FrameRate
    zone: tzinfo | None = None
    pool: str | None = None

    def clock(self, at: float) -> str:
        """Return the time of day of a moment, with the weekday if it is not today: `21:14`, `Fri 03:00`."""
        moment = datetime.fromtimestamp(round(at), UTC).astimezone(self.zone)
        today = datetime.fromtimestamp(self.now, UTC).astimezone(self.zone).date()
        return f"{moment:%H:%M}" if moment.date() == today else f"{moment:%a %H:%M}"

    def of_plan(self, coming: Sequence[ComingEntry]) -> list[UpcomingProblem]:
        """Return the problems of entries that a plan wrote."""
        return [*self._breaks(coming), *self._rules(coming), *self._empty(coming)]

    def _breaks(self, coming: Sequence[ComingEntry]) -> Iterator[UpcomingProblem]:
        for id, group in groupby(coming, key=lambda each: each.entry.break_id):
            block = list(group)
            if id is None or block[0].start_at < self.now or not all(is_planned(each.entry) for each in block):
                continue
            at = block[0].start_at
            short = _whole(tag(block[0].entry, SHORT))
            cards = [each for each in block if tag(each.entry, CARD) is not None]
            card_s = sum(each.duration_s for each in cards)
            if self.rate.seconds(short) >= SHORT_S:
                said = f"the break at {self.clock(at)} is {float(self.rate.seconds(short)):.1f} s too short"
                yield UpcomingProblem("break_short", at, f"{said}: no spots of the pool fill it", id)
            elif self.pool is not None and card_s > CARD_MOST_S:
                said = f"the break at {self.clock(at)} is {card_s:.1f} s short of spots; a card fills it"
                yield UpcomingProblem("break_card", cards[0].start_at, said, id)

    def _rules(self, coming: Sequence[ComingEntry]) -> Iterator[UpcomingProblem]:
        """Yield a problem if rules of spots give way. The pool then needs as many more spots as break a rule in the
        worst break."""
        blocks = [list(group) for id, group in groupby(coming, key=lambda each: each.entry.break_id) if id is not None]
        given = [[each for each in block if _gave_way(each) and each.start_at >= self.now] for block in blocks]
        broken = [some for some in given if some]
        if not broken or self.pool is None:
            return
        first, most = broken[0][0], max(map(len, broken))
        rules = dict.fromkeys(rule for some in broken for each in some for rule in (_gave_way(each) or "").split(", "))
        gives = f"{' and '.join(rules)} {'gives' if len(rules) == 1 else 'give'} way"
        where = f"in {len(broken)} of {len(blocks)} breaks, first at {self.clock(first.start_at)} for {first.title}"
        more = f"{most} more spot{'' if most == 1 else 's'} of that length without such rules would do"
        said = f"pool {self.pool} is too small for its rules: {gives} {where}; {more}"
        yield UpcomingProblem("pool_small", first.start_at, said, self.pool)

    def _empty(self, coming: Sequence[ComingEntry]) -> Iterator[UpcomingProblem]:
        for empty, group in groupby(coming, key=lambda each: is_planned(each.entry) and each.entry.kind == "spot"):
            block = list(group)
            at = max(block[0].start_at, self.now)
            end = block[-1].start_at + block[-1].duration_s
            if empty and end - at > EMPTY_S:
                why = next((why for each in block if (why := tag(each.entry, WHY))), "the plan has none")
                said = f"no programme from {self.clock(at)} to {self.clock(end)}, only spots and cards: {why}"
                yield UpcomingProblem("no_programme", at, said, block[0].entry.id)

    def gone(self, coming: Sequence[ComingEntry]) -> Iterator[UpcomingProblem]:
        """Yield a problem for each file that cannot air, with its first coming entry."""
        seen: set[Path] = set()
        for each in coming:
            if each.missing and each.entry.file not in seen:
                seen.add(each.entry.file)
                at = max(each.start_at, self.now)
                said = f"{each.title} at {self.clock(at)} is left out: {each.entry.file.name}: {each.missing}"
                yield UpcomingProblem("file_gone", at, said, str(each.entry.file))

    def rundown_end(self, coming: Sequence[ComingEntry]) -> Iterator[UpcomingProblem]:
        """Yield a problem if a rundown that does not begin again ends soon."""
        airs = [each for each in coming if not each.missing]
        end = airs[-1].start_at + airs[-1].duration_s if airs else self.now
        if airs and end - self.now < ENDS_AHEAD_S:
            said = f"the rundown ends at {self.clock(end)} after {airs[-1].title}; then viewers see the slate"
            yield UpcomingProblem("rundown_ends", end, said)

    def plan_end(self, coming: Sequence[ComingEntry], why: str) -> UpcomingProblem:
        """Return the problem that a plan could not be written further, and why."""
        end = coming[-1].start_at + coming[-1].duration_s if coming else self.now
        return UpcomingProblem("nothing_planned", end, f"nothing is planned after {self.clock(end)}: {why}")

    def ends(self, ends: Iterable[SeriesEnd]) -> Iterator[UpcomingProblem]:
        """Yield a problem for each series that ends."""
        for each in ends:
            at = each.at.timestamp()
            others = f"the other {each.others} series go on" if each.others > 1 else "the other series goes on"
            if not each.others:
                others = (
                    f"block {each.block!r} has nothing else" if each.block != "plan" else "the plan has nothing else"
                )
            said = f"{each.series} ends at {self.clock(at)} with {each.last.name}; then it begins again, and {others}"
            if at >= self.now:
                yield UpcomingProblem("series_ends", at, said, each.series)

    def late(
        self, lateness: Iterable[Lateness], coming: Sequence[ComingEntry], speed: float, offset: float, known: set[str]
    ) -> Iterator[UpcomingProblem]:
        """Yield a problem for each file that will not be prepared in time. `speed` is that of one render. Unix time is
        the event loop's time and `offset`. `known` has the files that were late when last judged."""
        titles = {each.entry.file: each.title for each in reversed(coming)}
        seen: set[Path] = set()
        for each in lateness:
            file = each.need.asset.path
            if file in seen or file not in titles or each.late_s <= (0 if str(file) in known else LATE_S):
                continue
            seen.add(file)
            at = max(each.airs_at + offset, self.now)
            said = f"{titles[file]} at {self.clock(at)} will be prepared {_length(max(1.0, each.late_s))} too late"
            yield UpcomingProblem("not_prepared", at, f"{said} at the present speed ({speed:.1f}×)", str(file))


def listed(problems: Iterable[UpcomingProblem]) -> tuple[tuple[UpcomingProblem, ...], int]:
    """Return the problems to list, the earliest first, and how many more there are."""
    found = sorted(problems, key=lambda each: (each.at, each.kind, each.subject))
    counts: dict[str, int] = {}
    kept: list[UpcomingProblem] = []
    for each in found:
        counts[each.kind] = counts.get(each.kind, 0) + 1
        if counts[each.kind] <= MOST_OF_KIND and len(kept) < MOST:
            kept.append(each)
    return tuple(kept), len(found) - len(kept)


def _gave_way(coming: ComingEntry) -> str | None:
    return tag(coming.entry, GAVE_WAY) if is_planned(coming.entry) else None


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
