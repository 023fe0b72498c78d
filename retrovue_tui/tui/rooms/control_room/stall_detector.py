"""Whether what is said to be on air moves: a figure that stands still is no news, however often it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.protocol.pictures import ALARM_S
from retrovue_tui.tui.text import formats, glyphs

if TYPE_CHECKING:
    from retrovue_tui.protocol.snapshots import ChannelSnapshot, StationSnapshot

DEAD_S: Final = 3.0
"""FFmpeg reports twice a second; this long without a new frame is no hiccup."""
LATE_S: Final = 5.0
"""This long without any FFmpeg, though there is something to play, is no start that takes its time."""
ENOUGH_S: Final = 20.0
"""A channel that has so much prepared has no reason to stay on the slate."""


class StallDetector:
    """Since when the FFmpeg of each channel has not moved, by the station's own clock."""

    def __init__(self) -> None:
        self._moved: dict[str, tuple[tuple[int, int] | None, float]] = {}
        self._now = 0.0

    def feel(self, snapshot: StationSnapshot) -> None:
        """Take in a snapshot."""
        before, self._now = self._moved, snapshot.at
        self._moved = {}
        for channel in snapshot.channels:
            figures = (channel.deck.pid, channel.deck.frame) if channel.deck else None
            known = before.get(channel.id)
            still = known is not None and known[0] == figures and _should_move(channel)
            self._moved[channel.id] = known if known and still else (figures, snapshot.at)

    def dead_for(self, channel_id: str) -> float:
        """How long a channel that ought to move has not; 0 while that is no reason to worry."""
        known = self._moved.get(channel_id)
        still = self._now - known[1] if known else 0.0
        return still if known and still >= (LATE_S if known[0] is None else DEAD_S) else 0.0


def _should_move(channel: ChannelSnapshot) -> bool:
    """Whether an FFmpeg ought to play: on air always, on the slate where enough is prepared to leave it."""
    return channel.state == "on_air" or (channel.state == "slate" and channel.prepare.ready_s >= ENOUGH_S)


def faults(channel: ChannelSnapshot, now: float) -> tuple[tuple[str, float], ...]:
    """What is wrong with sound and picture for so long that it is an alarm, each with its Unix time of beginning."""
    seen = channel.monitor
    if seen is None:
        return ()
    both = (("SILENT", seen.silent_since), ("BLACK", seen.black_since))
    return tuple((word, since) for word, since in both if since is not None and now - since >= ALARM_S)


def alarm(channel: ChannelSnapshot, now: float, dead_s: float) -> str:
    """What is wrong with a channel, in the fewest words; empty where nothing is. `dead_s`: for how long it has not
    moved, 0 where it has."""
    if dead_s:
        return f"{glyphs.MISSING} DEAD {formats.short(dead_s)}"
    wrong = " ".join(word for word, _ in faults(channel, now))
    return f"{glyphs.ALARM} {wrong}" if wrong else ""
