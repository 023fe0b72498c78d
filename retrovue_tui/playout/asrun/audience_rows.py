"""The tables of the audience in the as-run database: how many watched each airing, by group, rendition and delivery,
and how the groups of a split changed through its break."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

LONGEST_CURVE: Final = 600
"""The most steps of a curve. In a longer airing each step has more seconds."""
PRUNED_AT_ONCE: Final = 5_000
"""How many airings one `prune` forgets, so that the database's thread is soon free again."""


@dataclass(frozen=True)
class AudienceRow:
    """The audience of one airing, as far as it belongs to one group and takes one rendition in one way.

    `airing`: the id of the row in the as-run log. `group`: the group of the viewers in an airing that splits them;
    otherwise empty. `delivery`: `ts` or `hls`. The row without group, rendition and delivery is about all viewers.
    `left_start`, `left_break`: those of `left` who were there when the airing, or its break, began. `curve`: who came
    and went when; see `curve_text`.
    """

    airing: str
    group: str
    rendition: str
    delivery: str
    viewers_start: int = 0
    viewers_peak: int = 0
    viewers_end: int = 0
    joined: int = 0
    left: int = 0
    left_start: int = 0
    left_break: int = 0
    viewer_seconds: float = 0.0
    curve: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """The values that identify the row."""
        return self.airing, self.group, self.rendition, self.delivery


@dataclass(frozen=True)
class GroupBreakRow:
    """The viewers of one group through a whole break, from its start to its end.

    `airing`: the id of the airing in the break that splits the viewers. `viewers_start`: those of the group who were
    there when the break began. `curve`: who came and went when, in seconds from the start of the break; see
    `curve_text`. Both of its last counts are of those who were there when the break began.
    """

    airing: str
    group: str
    viewers_start: int
    curve: str

    @property
    def key(self) -> tuple[str, str]:
        """The values that identify the row."""
        return self.airing, self.group


AnyAudienceRow = AudienceRow | GroupBreakRow


