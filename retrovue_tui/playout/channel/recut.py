"""Computes which part of a channel's queued decks stays when its rundown or its media files change. It changes
nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retrovue_tui.rundown.plan_diff import CommonPrefix, agree
from retrovue_tui.rundown.positions import GONE, Position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.playout.decks.deck_queue import DeckQueue
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.rundown.entries import Entry


@dataclass(frozen=True)
class Recut:
    """A change of the deck queue. `agreement` is the part of the queue that still airs, and `goes_on_at` the position
    in the rundown that follows it."""

    agreement: CommonPrefix
    goes_on_at: Position


def would_change(decks: DeckQueue, planner: Planner, entries: Sequence[Entry], position: Position) -> CommonPrefix:
    """Compare the queued frames with another rundown, and return their common prefix: the frames that would still air
    unchanged. `position` is the place of the picture on air in that other rundown."""
    other, airing = planner.with_entries(entries), decks.airing
    return decks.agree(lambda: other.going_on(position, airing))


def for_edit(agreement: CommonPrefix, entries: Sequence[Entry], position: Position) -> Recut:
    """Return the change of the queue for an edited rundown. `agreement` is the result of `would_change`."""
    ended = Position(position.loop, len(entries), 0)
    return Recut(agreement, agreement.goes_on_at or (ended if agreement.frames else position))


def for_removal(decks: DeckQueue, keep: int, position: Position) -> Recut:
    """Return the change of the queue for a rundown from which the entry on air was removed. `keep` more frames of that
    entry still air."""
    airing = decks.committed()[: 1 if keep else 0]
    names = {(each.loop, each.index): (replace(each.position, index=GONE), each.entry) for each in airing}
    return Recut(CommonPrefix(min(keep, decks.frames_left), names, position), position)


def for_files(decks: DeckQueue, planner: Planner) -> Recut | None:
    """Return the change of the queue after files have appeared or disappeared. The entry on air stays. None if the
    queue stays as it is."""
    committed = decks.committed()
    if not committed or decks.troubled:
        return None
    airing = committed[0]
    rest = [each for each in committed if (each.loop, each.index) != (airing.loop, airing.index)]
    frames = sum(each.frames for each in rest)
    following = decks.ahead if airing.index == GONE else replace(airing.position, index=airing.index + 1, frame=0)
    found = agree(rest, planner.stretches(following))
    if found.frames >= frames:
        return None
    left = sum(each.frames for each in committed) - frames
    return Recut(replace(found, frames=left + found.frames), found.goes_on_at or following)
