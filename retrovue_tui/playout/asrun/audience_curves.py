"""The changes of the audience through airings and breaks, in SQL. Blocking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from retrovue_tui.audience.curves import CurveSums
from retrovue_tui.playout.asrun.audience_queries import GROUPS
from retrovue_tui.playout.asrun.audience_rows import has_group_breaks, read_curve

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from retrovue_tui.playout.asrun.audience_queries import Selection

MOST_CURVES: Final = 5_000
"""The most airings in whose audience somebody came or went that count for a curve: the newest ones."""
_LENGTH: Final = "max(1, cast(a.ended_at - a.started_at + 0.999 AS INTEGER))"
_OF_GROUP_BREAKS: Final = "FROM audience_breaks g CROSS JOIN aired a ON a.id = g.airing"
_USED: Final = (
    "FROM aired a JOIN audience u ON u.airing = a.id AND u.\"group\" = '' AND u.rendition = '' AND u.delivery = ''"
)


def airing_curve(base: sqlite3.Connection, chosen: Selection, since: float) -> CurveSums:
    """Return the changes of the audience during the airings, from their start on. `since`: see `counted_since`. If one
    variant is selected, call `collect_groups` before."""
    found = CurveSums()
    where, values = f"{chosen.where} AND a.started_at >= ?", [*chosen.values, since]
    query = (
        f"SELECT {_LENGTH} AS length, count(*), sum(all_viewers_start),"
        f" sum(all_left_start), sum(all_viewers_end) FROM aired a WHERE {where} AND all_viewers_start IS NOT NULL"
        " GROUP BY length"
    )
    for length, airings, starts, lost, end in base.execute(query, values):
        found.ended(length, starts, starts - lost, end, airings)
    _add_changes(found, base.execute(f"SELECT u.curve {_USED} WHERE {where} AND u.curve != ''", values))
    if chosen.version is not None:
        _add_groups(found, base, chosen, since)
    return found


def _add_groups(found: CurveSums, base: sqlite3.Connection, chosen: Selection, since: float) -> None:
    """Add the groups that saw the selected variant, in airings that split their viewers."""
    query = (
        f"SELECT {_LENGTH} AS length, count(*), sum(starts), sum(lost_start), sum(ends) FROM {GROUPS}"
        " WHERE a.started_at >= ? GROUP BY length"
    )
    for length, airings, starts, lost, end in base.execute(query, [since]):
        found.ended(length, starts, starts - lost, end, airings)
    where, values = chosen.of_groups('u."group"')
    query = (
        "SELECT u.curve FROM audience u CROSS JOIN aired a ON a.id = u.airing WHERE u.\"group\" != ''"
        f" AND {where} AND a.started_at >= ? AND u.curve != ''"
    )
    _add_changes(found, base.execute(query, [*values, since]))


def _add_changes(found: CurveSums, curves: Iterable[tuple[str]]) -> None:
    for (text,) in curves:
        step, changes = read_curve(text)
        for number, joined, left, lost, _ in changes:
            found.changed(number * step, joined, left, lost)


def counted_since(base: sqlite3.Connection, chosen: Selection) -> float:
    """Return from which time on airings count for a curve, so that no more than `MOST_CURVES` of them have one (Unix
    time, s)."""
    seen, values = chosen.seen()
    query = (
        f"SELECT a.started_at FROM aired a WHERE {seen} AND all_joined + all_left > 0"
        " ORDER BY a.started_at DESC LIMIT 1 OFFSET ?"
    )
    row = base.execute(query, [*values, MOST_CURVES]).fetchone()
    return float("-inf") if row is None else float(row[0])


class _GroupBreak(NamedTuple):
    """The viewers of a group through a break, from its start: how many there were then, and their curve."""

    starts: int
    curve: str


def break_curve(base: sqlite3.Connection, chosen: Selection, since: float) -> CurveSums:
    """Return the changes of the audience through the breaks in which the selected spots aired, from the start of each
    break to its end. `since`: see `counted_since`.

    If one variant is selected, a break in which it was split counts only the viewers of the groups that saw it. They
    count from the start of the break, before they saw the variant, to its end, also in the spots after it. A break
    whose split was logged without its groups' curves counts all viewers."""
    found = CurveSums()
    own = _group_breaks(base, chosen, since)
    breaks, values = _breaks_of(chosen, since, with_groups=bool(own))
    query = (
        "SELECT a.break_airing, a.position, a.started_at, a.ended_at, u.viewers_start, u.left_break, u.viewers_end,"
        f" u.curve {_USED} WHERE a.break_airing IN ({breaks})"
        " AND a.kind = 'spot' AND a.ended IS NOT NULL AND a.started_at >= ? ORDER BY a.channel, a.started_at"
    )
    for rows in _breaks(base.execute(query, [*values, since - 3_600])):
        seconds = max(1, int(rows[-1][3] - rows[0][2] + 0.999))
        group = own.get(rows[0][0])
        if group is None:
            _add_whole_break(found, rows, seconds)
        else:
            _add_group_break(found, group, seconds)
    return found


