"""The tables of the as-run database: their version, the migration of older databases, and the reading of rows.

The version is stored as `PRAGMA user_version`; the first release wrote 0. To change a table, add a step to
`MIGRATIONS`; never edit an earlier step.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from retrovue_tui.playout.asrun.audience_rows import BREAKS_SCHEMA, TOTAL_COLUMNS
from retrovue_tui.playout.asrun.audience_rows import SCHEMA as AUDIENCE
from retrovue_tui.protocol.answers.asrun import COLUMNS, unflat

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrovue_tui.protocol.answers.asrun import AsRunEntry, AsRunFilter

_TYPES: Final = {
    "id": "TEXT PRIMARY KEY", "generation": "INTEGER NOT NULL", "planned_at": "REAL", "planned_frame": "INTEGER",
    "started_at": "REAL NOT NULL", "first_frame": "INTEGER NOT NULL", "ended_at": "REAL", "end_frame": "INTEGER",
    "asset_frame": "INTEGER NOT NULL", "frames_planned": "INTEGER NOT NULL", "frames_aired": "INTEGER NOT NULL",
    "viewers_start": "INTEGER NOT NULL", "viewers_peak": "INTEGER NOT NULL", "viewers_end": "INTEGER NOT NULL",
    "viewer_seconds": "REAL NOT NULL", "wall_ended_at": "REAL", "position": "INTEGER",
    **{f"{end}_{name}": kind for end in ("seam_in", "seam_out")
       for name, kind in (("video_jumps", "INTEGER"), ("cc_errors", "INTEGER"), ("audio_error_ms", "REAL"))},
}  # fmt: skip
_SCHEMA: Final = (
    "CREATE TABLE aired ("
    + ", ".join(f'"{name}" {_TYPES.get(name, "TEXT")}' for name in COLUMNS)
    + "".join(f', "{name}" {kind}' for name, kind in TOTAL_COLUMNS)
    + ")",
    "CREATE INDEX aired_when ON aired (started_at)",
    "CREATE INDEX aired_on ON aired (channel, started_at)",
    "CREATE INDEX aired_open ON aired (id) WHERE ended IS NULL",
    *AUDIENCE,
    *BREAKS_SCHEMA,
)
"""The tables of the current version."""

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    ('ALTER TABLE aired ADD COLUMN "wall_ended_at" REAL', "UPDATE aired SET wall_ended_at = ended_at"),
    ('ALTER TABLE aired ADD COLUMN "asset" TEXT',),
    (
        *(f'ALTER TABLE aired ADD COLUMN "{name}" TEXT' for name in ("spot", "advertiser")),
        'ALTER TABLE aired ADD COLUMN "position" INTEGER',
        *(f'ALTER TABLE aired ADD COLUMN "{name}" TEXT' for name in ("break_airing", "programme_airing")),
        *(f'ALTER TABLE aired ADD COLUMN "{name}" {kind}' for name, kind in TOTAL_COLUMNS),
        *AUDIENCE,
    ),
    BREAKS_SCHEMA,
)
"""Step `n` turns a database of version `n` into one of version `n + 1`."""

VERSION: Final = len(MIGRATIONS)

_KEEP_NAMES: Final = ", ".join(f'"{name}"' for name in COLUMNS)
KEEP: Final = (
    f"INSERT INTO aired ({_KEEP_NAMES}) VALUES ({', '.join(f':{name}' for name in COLUMNS)})"
    " ON CONFLICT (id) DO UPDATE SET " + ", ".join(f'"{name}" = excluded."{name}"' for name in COLUMNS if name != "id")
)
"""The SQL statement that writes one row, or replaces the row with the same id."""


class NewerSchema(Exception):
    """Raised for a database that a newer version of this program has written. `version` is the version of the
    database's tables."""

    def __init__(self, version: int) -> None:
        super().__init__(f"its tables have version {version}, this program knows version {VERSION}")
        self.version = version


