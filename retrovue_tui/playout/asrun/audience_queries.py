"""Sums over the as-run log and its audience, in SQL. Blocking."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.audience.intervals import Airing
from retrovue_tui.protocol.answers.audience import MOST_AIRINGS, MOST_ROWS, ProofAiring

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from retrovue_tui.protocol.answers.audience import AudienceFilter, Dimension

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
_NOT_SPLIT: Final = "NOT EXISTS (SELECT 1 FROM audience x WHERE x.airing = a.id AND x.\"group\" != '')"
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
        self.with_groups = by == "variant" or self.version is not None
        """Whether an airing that splits its viewers counts by its groups. Call `collect_groups` then."""
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


def collect_groups(base: sqlite3.Connection, chosen: Selection) -> None:
    """Put the selected groups of airings that split their viewers into a temporary table, from which all other queries
    read them: each group of each airing, with all renditions together. `version`: the file that a group saw. Only
    figures about variants need it."""
    where, values = chosen.of_groups("s.version")
    base.execute("DROP TABLE IF EXISTS temp.groups_seen")
    base.execute(
        'CREATE TEMP TABLE groups_seen AS WITH seen AS (SELECT u.airing, u."group" AS version,'
        " sum(viewers_start) AS starts, sum(viewers_peak) AS peak, sum(viewers_end) AS ends, sum(joined) AS joined,"
        " sum(left) AS lost, sum(left_start) AS lost_start, total(viewer_seconds) AS seconds"
        ' FROM audience u WHERE u."group" != \'\' GROUP BY u.airing, u."group") SELECT s.*, a.channel, a.spot, a.file,'
        ' a.title, a.advertiser, a.position, a."break", a.started_at, a.ended_at, a.ended, a.note, a.frames_aired'
        f" FROM seen s CROSS JOIN aired a ON a.id = s.airing WHERE {where}",
        values,
    )


GROUPS: Final = "temp.groups_seen a"


def sums_of_groups(base: sqlite3.Connection, by: Dimension) -> list[tuple[Any, ...]]:
    """Return the sums over the groups that `collect_groups` found, as `sums` returns those of whole airings. The
    variant of a group is the file that it saw. The programme before a break is not counted by group, so its sums are 0.
    """
    query = (
        f"SELECT {_key_of_groups(by)} AS key, max(a.title), count(*), sum(a.ended = 'complete'),"
        " sum(a.frames_aired), total(a.ended_at - a.started_at), sum(starts), max(peak), sum(ends), sum(joined),"
        f" sum(lost), sum(lost_start), total(seconds), 0, 0.0 FROM {GROUPS} GROUP BY key"
    )
    return base.execute(query).fetchall()


def _key_of_groups(by: Dimension) -> str:
    return "a.version" if by == "variant" else KEYS[by]


def sums_of_split(base: sqlite3.Connection, chosen: Selection) -> list[tuple[Any, ...]]:
    """Return the sums over the airings that split their viewers, each counted once, by channel as `sums` does. Call it
    after `collect_groups`."""
    return base.execute(
        _grouped(chosen, "channel", " AND a.id IN (SELECT airing FROM temp.groups_seen)"), chosen.values
    ).fetchall()


def _with_groups(
    base: sqlite3.Connection, chosen: Selection, by: Dimension, whole: str, groups: str, tail: tuple[str, str]
) -> list[tuple[Any, ...]]:
    """Return a row for each key: the key, and the columns `whole` of its airings. If the figures are about variants, an
    airing that split its viewers counts by its groups instead, with the columns `groups`. `tail`: a further
    condition, and the end of both queries. All of these are SQL."""
    where = f"{chosen.where}{tail[0]}{f' AND {_NOT_SPLIT}' if chosen.with_groups else ''}{tail[1]}"
    rows = base.execute(f"SELECT {KEYS[by]} AS key, {whole} FROM aired a WHERE {where}", chosen.values).fetchall()
    if chosen.with_groups:
        query = f"SELECT {_key_of_groups(by)} AS key, {groups} FROM {GROUPS} WHERE true{tail[0]}{tail[1]}"
        rows += base.execute(query).fetchall()
    return rows


def hours(base: sqlite3.Connection, chosen: Selection, by: Dimension) -> dict[str, list[float]]:
    """Return for each key of a dimension the viewer-seconds in each hour of the day, from 0 to 23."""
    found: dict[str, list[float]] = defaultdict(lambda: [0.0] * 24)
    hour_of = f"{KEYS['hour']} AS hour"
    whole, groups = f"{hour_of}, total(all_viewer_seconds)", f"{hour_of}, total(seconds)"
    for key, hour, seconds in _with_groups(base, chosen, by, whole, groups, ("", " GROUP BY key, hour")):
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
    columns, tail = "a.ended, a.note, count(*)", (" AND a.ended != 'complete'", " GROUP BY key, a.ended, a.note")
    found: dict[Any, Counter[tuple[str, str]]] = defaultdict(Counter)
    for key, ended, note, count in _with_groups(base, chosen, by, columns, columns, tail):
        found[key][ended, note or ""] += count
    return found


def surplus_reasons(base: sqlite3.Connection) -> Counter[tuple[str, str]]:
    """Return how many times too often `reasons` counts airings that split their viewers, if all variants are summed."""
    query = (
        f"SELECT a.ended, a.note, count(*) - count(DISTINCT a.airing) FROM {GROUPS} WHERE a.ended != 'complete'"
        " GROUP BY a.ended, a.note"
    )
    return Counter({(ended, note or ""): surplus for ended, note, surplus in base.execute(query)})


def variant_airings(base: sqlite3.Connection, chosen: Selection) -> dict[str, dict[str, list[Airing]]]:
    """Return the complete airings of each spot with several variants, by spot and by the file that aired: the newest
    ones. Where an airing splits its viewers, each group's name counts as a variant. An airing is one observation,
    whatever renditions were watched."""
    found: dict[str, dict[str, list[Airing]]] = defaultdict(lambda: defaultdict(list))
    several = f"SELECT DISTINCT a.spot FROM aired a WHERE {chosen.where} AND a.spot != a.file"
    whole = (
        "SELECT a.spot, a.file, all_viewers_start, all_viewers_start - all_left_start FROM aired a"
        f" WHERE {chosen.where} AND a.spot IN ({several}) AND a.ended = 'complete' AND all_viewers_start > 0"
        f" AND {_NOT_SPLIT} ORDER BY a.rowid DESC LIMIT ?"  # in the order in which they began, without sorting them
    )
    groups = (
        f"SELECT a.spot, a.version, starts, starts - lost_start FROM {GROUPS} WHERE a.ended = 'complete' AND starts > 0"
        f" AND a.spot IS NOT NULL{' ORDER BY a.started_at DESC' if _are_many(base) else ''} LIMIT ?"
    )
    for query, values in ((whole, [*chosen.values, *chosen.values]), (groups, [])):
        for spot, file, viewers, stayed in base.execute(query, [*values, MOST_COMPARED]):
            found[spot][file].append(Airing(viewers, stayed))
    return found


def _are_many(base: sqlite3.Connection) -> bool:
    """Return whether there are more groups than count for a difference, so that the newest ones must be found."""
    count: int = base.execute(f"SELECT count(*) FROM {GROUPS}").fetchone()[0]
    return count > MOST_COMPARED


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
