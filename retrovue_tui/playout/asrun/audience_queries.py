"""Sums over the as-run log and its audience, in SQL. Blocking."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from retrovue_tui.audience.curves import CurveSums
from retrovue_tui.audience.intervals import Airing
from retrovue_tui.playout.asrun.audience_rows import has_group_breaks, read_curve
from retrovue_tui.protocol.answers.audience import MOST_AIRINGS, MOST_ROWS, ProofAiring

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from retrovue_tui.protocol.answers.audience import AudienceFilter, Dimension

MOST_CURVES: Final = 5_000
"""The most airings in whose audience somebody came or went that count for a curve: the newest ones."""
MOST_COMPARED: Final = 200_000
KEYS: Final[dict[Dimension, str]] = {
    "spot": "coalesce(a.spot, a.file)",
    "advertiser": "coalesce(a.advertiser, '')",
    "position": "coalesce(a.position, 0)",
    "break": "a.channel || '/' || coalesce(a.\"break\", '')",
    "programme": "a.file",
    "hour": "cast(strftime('%H', a.started_at, 'unixepoch', 'localtime') AS INTEGER)",
    "variant": "a.file",
    "channel": "a.channel",
}
"""The SQL of the key of each dimension. Hours are those of the machine's time zone."""
_ALL: Final = "{0}.\"group\" = '' AND {0}.rendition = '' AND {0}.delivery = ''"
_NOT_SPLIT: Final = "a.id NOT IN (SELECT airing FROM audience WHERE \"group\" != '')"
_SUM_OF: Final = {
    "airings": "count(*)", "completed": "sum(a.ended = 'complete')", "frames_aired": "sum(a.frames_aired)",
    "seconds_aired": "total(a.ended_at - a.started_at)", "viewers_start": "sum(all_viewers_start)",
    "viewers_peak": "max(all_viewers_peak)", "viewers_end": "sum(all_viewers_end)", "joined": "sum(all_joined)",
    "left": "sum(all_left)", "left_start": "sum(all_left_start)", "viewer_seconds": "total(all_viewer_seconds)",
    "before_left": "sum(before_left)", "before_seconds": "total(before_viewer_seconds)",
}  # fmt: skip
_SUMS: Final = ", ".join(f'coalesce({sql}, 0) AS "{name}"' for name, sql in _SUM_OF.items())
_NAMES: Final = ", ".join(f'"{name}"' for name in _SUM_OF)
_SUMS_OF_SUMS: Final = ", ".join(
    f'coalesce({"max" if name == "viewers_peak" else "total" if sql.startswith("total") else "sum"}("{name}"), 0)'
    for name, sql in _SUM_OF.items()
)


class Selection:
    """The ended airings that a filter selects: spots, or programmes if the figures are about these.

    If it selects one variant (`version` is its file, or its name), `where` selects the airings in which all viewers
    saw it; `of_groups` selects the groups that saw it, in airings that split their viewers.
    """

    def __init__(self, wanted: AudienceFilter, by: Dimension = "spot") -> None:
        self.of_programmes = "programme" in (by, wanted.dimension)
        conditions: dict[str, Any] = {
            "a.kind = ?": "programme" if self.of_programmes else "spot", "a.channel = ?": wanted.channel,
            "a.started_at >= ?": wanted.since, "a.started_at < ?": wanted.until,
            "a.advertiser = ? COLLATE NOCASE": wanted.advertiser,
        }  # fmt: skip
        used = {text: value for text, value in conditions.items() if value is not None}
        self.where = " AND ".join(["a.ended IS NOT NULL", *used])
        self.values: list[Any] = list(used.values())
        if wanted.spot is not None:
            self.where += f" AND {_is_file(KEYS['spot'])}"
            self.values += _file_values(wanted.spot)
        self._all, self._all_values = self.where, [*self.values]
        self.version = wanted.key if wanted.dimension == "variant" else None
        if self.version is not None:
            self.where += f" AND {_is_file('a.file')} AND {_NOT_SPLIT}"
            self.values += _file_values(self.version)
        elif wanted.dimension is not None and wanted.key is not None:
            self.where += f" AND cast({KEYS[wanted.dimension]} AS TEXT) = ?"
            self.values.append(wanted.key)

    def of_groups(self, group: str) -> tuple[str, list[Any]]:
        """Return the SQL that selects groups, with its values. `group`: the column with the file that a group saw."""
        if self.version is None:
            return self._all, self._all_values
        return f"{self._all} AND {_is_file(group)}", [*self._all_values, *_file_values(self.version)]

    def seen(self) -> tuple[str, list[Any]]:
        """Return the SQL that selects the airings which at least some viewers saw, with its values."""
        if self.version is None:
            return self.where, self.values
        is_group = _is_file('"group"')
        groups = f"SELECT airing FROM audience WHERE \"group\" != '' AND {is_group}"
        seen = f"({_is_file('a.file')} AND {_NOT_SPLIT} OR a.id IN ({groups}))"
        return f"{self._all} AND {seen}", [*self._all_values, *2 * _file_values(self.version)]