@dataclass(slots=True)
class CurveSteps:
    """Who came and went in each step of a curve, while it is counted. It has at most `LONGEST_CURVE` steps: a step has
    one second, and more in a longer airing."""

    step_s: int = 1
    steps: dict[int, list[int]] = field(default_factory=dict)

    def note(self, second: float, column: int, amount: int = 1) -> None:
        """Count a change in a column; see `curve_text`."""
        step = max(0, int(second)) // self.step_s
        while step >= LONGEST_CURVE:
            self._coarser()
            step //= 2
        self.steps.setdefault(step, [0, 0, 0, 0])[column] += amount

    def _coarser(self) -> None:
        before, self.steps = self.steps, {}
        self.step_s *= 2
        for number, counts in before.items():
            steps = self.steps.setdefault(number // 2, [0, 0, 0, 0])
            for column, count in enumerate(counts):
                steps[column] += count

    def text(self) -> str:
        """Return the curve as text."""
        return curve_text(self.step_s, self.steps)


_NAMES: Final = tuple(field.name for field in fields(AudienceRow))
_KEY: Final = ("airing", "group", "rendition", "delivery")
_TOTALS: Final = (
    "viewers_start", "viewers_peak", "viewers_end", "joined", "left", "left_start", "left_break", "viewer_seconds",
)  # fmt: skip
TOTAL_COLUMNS: Final = (
    *((f"all_{name}", "REAL" if name == "viewer_seconds" else "INTEGER") for name in _TOTALS),
    ("before_left", "INTEGER"), ("before_viewer_seconds", "REAL"),
)  # fmt: skip
"""Columns of the table `aired`, with their types: the counts of all viewers, and those of the programme before the
break. Sums over a year of airings need no other table then."""
SCHEMA: Final = (
    "CREATE TABLE audience ("
    + ", ".join(
        f'"{name}" ' + ("TEXT" if name in (*_KEY, "curve") else "REAL" if name == "viewer_seconds" else "INTEGER")
        + " NOT NULL"
        for name in _NAMES
    )
    + ', PRIMARY KEY ("airing", "group", "rendition", "delivery")) WITHOUT ROWID',
    "CREATE INDEX audience_split ON audience (airing) WHERE \"group\" != ''",
    "CREATE INDEX aired_after ON aired (programme_airing) WHERE programme_airing IS NOT NULL",
)  # fmt: skip
BREAKS_SCHEMA: Final = (
    'CREATE TABLE audience_breaks ("airing" TEXT NOT NULL, "group" TEXT NOT NULL, "viewers_start" INTEGER NOT NULL,'
    ' "curve" TEXT NOT NULL, PRIMARY KEY ("airing", "group")) WITHOUT ROWID',
)
_PUT_BREAK: Final = "INSERT OR REPLACE INTO audience_breaks VALUES (?, ?, ?, ?)"
_PUT: Final = (
    "INSERT OR REPLACE INTO audience ("
    + ", ".join(f'"{name}"' for name in _NAMES)
    + f") VALUES ({', '.join('?' * len(_NAMES))})"
)
_TOTAL: Final = (
    f"UPDATE aired SET ({', '.join(f'all_{name}' for name in _TOTALS)}) = ({', '.join('?' * len(_TOTALS))}),"
    " (before_left, before_viewer_seconds) = (SELECT b.all_left, b.all_viewer_seconds FROM aired b"
    " WHERE b.id = aired.programme_airing) WHERE id = ?"
)
_BEFORE: Final = "UPDATE aired SET before_left = ?, before_viewer_seconds = ? WHERE programme_airing = ?"
_OLD: Final = "SELECT id FROM aired WHERE started_at < ? AND all_viewers_start IS NOT NULL LIMIT ?"
_FORGET: Final = f"UPDATE aired SET {', '.join(f'{name} = NULL' for name, _ in TOTAL_COLUMNS)} WHERE id = ?"


def write(base: sqlite3.Connection, found: Iterable[AnyAudienceRow]) -> None:
    """Write rows, each in place of an earlier one with the same key."""
    rows: list[AudienceRow] = []
    breaks: list[GroupBreakRow] = []
    for row in found:
        if isinstance(row, AudienceRow):
            rows.append(row)
        else:
            breaks.append(row)
    base.executemany(_PUT_BREAK, ((row.airing, row.group, row.viewers_start, row.curve) for row in breaks))
    base.executemany(_PUT, (tuple(getattr(row, name) for name in _NAMES) for row in rows))
    totals = [row for row in rows if not row.delivery]
    base.executemany(_TOTAL, ((*(getattr(row, name) for name in _TOTALS), row.airing) for row in totals))
    base.executemany(_BEFORE, ((row.left, row.viewer_seconds, row.airing) for row in totals))


def of_airing(base: sqlite3.Connection, airing: str) -> list[AudienceRow]:
    """Return the rows of one airing."""
    names = ", ".join(f'"{name}"' for name in _NAMES)
    return [AudienceRow(*row) for row in base.execute(f"SELECT {names} FROM audience WHERE airing = ?", (airing,))]


def has_group_breaks(base: sqlite3.Connection) -> bool:
    """Return whether the database has the table of the groups' breaks: older versions of the program did not."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'audience_breaks'"
    return base.execute(query).fetchone() is not None


def prune(base: sqlite3.Connection, before: float) -> int:
    """Forget the audience of airings that began before the Unix time `before`, at most `PRUNED_AT_ONCE` of them. Return
    how many were forgotten."""
    old = base.execute(_OLD, (before, PRUNED_AT_ONCE)).fetchall()
    if old:
        base.execute("BEGIN IMMEDIATE")
        base.executemany("DELETE FROM audience WHERE airing = ?", old)
        base.executemany("DELETE FROM audience_breaks WHERE airing = ?", old)
        base.executemany(_FORGET, old)
        base.execute("COMMIT")
    return len(old)


def curve_text(step_s: int, steps: Mapping[int, Iterable[int]]) -> str:
    """Return a curve as text: the seconds of a step, then each step in which somebody came or went, with how many
    joined, left, left of those there at the start of the airing, and left of those there at the start of the break:
    `1|0:2,0,0,0;17:0,1,1,1`. Empty if nobody came or went."""
    if not steps:
        return ""
    return f"{step_s}|" + ";".join(f"{n}:{','.join(map(str, steps[n]))}" for n in sorted(steps))


def read_curve(text: str) -> tuple[int, list[tuple[int, int, int, int, int]]]:
    """Return the seconds of a step, and (step, joined, left, left of the start, left of the break) for each step with a
    change. Raises `ValueError` for a text that `curve_text` cannot have made."""
    if not text:
        return 1, []
    step_s, _, rest = text.partition("|")
    changes: list[tuple[int, int, int, int, int]] = []
    for part in rest.split(";"):
        number, _, counts = part.partition(":")
        joined, left, of_start, of_break = counts.split(",")
        changes.append((int(number), int(joined), int(left), int(of_start), int(of_break)))
    return int(step_s), changes