def _breaks_of(chosen: Selection, since: float, *, with_groups: bool) -> tuple[str, list[Any]]:
    """Return the SQL that selects the breaks in which the selected spots aired, with its values. `with_groups`: also
    those in which all viewers of the group left before they could see the selected variant."""
    seen, values = chosen.seen()
    breaks = f"SELECT a.break_airing FROM aired a WHERE {seen} AND a.started_at >= ? AND a.break_airing IS NOT NULL"
    if not with_groups:
        return breaks, [*values, since]
    where, more = chosen.of_groups('g."group"')
    groups = f"SELECT a.break_airing {_OF_GROUP_BREAKS} WHERE {where} AND a.started_at >= ?"
    return f"{breaks} UNION {groups}", [*values, since, *more, since]


def _add_whole_break(found: CurveSums, rows: Sequence[tuple[Any, ...]], seconds: int) -> None:
    """Add all viewers through a break of so many seconds, from the rows of its spots."""
    _, _, began, _, starts, *_ = rows[0]
    for row in rows:
        step, changes = read_curve(row[7])
        for number, joined, left, _, lost in changes:
            found.changed(int(row[2] - began + number * step), joined, left, lost)
    found.ended(seconds, starts, starts - sum(row[5] for row in rows), rows[-1][6])


def _add_group_break(found: CurveSums, group: _GroupBreak, seconds: int) -> None:
    """Add the viewers of a group through a break of so many seconds. Later changes do not count: they are in a spot
    that is still on air."""
    step, changes = read_curve(group.curve)
    stayed = end = group.starts
    for number, joined, left, _, lost in changes:
        if number * step < seconds:
            found.changed(number * step, joined, left, lost)
            stayed, end = stayed - lost, end + joined - left
    found.ended(seconds, group.starts, stayed, end)


def _group_breaks(base: sqlite3.Connection, chosen: Selection, since: float) -> dict[str, _GroupBreak]:
    """Return the viewers of the groups that saw the selected variant, by the id of the first airing of the break. Only
    breaks in which no earlier airing showed the variant to all viewers have them."""
    if chosen.version is None or not has_group_breaks(base):
        return {}
    where, values = chosen.of_groups('g."group"')
    query = (
        f"SELECT a.break_airing, min(a.started_at), g.viewers_start, g.curve {_OF_GROUP_BREAKS}"
        f" WHERE {where} AND a.started_at >= ? AND a.break_airing IS NOT NULL"
        " GROUP BY a.break_airing"  # SQLite takes the other columns from the row with the smallest value
    )
    found = {first: (at, _GroupBreak(*row)) for first, at, *row in base.execute(query, [*values, since])}
    if found:
        whole = (
            f"SELECT a.break_airing, min(a.started_at) FROM aired a WHERE {chosen.where} AND a.started_at >= ?"
            " AND a.break_airing IS NOT NULL GROUP BY a.break_airing"
        )
        for first, at in base.execute(whole, [*chosen.values, since]):
            if first in found and at < found[first][0]:
                del found[first]
    return {first: group for first, (_, group) in found.items()}


def _breaks(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of each break that was watched when it began."""
    part: list[tuple[Any, ...]] = []
    for row in rows:
        if part and part[0][0] != row[0]:
            if part[0][1] == 1:
                yield part
            part = []
        part.append(row)
    if part and part[0][1] == 1:
        yield part
