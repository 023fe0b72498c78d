"""The journal of a channel's plan: what was planned, so that series go on where they stopped, also after a restart."""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast, get_args

from retrovue_tui.errors import RetrovueError
from retrovue_tui.files.atomic_write import write_atomically
from retrovue_tui.schedule.series_memory import Planned, SeriesMemory, Turn
from retrovue_tui.schedule.spots.spot_rules import SpotHistory
from retrovue_tui.text.long_json import long_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo

    from retrovue_tui.schedule.planned_slot import Slot
    from retrovue_tui.schedule.spots.spot_rules import PoolSpot
    from retrovue_tui.schedule.time_grid import TimeGrid

MOST_ROWS: Final = 20_000
"""The most slots that are remembered: those of about a year. A series that has not aired for longer begins again."""
SPOTS_KEPT: Final = timedelta(days=2)
"""How long each airing of a spot is remembered after it. Rules that count airings look back a day at most."""
LAST_KEPT: Final = timedelta(days=366)
"""How long the last airing of a spot is remembered: cooldown and separation can be as long."""
_VERSION: Final = 1
_MOST_BYTES: Final = 64_000_000


@dataclass(frozen=True)
class JournalRow:
    """One planned slot: its start in UTC, its programme (None for filling), and its spots with their times in UTC."""

    start: datetime
    airing: Planned | None = None
    spots: tuple[tuple[Path, datetime], ...] = ()


@dataclass
class PlanJournal:
    """The planned slots of one channel, in the order of their starts."""

    path: Path
    rows: list[JournalRow] = field(default_factory=list)
    last: dict[Path, datetime] = field(default_factory=dict)
    """The last airing of each spot (UTC), of those that are no longer in the rows."""

    def copy(self) -> PlanJournal:
        """Return an independent copy."""
        return PlanJournal(self.path, list(self.rows), dict(self.last))

    @classmethod
    def load(cls, path: Path) -> PlanJournal:
        """Read a journal; empty if there is none, or if the file is damaged. Blocking."""
        try:
            if path.stat().st_size > _MOST_BYTES:
                return cls(path)
            data = json.loads(path.read_bytes())
            if data["version"] != _VERSION:
                return cls(path)
            last = {Path(file): datetime.fromisoformat(at) for file, at in data.get("last", {}).items()}
            return cls(path, [_row_from(row) for row in data["rows"]], last)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(path)

    def forget(self, now: datetime) -> None:
        """Drop what no rule looks back at: of old airings of spots, only the last of each spot stays."""
        self.rows = self.rows[-MOST_ROWS:]
        for number, row in enumerate(self.rows):
            if row.start >= now - SPOTS_KEPT:
                break
            for file, at in row.spots:
                self.last[file] = max(at, self.last.get(file, at))
            if row.spots:
                self.rows[number] = replace(row, spots=())
        self.last = {file: at for file, at in self.last.items() if at > now - LAST_KEPT}

    def save(self) -> None:
        """Write the journal. Blocking. Raises `RetrovueError`."""
        last = {str(file): at.isoformat() for file, at in self.last.items()}
        data = {"version": _VERSION, "rows": [_row_to(row) for row in self.rows], "last": last}
        text = long_json(data)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, text.encode())
        except OSError as error:
            raise RetrovueError(f"{self.path}: the plan's journal cannot be written: {error.strerror}") from error

    def cut(self, moment: datetime) -> None:
        """Forget the slots that were planned to begin at or after a moment: they are planned again."""
        self.rows = [row for row in self.rows if row.start < moment]

    def add(self, slots: Iterable[Slot], grid: TimeGrid) -> None:
        """Add planned slots. They may lie before others."""
        for slot in slots:
            at, spots = slot.start, []
            for row in slot.rows:
                if row.kind in ("spot", "bumper") and row.file is not None:
                    spots.append((row.file, grid.time(at)))
                at += row.frames
            self.rows.append(JournalRow(grid.time(slot.start), slot.airing, tuple(spots)))
        self.rows.sort(key=lambda row: row.start)

    def respot(self, begin: datetime, end: datetime, spots: Iterable[tuple[Path, datetime]]) -> None:
        """Replace the spots from `begin` to before `end`, because other breaks are planned there now. There is a slot
        that begins before."""
        self.rows = [
            replace(row, spots=tuple(each for each in row.spots if not begin <= each[1] < end))
            if row.start < end and row.spots else row
            for row in self.rows
        ]  # fmt: skip
        starts = [row.start for row in self.rows]
        for file, at in spots:
            number = max(0, bisect_right(starts, at) - 1)
            if starts:
                row = self.rows[number]
                self.rows[number] = replace(row, spots=(*row.spots, (file, at)))

    def memory(self) -> SeriesMemory:
        """Return the plan's memory of its programmes."""
        memory = SeriesMemory()
        for row in self.rows:
            if row.airing is not None:
                memory.note(row.airing)
        return memory

    def history(self, spots: Mapping[Path, PoolSpot], zone: tzinfo | None) -> SpotHistory:
        """Return when the known spots are planned, with days in a time zone (None: the machine's)."""
        history = SpotHistory()
        for file, at in self.last.items():
            if (spot := spots.get(file)) is not None:
                history.add_last(spot, at)
        for row in self.rows:
            for file, at in row.spots:
                if (spot := spots.get(file)) is not None:
                    history.add(spot, at.astimezone(zone))
        return history


def _row_to(row: JournalRow) -> dict[str, Any]:
    data: dict[str, Any] = {"start": row.start.isoformat()}
    if row.airing is not None:
        each = row.airing
        data |= {"block": each.block, "file": str(each.file), "series": each.series, "order": each.order}
        data |= {"round": each.round} if each.round else {}
        data |= {"turn": each.turn} if each.turn != "own" else {}
    if row.spots:
        data["spots"] = [[str(file), at.isoformat()] for file, at in row.spots]
    return data


def _row_from(data: dict[str, Any]) -> JournalRow:
    start, airing = datetime.fromisoformat(data["start"]), None
    if "file" in data:
        special, season, unnumbered, episode, place = data["order"]
        order = bool(special), int(season), bool(unnumbered), int(episode), tuple(str(part) for part in place)
        turn = cast("Turn", data["turn"]) if data.get("turn") in get_args(Turn) else "own"
        airing = Planned(
            start, str(data["block"]), Path(data["file"]), str(data["series"]), order, int(data.get("round", 0)), turn
        )
    spots = tuple((Path(file), datetime.fromisoformat(at)) for file, at in data.get("spots", ()))
    return JournalRow(start, airing, spots)
