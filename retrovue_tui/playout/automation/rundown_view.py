"""The rundown as clients display it: the entries that have aired, the entry on air, and the times of the later ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from retrovue_tui.playout.automation.edits.edit_lock import locked_frames
from retrovue_tui.protocol.answers.rundown import RundownRow, RundownSnapshot
from retrovue_tui.rundown.positions import span
from retrovue_tui.schedule.grid_lines import grid_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrovue_tui.config.station_config import ChannelConfig
    from retrovue_tui.playout.automation.air_change import AirChange
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.protocol.answers.rundown import Status
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.rundown.positions import Position

GRID_BEHIND: Final = timedelta(hours=1)
"""How far back the grid lines of a view reach."""
GRID_AHEAD: Final = timedelta(hours=24)
"""How far ahead the grid lines of a view reach."""


def view_of(
    channel: Channel, revision: int, entries: Sequence[Entry], *, grid: bool = True
) -> Callable[[], RundownSnapshot]:
    """Return a function that builds the view of the current rundown. Call that function in another thread, because ten
    thousand rows would block the event loop. `grid`: with the lines of the plan's grid, which cost 27 ms at worst."""
    finishing = channel.decks.finishing
    on_air = finishing is None and channel.decks.on_air is not None
    left = finishing.frames if finishing else 0
    at = channel.next_due_at()
    rows = partial(_rows, channel, revision, entries, channel.position, at, on_air=on_air, left=left)
    return (lambda: replace(rows(), grid=_grid(channel.config, at))) if grid else rows


def view_after(channel: Channel, revision: int, change: AirChange) -> Callable[[], RundownSnapshot]:
    """Return a function that builds the view of the rundown after an air change. Call that function in another
    thread."""
    left = change.left(channel)
    on_air = left is None and channel.decks.on_air is not None
    at = channel.next_due_at()
    return partial(_rows, channel, revision, change.rundown.entries, change.position, at, on_air=on_air, left=left or 0)


def _rows(
    channel: Channel,
    revision: int,
    entries: Sequence[Entry],
    position: Position,
    at: float,
    *,
    on_air: bool,
    left: int = 0,
) -> RundownSnapshot:
    """Build the rows. The next picture airs at the Unix time `at`; `left` is the number of frames that air before the
    frame at `position`."""
    rate, planner = channel.house.rate, channel.planner
    locked = locked_frames(rate)
    lengths = [planner.length(entry) for entry in entries]
    spans = [span(entry, length) for entry, length in zip(entries, lengths, strict=True)]
    begins = left - sum(end - first for first, end in spans[: position.index])
    if 0 <= position.index < len(spans):
        begins -= max(0, position.frame - spans[position.index][0])
    frame_s = float(rate.seconds(1))
    split = cache(channel.versions.text)
    rows: list[RundownRow] = []
    for index, (entry, (first, end)) in enumerate(zip(entries, spans, strict=True)):
        missing = lengths[index] is None
        status: Status = "locked" if begins < locked else "planned"
        if missing:
            status = "missing"
        elif index <= position.index and (on_air or index < position.index):
            status = "on_air" if index == position.index else "aired"
        aired = planner.aired(entry, position.loop)
        rows.append(
            RundownRow(
                id=entry.id, kind=entry.kind, title=planner.title(aired), file=str(entry.file),
                in_frame=entry.in_frame, out_frame=entry.out_frame, duration_s=round(frame_s * (end - first), 3),
                start_at=None if missing else round(at + frame_s * begins, 3), status=status,
                break_id=entry.break_id, split=split(entry.file) if entry.kind == "spot" and not entry.in_frame else "",
                version="" if aired is entry else str(aired.file),
            )
        )  # fmt: skip
        begins += end - first
    return RundownSnapshot(revision, tuple(rows))


def _grid(config: ChannelConfig, at: float) -> tuple[float, ...]:
    """Return the grid lines around the Unix time `at`."""
    if config.plan is None:
        return ()
    now, zone = datetime.fromtimestamp(at, UTC), None if config.timezone is None else ZoneInfo(config.timezone)
    lines = grid_lines(config.plan, zone, now - GRID_BEHIND, now + GRID_AHEAD)
    return tuple(line.timestamp() for line in lines)
