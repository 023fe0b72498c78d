"""The as-run log: what really aired, to the frame, in a database that survives any end of the station.

The channels pass rows on in memory. One thread does all work on the database. It keeps rows that it cannot write, tries
again to write them, and reports the fault once.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import secrets
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeVar

from retrovue_tui.playout.asrun import audience_rows
from retrovue_tui.playout.asrun.audience_service import KEEP as KEEP_AUDIENCE
from retrovue_tui.playout.asrun.audience_service import AudienceService
from retrovue_tui.playout.asrun.guide_rows import aired_since, last_airings
from retrovue_tui.playout.asrun.play_counts import PlayCounts
from retrovue_tui.playout.asrun.recorder import AsRunRecorder
from retrovue_tui.playout.asrun.schema import (
    KEEP,
    VERSION,
    NewerSchema,
    backup_path,
    bring_up_to_date,
    rows_after,
    rows_until,
    select,
)  # fmt: skip
from retrovue_tui.protocol.answers.asrun import AsRunFilter, flat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import timedelta

    from retrovue_tui.playout.asrun.audience_rows import AnyAudienceRow
    from retrovue_tui.playout.asrun.guide_rows import AiredRun
    from retrovue_tui.playout.asrun.play_counts import PlayCount
    from retrovue_tui.playout.asrun.schema import NumberedRow
    from retrovue_tui.protocol.answers.asrun import AsRunEntry
    from retrovue_tui.timecode import FrameRate

_log = logging.getLogger(__name__)
FILE_NAME: Final = "asrun.db"
CHECKPOINT_S: Final = 4.0
_IN_A_ROW: Final = 10
"""How many channels' rows are brought up to date in a row; then other tasks on the event loop may run."""
_PRUNE_S: Final = 3_600.0
MOST_WAITING: Final = 10_000
"""The maximum number of rows that wait in memory while the disk refuses writes. Beyond this number, the oldest rows are
lost."""
ENDED_BY_FORCE: Final = "the station was ended by force; the end is estimated"
_CLOSE_S: Final = 1.0
_BUSY_S: Final = 1.0
_SPOTS: Final = (
    "SELECT file, started_at FROM aired WHERE channel = ? AND started_at >= ? AND kind = 'spot'"
    " AND NOT (ended IS 'failed' AND frames_aired = 0) ORDER BY started_at DESC LIMIT 20000"
)
_BROKEN: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

T = TypeVar("T")