def _is_file(column: str) -> str:
    """Return the SQL that compares a file with the path, or the name, whose values `_file_values` returns."""
    return f"({column} = ? OR substr({column}, ?) = ?)"


def _file_values(file: str) -> list[Any]:
    return [file, -len(file) - 1, f"/{file}"]


def sums(base: sqlite3.Connection, chosen: Selection, by: Dimension) -> list[tuple[Any, ...]]:
    """Return for each key of a dimension: the key, a title, and the sums in the order of `AudienceSums`. Those of
    variants are without the airings that split their viewers; see `sums_of_groups`."""
    whole = f" AND {_NOT_SPLIT}" if by == "variant" else ""
    return base.execute(_grouped(chosen, by, whole), chosen.values).fetchall()


_SEEN: Final = (
    'WITH seen AS (SELECT u.airing, u."group" AS file, sum(viewers_start) AS starts, sum(viewers_peak) AS peak,'
    " sum(viewers_end) AS ends, sum(joined) AS joined, sum(left) AS lost, sum(left_start) AS lost_start,"
    ' total(viewer_seconds) AS seconds FROM audience u WHERE u."group" != \'\' GROUP BY u.airing, u."group")'
)
"""Each group of each airing that splits its viewers, with all renditions together."""
_OF_SEEN: Final = "FROM seen s CROSS JOIN aired a ON a.id = s.airing"
_LENGTH: Final = "max(1, cast(a.ended_at - a.started_at + 0.999 AS INTEGER))"


def sums_of_groups(base: sqlite3.Connection, chosen: Selection, by: Dimension) -> list[tuple[Any, ...]]:
    """Return the sums over the groups of airings that split their viewers, as `sums` returns those of whole airings.
    The variant of a group is the file that it saw. The programme before a break is not counted by group, so its sums
    are 0."""
    where, values = chosen.of_groups("s.file")
    query = (
        f"{_SEEN} SELECT {_key_of_groups(by)} AS key, max(a.title), count(*), sum(a.ended = 'complete'),"
        " sum(a.frames_aired), total(a.ended_at - a.started_at), sum(starts), max(peak), sum(ends), sum(joined),"
        f" sum(lost), sum(lost_start), total(seconds), 0, 0.0 {_OF_SEEN} WHERE {where} GROUP BY key"
    )
    return base.execute(query, values).fetchall()


def _key_of_groups(by: Dimension) -> str:
    return "s.file" if by == "variant" else KEYS[by]


