"""Receipts: the answers to commands. A receipt says what changes and when viewers see it."""

from __future__ import annotations

import time
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.playout.automation.edits.edit_lock import LOCK_S
from retrovue_tui.playout.automation.rundown_view import view_after
from retrovue_tui.protocol.answers.receipts import Downstream, Receipt
from retrovue_tui.rundown.plan_diff import Plan, until
from retrovue_tui.threads import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from retrovue_tui.playout.automation.air_change import AirChange
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.protocol.answers.rundown import RundownSnapshot
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.rundown.positions import Stretch

MOST_DOWNSTREAM: Final = 200
"""The maximum number of later entries that the receipt of a dry run lists."""
UNSEEN: Final = "viewers see no difference"


def accepted(
    channel: Channel,
    revision: int,
    airs_at: float | None,
    changes: tuple[str, ...],
    warnings: tuple[str, ...] = (),
    downstream: tuple[Downstream, ...] = (),
    rundown: RundownSnapshot | None = None,
    edits: tuple[dict[str, Any], ...] = (),
) -> Receipt:
    """Return the receipt of an accepted command. `airs_at` is the Unix time at which viewers see the change; None if
    they see no difference, or if the channel is off the air. The receipt also states the time in seconds from now, that
    is, after the rundown was written to the disk. The number is negative if the change has already aired."""
    now = time.time()
    return Receipt(
        accepted=True, generation=channel.generation, revision=revision,
        on_air_at=None if airs_at is None else round(airs_at, 3),
        on_air_in_s=None if airs_at is None else round(airs_at - now, 3),
        changes=changes, locked_until=round(now + LOCK_S, 3),
        warnings=warnings, downstream=downstream, rundown=rundown, edits=edits,
    )  # fmt: skip


def refused(channel: Channel, revision: int, reason: str) -> Receipt:
    """Return the receipt of a refused command, with the reason."""
    return Receipt(
        accepted=False, generation=channel.generation, revision=revision, reason=reason,
        locked_until=round(time.time() + LOCK_S, 3),
    )  # fmt: skip


def seen_in(channel: Channel, change: AirChange) -> Callable[[], int | None]:
    """Return a function that computes how many frames from now viewers first see a difference; None if they never do.
    Call `seen_in` before the air change is applied, and the returned function in a worker thread."""
    planner, finishing = channel.planner.with_entries(channel.planner.entries), channel.decks.finishing
    ending = () if finishing is None else (finishing,)
    at = channel.position
    kept = change.left(channel)
    if change.keep is None:
        before: tuple[Stretch, ...] = () if change.back else ending
    else:
        before = until(chain(ending, planner.entries_from(at)), kept or 0)
    goes_on = None if change.position.loop != at.loop else channel.decks.airing
    return partial(planner.same_for, ending, at, Plan(change.rundown.entries, change.position, before), goes_on)


async def forecast(channel: Channel, revision: int, change: AirChange, *, whole: bool = False) -> Receipt:
    """Return the receipt of a dry run: the changes, and the time at which each later entry would begin. With `whole`,
    the receipt also contains the whole rundown after the change."""
    seen, begins = seen_in(channel, change), channel.next_due_at()
    look = view_after(channel, revision, change) if whole else None
    frames = await COMMANDS.run(seen)
    rundown = None if look is None else await COMMANDS.run(look)
    lines = await COMMANDS.run(splits_of(channel, change))
    edits = await COMMANDS.run(lambda: tuple(edit.to_json() for edit in change.edits))
    if warnings := off_air(channel):
        warnings = (*change.warnings, *warnings)
        return accepted(channel, revision, None, change.changes, warnings, rundown=rundown, edits=edits)
    rows = await COMMANDS.run(_downstream, channel, change, begins, frames or 0)
    airs_at, changes = airs(channel, begins, frames, (*change.changes, *lines))
    return accepted(channel, revision, airs_at, changes, change.warnings, rows, rundown, edits)


def airs(
    channel: Channel, begins: float, frames: int | None, changes: tuple[str, ...]
) -> tuple[float | None, tuple[str, ...]]:
    """Return the Unix time at which viewers first see an air change, and the lines that describe the change. `begins`
    is the Unix time of the next frame, and `frames` the number of frames from there to the first difference. If viewers
    see no difference, return None and add a line that says so."""
    if frames is None:
        return None, (*changes, UNSEEN)
    return begins + float(channel.house.rate.seconds(frames)), changes


def splits_of(channel: Channel, change: AirChange) -> Callable[[], tuple[str, ...]]:
    """Return a function that returns a line for each new spot that splits the viewers. Call `splits_of` before the air
    change is applied, and the returned function in a worker thread."""
    return partial(_split_lines, channel.planner.entries, change.rundown.entries, channel.versions.text)


def _split_lines(before: Sequence[Entry], after: Sequence[Entry], text_of: Callable[[Path], str]) -> tuple[str, ...]:
    known = {entry.id for entry in before}
    new = (each.file for each in after if each.kind == "spot" and not each.in_frame and each.id not in known)
    found = [(file, text) for file in dict.fromkeys(new) if (text := text_of(file))]
    return tuple(f"{file.name} splits the viewers: {text}" for file, text in found)


def off_air(channel: Channel) -> tuple[str, ...]:
    """Return a warning for the receipt if the channel is stopped, otherwise nothing. While it is stopped, no edit has
    an air time."""
    return (f"{channel.name} is stopped: this airs when it is started",) if channel.state == "stopped" else ()


def _downstream(channel: Channel, change: AirChange, begins: float, seen: int) -> tuple[Downstream, ...]:
    """Return the time at which each entry after the change would begin, for one pass through the rundown. `begins` is
    the Unix time at which the next frame airs."""
    planner = channel.planner.with_entries(change.rundown.entries)
    rate, now, position = channel.house.rate, time.time(), change.position
    before = change.left(channel)
    left = before or 0
    rows: list[Downstream] = []
    for each in planner.entries_from(position):
        again = each.loop - position.loop
        if again > 1 or (again == 1 and each.index >= position.index) or len(rows) >= MOST_DOWNSTREAM:
            break
        begun = each.index == position.index and not again and before is None
        if left >= seen and not begun:
            at, entry = begins + float(rate.seconds(left)), each.entry
            rows.append(Downstream(entry.id, planner.title(entry), round(at, 3), round(at - now, 3)))
        left += each.frames
    return tuple(rows)