class AsRunDatabase:
    """The as-run log of a station. `put` may be called anywhere in the event loop's thread: it returns at once and
    never raises."""

    def __init__(
        self,
        path: Path,
        on_trouble: Callable[[str | None], None] | None = None,
        *,
        checkpoint_s: float = CHECKPOINT_S,
        keep_audience: timedelta = KEEP_AUDIENCE,
    ) -> None:
        """Calls `on_trouble` with a one-line message when the log cannot be written, and with None when it can be
        written again."""
        self.path = path
        self.lost = 0
        self._on_trouble = on_trouble
        self._checkpoint_s = checkpoint_s
        self._recorders: list[AsRunRecorder] = []
        self._waiting: dict[str, AsRunEntry] = {}
        self._audience_rows: dict[tuple[str, ...], AnyAudienceRow] = {}
        self.audience = AudienceService(self, keep_audience)
        self._prune_at = 0.0
        self._news = asyncio.Event()
        self._lock = asyncio.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="as-run")
        self._base: sqlite3.Connection | None = None
        self._airings = PlayCounts()
        self._remarks: list[str] = []
        self._troubled = False
        self._run = f"{int(time.time()):x}{secrets.token_hex(2)}"
        self._numbers = itertools.count(1)

    # ── start and stop ───────────────────────────────────────────────────────────────────────────

    async def start(self) -> int:
        """Open the log, and close the rows that an earlier run of the station left open; return the number of these
        rows. If the disk refuses, the station runs without a log until the log can be opened."""
        try:
            return await self._in_thread(self._close_left_open)
        except (sqlite3.Error, OSError) as error:
            self._trouble(error)
            return 0

    async def run(self) -> None:
        """Write new rows as they come. Every few seconds, also write how far each open entry has aired. Runs until
        cancelled."""
        due = monotonic() + self._checkpoint_s
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, due - monotonic())):
                    await self._news.wait()
            if monotonic() >= due:
                due = monotonic() + self._checkpoint_s
                for number, recorder in enumerate(tuple(self._recorders), 1):
                    recorder.checkpoint()
                    if number % _IN_A_ROW == 0:
                        await asyncio.sleep(0)
            self._news.clear()
            await self.flush()
            if monotonic() >= self._prune_at:
                self._prune_at = monotonic() + (5.0 if await self._prune() else _PRUNE_S)

    async def close(self) -> None:
        """Write the waiting rows, as many as the disk takes within a second, and close the database."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                await self.flush()
                await self._in_thread(self._close_base)
        self._thread.shutdown(wait=False, cancel_futures=True)

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    def recorder(
        self,
        channel: str,
        rate: FrameRate,
        frame: Callable[[], int],
        air_time: Callable[[int], float] | None = None,
    ) -> AsRunRecorder:
        """Return the recorder that writes this log for one channel. `frame` returns the number of the bus's next
        picture, and `air_time` the Unix time at which a picture is due; without it, the current time is used."""
        recorder = AsRunRecorder(self, channel, rate, frame, air_time)
        recorder.audience = self.audience.recorder(channel)
        self._recorders.append(recorder)
        return recorder

    def new_id(self) -> str:
        """Return an id for a new row that no station has used before."""
        return f"{self._run}-{next(self._numbers)}"

    def put(self, entry: AsRunEntry) -> None:
        """Queue a row; the log's thread writes it soon. It replaces an earlier row with the same id."""
        self._waiting[entry.id] = entry
        if len(self._waiting) > MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
            self.lost += 1
        self._news.set()

    def put_audience(self, row: AnyAudienceRow) -> None:
        """Queue a row about the audience of an airing. It replaces an earlier row with the same key."""
        self._audience_rows[row.key] = row
        if len(self._audience_rows) > MOST_WAITING:
            del self._audience_rows[next(iter(self._audience_rows))]
        self._news.set()

    async def _prune(self) -> bool:
        """Forget the audience of some airings that are too old to keep it. Return whether there may be more."""
        with contextlib.suppress(sqlite3.Error, OSError):
            before = time.time() - self.audience.keep.total_seconds()
            return bool(await self._in_thread(lambda: audience_rows.prune(self._opened(), before)))
        return False

    async def flush(self) -> bool:
        """Write all waiting rows. Return False if the disk refuses; the rows then stay in memory."""
        async with self._lock:
            batch, audience = dict(self._waiting), dict(self._audience_rows)
            if not batch and not audience:
                return True
            try:
                await self._in_thread(self._write, list(batch.values()), list(audience.values()))
            except (sqlite3.Error, OSError) as error:
                self._trouble(error)
                return False
            for id, entry in batch.items():
                if self._waiting.get(id) is entry:
                    del self._waiting[id]
            for key, row in audience.items():
                if self._audience_rows.get(key) is row:
                    del self._audience_rows[key]
            self._recovered()
            return True

    def _trouble(self, error: Exception) -> None:
        if not self._troubled and self._on_trouble is not None:
            self._on_trouble(f"the as-run log {self.path} cannot be written ({error}): new entries wait in memory")
        self._troubled = True

    def _recovered(self) -> None:
        remarks, self._remarks = self._remarks, []
        if self._on_trouble is None:
            return
        for remark in remarks:
            self._on_trouble(remark)
        if self._troubled:
            self._on_trouble(f"{self.lost} entries of the as-run log are lost" if self.lost else None)
        self._troubled = False

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    async def entries(self, wanted: AsRunFilter | None = None) -> list[AsRunEntry]:
        """Return the selected rows, including those not yet written, in the order in which they aired. Raises `OSError`
        when the log cannot be read."""
        return await self._read(lambda: list(select(self._opened(), wanted or AsRunFilter())))

    async def rows_until(self, channel: str, at: float, most: int) -> list[NumberedRow]:
        """Return a channel's newest rows that began at the Unix time `at` or before, at most `most`, the newest first.
        Raises `OSError` when the log cannot be read."""
        return await self._read(lambda: rows_until(self._opened(), channel, at, most))

    async def rows_after(self, channel: str, number: int, most: int) -> list[NumberedRow]:
        """Return a channel's rows that follow row `number`, at most `most`, in the order in which they began. Raises
        `OSError` when the log cannot be read."""
        return await self._read(lambda: rows_after(self._opened(), channel, number, most))

    def frames_so_far(self, id: str) -> int | None:
        """Return how many frames of the row with this id have aired so far; None if the row is not on air."""
        counts = (recorder.frames_so_far(id) for recorder in self._recorders)
        return next((count for count in counts if count is not None), None)

    async def airings(self) -> Mapping[str, PlayCount]:
        """Return how often each file has aired, including rows not yet written. Raises `OSError` when the log cannot be
        read."""
        return await self._read(lambda: self._airings.count(self._opened()))

    async def spots_since(self, channel: str, since: float) -> list[tuple[Path, float]]:
        """Return the spots that began to air on a channel at the Unix time `since` or later, with their times: the
        newest 20 000, the newest first. Empty when the log cannot be read."""
        await self.flush()
        try:
            rows = await self._in_thread(lambda: self._opened().execute(_SPOTS, (channel, since)).fetchall())
        except (sqlite3.Error, OSError) as error:
            _log.warning("the earlier airings of spots are not known: %s", error)
            return []
        return [(Path(file), at) for file, at in rows]

    async def aired_since(self, channel: str, since: float) -> list[AiredRun]:
        """Return what aired on a channel and began at the Unix time `since` or later, in order. Raises `OSError` when
        the log cannot be read."""
        return await self._read(lambda: aired_since(self._opened(), channel, since))

    async def last_airings(self, channel: str, before: float) -> dict[Path, float]:
        """Return the last time at which each programme began to air on a channel before the Unix time `before`, by
        file. Raises `OSError` when the log cannot be read."""
        return await self._read(lambda: last_airings(self._opened(), channel, before))

    async def _read(self, work: Callable[[], T]) -> T:
        await self.flush()
        try:
            return await self._in_thread(work)
        except sqlite3.Error as error:
            raise OSError(f"{self.path} cannot be read: {error}") from error

    # ── in the database's thread ─────────────────────────────────────────────────────────────────

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    def _opened(self) -> sqlite3.Connection:
        """Return the open database. If its file was removed, create the file again. If the file is not a database,
        rename it first."""
        if self._base is not None and not self.path.exists():
            self._close_base()
        if self._base is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._base = self._connected()
            except sqlite3.Error as error:
                if not _is_broken(error):
                    raise
                self._set_aside()
                self._base = self._connected()
        return self._base

    def _connected(self) -> sqlite3.Connection:
        """Connect to the database, and migrate its tables to the current version. If a newer version of this program
        wrote the database, leave it unchanged and use another file next to it."""
        base = _connect(self.path)
        try:
            before = bring_up_to_date(base, self.path)
        except NewerSchema as error:
            base.close()
            newer, self.path = self.path, self.path.with_name(f"{self.path.stem}.version-{VERSION}{self.path.suffix}")
            self._remarks.append(
                f"the as-run log {newer} was written by a newer retrovue-tui ({error}): it stays unchanged, and what"
                f" airs is logged in {self.path.name}"
            )
            return self._connected()
        except BaseException:
            base.close()
            raise
        if before is not None:
            copy = backup_path(self.path, before)
            _log.info("the as-run log has new tables; the old log is kept in %s", copy)
        return base

    def _write(self, entries: Sequence[AsRunEntry], audience: Sequence[AnyAudienceRow] = ()) -> None:
        try:
            self._write_once(entries, audience)
        except sqlite3.Error as error:
            if not _is_broken(error):
                raise
            self._set_aside()
            self._write_once(entries, audience)

    def _write_once(self, entries: Sequence[AsRunEntry], audience: Sequence[AnyAudienceRow]) -> None:
        base = self._opened()
        base.execute("BEGIN IMMEDIATE")
        try:
            base.executemany(KEEP, map(flat, entries))
            audience_rows.write(base, audience)
            base.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                base.execute("ROLLBACK")
            raise

    def _close_left_open(self) -> int:
        return (
            self._opened()
            .execute(
                "UPDATE aired SET ended = 'failed', note = ?, ended_at = coalesce(ended_at, started_at),"
                " end_frame = coalesce(end_frame, first_frame) WHERE ended IS NULL",
                (ENDED_BY_FORCE,),
            )
            .rowcount
        )

    def _close_base(self) -> None:
        base, self._base = self._base, None
        if base is not None:
            with contextlib.suppress(sqlite3.Error):
                base.close()

    def _set_aside(self) -> None:
        """Begin a new database. The old file, which is not a usable database, is renamed so that it can be repaired
        later."""
        self._close_base()
        aside = f"{self.path}.broken-{time.strftime('%Y%m%d-%H%M%S')}"
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{self.path}{suffix}").replace(f"{aside}{suffix}")
        self._remarks.append(f"the as-run log was damaged: it was moved to {aside}, and a new one was started")


def _connect(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = FULL")
    except BaseException:
        base.close()
        raise
    return base


def _is_broken(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", None) in _BROKEN


def read_asrun(path: Path, wanted: AsRunFilter) -> Iterator[AsRunEntry]:
    """Yield the selected rows from the log of any station, whether it runs or not. Blocking; raises `OSError` if the
    log cannot be read."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
            yield from select(base, wanted)
    except sqlite3.Error as error:
        raise OSError(f"{path} cannot be read: {error}") from error