def _with_groups(
    base: sqlite3.Connection, chosen: Selection, by: Dimension, whole: str, groups: str, tail: str
) -> list[tuple[Any, ...]]:
    """Return a row for each key: the key, and the columns `whole` of its airings. If the figures are about variants, an
    airing that split its viewers counts by its groups instead, with the columns `groups`. `tail` is the end of both
    queries, which are SQL."""
    apart = by == "variant" or chosen.version is not None
    where = f"{chosen.where} AND {_NOT_SPLIT}" if apart else chosen.where
    rows = base.execute(f"SELECT {KEYS[by]} AS key, {whole} FROM aired a WHERE {where}{tail}", chosen.values).fetchall()
    if apart:
        where, values = chosen.of_groups("s.file")
        query = f"{_SEEN} SELECT {_key_of_groups(by)} AS key, {groups} {_OF_SEEN} WHERE {where}{tail}"
        rows += base.execute(query, values).fetchall()
    return rows


def hours(base: sqlite3.Connection, chosen: Selection, by: Dimension) -> dict[str, list[float]]:
    """Return for each key of a dimension the viewer-seconds in each hour of the day, from 0 to 23."""
    found: dict[str, list[float]] = defaultdict(lambda: [0.0] * 24)
    hour_of = f"{KEYS['hour']} AS hour"
    whole, groups = f"{hour_of}, total(all_viewer_seconds)", f"{hour_of}, total(seconds)"
    for key, hour, seconds in _with_groups(base, chosen, by, whole, groups, " GROUP BY key, hour"):
        found[str(key)][hour] += round(seconds, 1)
    return found


def sums_of_breaks(base: sqlite3.Connection, chosen: Selection) -> tuple[list[tuple[Any, ...]], int, Sequence[Any]]:
    """Return the sums of the `MOST_ROWS` breaks that were watched most, the number of all breaks, and the sums over all
    breaks. Each break has its own key: a year has tens of thousands, and reading all of its airings again for the sums
    would take half as long again."""
    query = (
        f"WITH breaks AS MATERIALIZED ({_grouped(chosen, 'break')})"
        f" SELECT count(*), '', {_SUMS_OF_SUMS} FROM breaks UNION ALL SELECT * FROM"
        f" (SELECT key, title, {_NAMES} FROM breaks ORDER BY viewer_seconds DESC, key LIMIT {MOST_ROWS})"
    )
    (count, _, *totals), *rows = base.execute(query, chosen.values)
    return rows, count, totals


def _grouped(chosen: Selection, by: Dimension, more: str = "") -> str:
    columns = f"{KEYS[by]} AS key, max(a.title) AS title, {_SUMS}"
    return f"SELECT {columns} FROM aired a WHERE {chosen.where}{more} GROUP BY key"


def reasons(base: sqlite3.Connection, chosen: Selection, by: Dimension) -> dict[Any, Counter[tuple[str, str]]]:
    """Return for each key how many airings ended early, by how they ended and why. An airing that splits its viewers
    counts for each variant that a group saw."""
    found: dict[Any, Counter[tuple[str, str]]] = defaultdict(Counter)
    early, columns = " AND a.ended != 'complete' GROUP BY key, a.ended, a.note", "a.ended, a.note, count(*)"
    for key, ended, note, count in _with_groups(base, chosen, by, columns, columns, early):
        found[key][ended, note or ""] += count
    return found


def airing_curve(base: sqlite3.Connection, chosen: Selection) -> CurveSums:
    """Return the changes of the audience during the airings, from their start on."""
    found, since = CurveSums(), _since(base, chosen)
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
    where, values = chosen.of_groups("s.file")
    query = (
        f"{_SEEN} SELECT {_LENGTH} AS length, count(*), sum(starts), sum(lost_start), sum(ends) {_OF_SEEN}"
        f" WHERE {where} AND a.started_at >= ? GROUP BY length"
    )
    for length, airings, starts, lost, end in base.execute(query, [*values, since]):
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


_OF_GROUP_BREAKS: Final = "FROM audience_breaks g CROSS JOIN aired a ON a.id = g.airing"
_USED: Final = f"FROM aired a JOIN audience u ON u.airing = a.id AND {_ALL.format('u')}"


