"""What the operator is told of a command: the receipt, and when its effect is seen."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from retrovue_tui.control.receipts import Downstream, Receipt
from retrovue_tui.playout.moves import LOCK_S
from retrovue_tui.playout.rows import view_after
from retrovue_tui.rundown.airlist import Position

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.control.commands import Command
    from retrovue_tui.control.receipts import RundownSnapshot
    from retrovue_tui.playout.channel import Channel
    from retrovue_tui.playout.moves import Move
    from retrovue_tui.playout.planner import Planner

MOST_DOWNSTREAM: Final = 200


def accepted(
    channel: Channel,
    revision: int,
    airs_at: float | None,
    changes: tuple[str, ...],
    warnings: tuple[str, ...] = (),
    downstream: tuple[Downstream, ...] = (),
    rundown: RundownSnapshot | None = None,
    edits: tuple[Command, ...] = (),
) -> Receipt:
    """A yes. `airs_at` is Unix time; it is counted from now, when all is on the disk: what went on air meanwhile did
    so a moment ago. None: nobody sees anything of it."""
    now = time.time()
    return Receipt(
        accepted=True, generation=channel.generation, revision=revision,
        on_air_at=None if airs_at is None else round(airs_at, 3),
        on_air_in_s=None if airs_at is None else round(airs_at - now, 3),
        changes=changes, locked_until=round(now + LOCK_S, 3),
        warnings=warnings, downstream=downstream, rundown=rundown, edits=tuple(edit.to_json() for edit in edits),
    )  # fmt: skip


def refused(channel: Channel, revision: int, reason: str) -> Receipt:
    """A no, and why."""
    return Receipt(
        accepted=False, generation=channel.generation, revision=revision, reason=reason,
        locked_until=round(time.time() + LOCK_S, 3),
    )  # fmt: skip


def seen_in(channel: Channel, move: Move) -> Callable[[], int]:
    """What says, for another thread, in how many frames from now a move is seen on air: where its rundown airs
    something else than the one before; 0 where nothing will ever look different. Taken before the move is made."""
    left, finishing = move.left(channel) or 0, channel.rack.finishing
    if move.keep is not None:
        return lambda: left
    if channel.rack.on_air is None:
        return lambda: 0
    if move.back and finishing is not None:
        return lambda: finishing.frames
    old, new = channel.planner.with_entries(channel.planner.entries), channel.planner.with_entries(move.rundown.entries)
    return partial(_same_for, old, channel.position, new, move.position, left)


def _same_for(old: Planner, at: Position, new: Planner, there: Position, left: int) -> int:
    """`left`: how many frames air before both of these positions."""
    same = old.same_for(at, new, there)
    return 0 if same is None else left + same


async def forecast(channel: Channel, revision: int, move: Move, *, whole: bool = False) -> Receipt:
    """The receipt of a dry run: what would change, and when each later entry would begin; with `whole`, also how all
    of the rundown would look."""
    if move.cue is not None:
        channel.rack.discard(move.cue)
    seen, begins = seen_in(channel, move), time.time() + channel.airs_in(0)
    look = view_after(channel, revision, move) if whole else None
    frames = await asyncio.to_thread(seen)
    rundown = None if look is None else await asyncio.to_thread(look)
    if warnings := off_air(channel):
        return accepted(channel, revision, None, move.changes, warnings, rundown=rundown, edits=move.edits)
    rows = await asyncio.to_thread(_downstream, channel, move, begins, frames)
    airs_at = begins + float(channel.house.rate.seconds(frames))
    return accepted(channel, revision, airs_at, move.changes, downstream=rows, rundown=rundown, edits=move.edits)


def off_air(channel: Channel) -> tuple[str, ...]:
    """What a receipt warns of while the channel is stopped: no edit has a time then."""
    return (f"{channel.name} is stopped: this airs when it is started",) if channel.state == "stopped" else ()


def _downstream(channel: Channel, move: Move, begins: float, seen: int) -> tuple[Downstream, ...]:
    """When each entry behind the change would begin, over one round; `begins` is the Unix time of the next frame."""
    planner = channel.planner.with_entries(move.rundown.entries)
    rate, now, position = channel.house.rate, time.time(), move.position
    before = move.left(channel)
    left = before or 0
    first = Position(0, position.index, position.frame)
    rows: list[Downstream] = []
    for each in planner.entries_from(first):
        if each.loop > 1 or (each.loop == 1 and each.index >= position.index) or len(rows) >= MOST_DOWNSTREAM:
            break
        begun = each.index == first.index and each.loop == 0 and before is None
        if left >= seen and not begun:
            at, entry = begins + float(rate.seconds(left)), each.entry
            rows.append(Downstream(entry.id, entry.title or entry.file.stem, round(at, 3), round(at - now, 3)))
        left += each.frames
    return tuple(rows)