def bring_up_to_date(base: sqlite3.Connection, path: Path) -> int | None:
    """Create or migrate the tables of the database at `path`, all or nothing. Return the version before the migration,
    or None if the tables are new or already current.

    Before a migration the database is copied to `backup_path`. Raises `NewerSchema`, `sqlite3.Error`, `OSError`.
    """
    version = _version(base)
    if version > VERSION:
        raise NewerSchema(version)
    empty = base.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'aired'").fetchone() is None
    if version == VERSION and not empty:
        return None
    if not empty:
        _back_up(base, backup_path(path, version))
    steps = _SCHEMA if empty else [statement for step in MIGRATIONS[version:] for statement in step]
    base.execute("BEGIN IMMEDIATE")
    try:
        if _version(base) == version:  # no other process has migrated the database meanwhile
            for statement in steps:
                base.execute(statement)
            base.execute(f"PRAGMA user_version = {VERSION}")
        base.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            base.execute("ROLLBACK")
        raise
    return None if empty else version


def backup_path(path: Path, version: int) -> Path:
    """Return the path of the copy that is made before a migration from `version`."""
    return path.with_name(f"{path.name}.version-{version}")


def _back_up(base: sqlite3.Connection, to: Path) -> None:
    """Copy the whole database. If a copy exists already, keep it: it is older."""
    if to.exists():
        return
    unfinished = to.with_name(f"{to.name}.new")
    unfinished.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(unfinished)) as copy:
        base.backup(copy)
    unfinished.replace(to)


def _version(base: sqlite3.Connection) -> int:
    return int(base.execute("PRAGMA user_version").fetchone()[0])


def select(base: sqlite3.Connection, wanted: AsRunFilter) -> Iterator[AsRunEntry]:
    """Yield the selected rows, ordered by their start. Columns that an older database lacks are None."""
    conditions = {
        "channel = ?": wanted.channel, "kind = ?": wanted.kind,
        "started_at >= ?": wanted.since, "started_at < ?": wanted.until,
    }  # fmt: skip
    used = {text: value for text, value in conditions.items() if value is not None}
    where = f" WHERE {' AND '.join(used)}" if used else ""
    values: list[Any] = list(used.values())
    there = {str(row[1]) for row in base.execute("PRAGMA table_info(aired)")}
    names = ", ".join(f'"{name}"' if name in there else f'NULL AS "{name}"' for name in COLUMNS)
    query = f"SELECT {names} FROM aired{where} ORDER BY started_at, rowid"
    if wanted.limit is not None:
        newest = f"SELECT rowid AS number, * FROM aired{where} ORDER BY started_at DESC, rowid DESC LIMIT ?"
        query = f"SELECT {names} FROM ({newest}) ORDER BY started_at, number"
        values.append(wanted.limit)
    for row in base.execute(query, values):
        yield unflat(dict(zip(COLUMNS, row, strict=True)))


class NumberedRow(NamedTuple):
    """A row of the log, with its number: rows that began to air later have higher numbers."""

    number: int
    row: AsRunEntry


_ROWS_UNTIL: Final = (
    f"SELECT rowid, {_KEEP_NAMES} FROM aired WHERE channel = ? AND started_at <= ?"
    " ORDER BY started_at DESC, rowid DESC LIMIT ?"
)
_ROWS_AFTER: Final = (
    # NOT INDEXED: with the index of channels, SQLite would read and sort all rows of the channel.
    f"SELECT rowid, {_KEEP_NAMES} FROM aired NOT INDEXED WHERE channel = ? AND rowid > ? ORDER BY rowid LIMIT ?"
)


def rows_until(base: sqlite3.Connection, channel: str, at: float, most: int) -> list[NumberedRow]:
    """Return the channel's newest rows that began at the Unix time `at` or before, at most `most`, the newest first."""
    return [_numbered(row) for row in base.execute(_ROWS_UNTIL, (channel, at, most))]


def rows_after(base: sqlite3.Connection, channel: str, number: int, most: int) -> list[NumberedRow]:
    """Return the channel's rows that follow row `number`, at most `most`, in the order in which they began."""
    return [_numbered(row) for row in base.execute(_ROWS_AFTER, (channel, number, most))]


def _numbered(row: tuple[Any, ...]) -> NumberedRow:
    return NumberedRow(row[0], unflat(dict(zip(COLUMNS, row[1:], strict=True))))