def _since(base: sqlite3.Connection, chosen: Selection) -> float:
    """Return from which time on no more than `MOST_CURVES` airings have a curve."""
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


def break_curve(base: sqlite3.Connection, chosen: Selection) -> CurveSums:
    """Return the changes of the audience through the breaks in which the selected spots aired, from the start of each
    break to its end.

    If one variant is selected, a break in which it was split counts only the viewers of the groups that saw it. They
    count from the start of the break, before they saw the variant, to its end, also in the spots after it. A break
    whose split was logged without its groups' curves counts all viewers."""
    found, since = CurveSums(), _since(base, chosen)
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


def variant_airings(base: sqlite3.Connection, chosen: Selection) -> dict[str, dict[str, list[Airing]]]:
    """Return the complete airings of each spot with several variants, by spot and by the file that aired. Where an
    airing splits its viewers, each group's name counts as a variant."""
    found: dict[str, dict[str, list[Airing]]] = defaultdict(lambda: defaultdict(list))
    several = f"SELECT DISTINCT a.spot FROM aired a WHERE {chosen.where} AND a.spot != a.file"
    query = (
        "SELECT a.spot, a.file, all_viewers_start, all_viewers_start - all_left_start FROM aired a"
        f" WHERE {chosen.where} AND {_NOT_SPLIT} AND a.ended = 'complete' AND all_viewers_start > 0"
        f" AND a.spot IN ({several})"
        " ORDER BY +a.started_at DESC LIMIT ?"  # +: sorting the few found is faster than reading all by the index
    )
    for spot, file, viewers, stayed in base.execute(query, [*chosen.values, *chosen.values, MOST_COMPARED]):
        found[spot][file].append(Airing(viewers, stayed))
    split = (
        # CROSS JOIN: SQLite begins with the airings that split their viewers, which have an index of their own.
        f'SELECT a.spot, u."group", u.viewers_start, u.viewers_start - u.left_start FROM audience u'
        f" CROSS JOIN aired a ON a.id = u.airing WHERE u.\"group\" != '' AND {chosen.where} AND a.ended = 'complete'"
        " AND u.viewers_start > 0 AND a.spot IS NOT NULL ORDER BY a.started_at DESC LIMIT ?"
    )
    for spot, group, viewers, stayed in base.execute(split, [*chosen.values, MOST_COMPARED]):
        found[spot][group].append(Airing(viewers, stayed))
    return found


def airings(base: sqlite3.Connection, chosen: Selection, most: int = MOST_AIRINGS) -> tuple[list[ProofAiring], int]:
    """Return the selected airings in the order in which they aired, at most `most`, and how many more there are."""
    query = (
        "SELECT a.id, a.channel, coalesce(a.spot, a.file), a.file, a.title, coalesce(a.advertiser, ''), a.started_at,"
        " a.ended_at, a.first_frame, a.end_frame, a.frames_planned, a.frames_aired, a.ended, coalesce(a.note, ''),"
        " a.\"break\", a.position, coalesce(b.title, ''), coalesce(a.all_viewers_start, 0),"
        " coalesce(a.all_viewers_peak, 0), coalesce(a.all_viewers_end, 0), coalesce(a.all_joined, 0),"
        " coalesce(a.all_left, 0), coalesce(a.all_viewer_seconds, 0.0)"
        f" FROM aired a LEFT JOIN aired b ON b.id = a.programme_airing WHERE {chosen.where}"
        " ORDER BY a.started_at, a.rowid LIMIT ?"
    )
    rows = [ProofAiring(*row) for row in base.execute(query, [*chosen.values, most])]
    if len(rows) < most:
        return rows, 0
    count: Sequence[int] = base.execute(f"SELECT count(*) FROM aired a WHERE {chosen.where}", chosen.values).fetchone()
    return rows, count[0] - len(rows)
