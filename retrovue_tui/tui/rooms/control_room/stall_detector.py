"""Detects stalled channels: those whose FFmpeg frame counter no longer advances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.protocol.answers.pictures import ALARM_S
from retrovue_tui.tui.text import formats, glyphs

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, StationSnapshot

DEAD_S: Final = 3.0
"""FFmpeg reports its frame number twice a second. If the number stays the same for this time (s), that is a fault."""
LATE_S: Final = 5.0
"""If a channel that should play has no FFmpeg for this time (s), that is a fault."""
ENOUGH_S: Final = 20.0
"""A channel with at least this much prepared media (s) should not be on the slate."""


class StallDetector:
    """Stores the time (by the station's clock) at which the FFmpeg of each channel last advanced."""

    def __init__(self) -> None:
        self._moved: dict[str, dict[str, tuple[tuple[int, int] | None, float]]] = {}
        self._now: dict[str, float] = {}

    def observe(self, snapshot: StationSnapshot, station: str = "") -> None:
        """Compare a station's snapshot with the one before it, and note which channels advanced. `station`: the
        station's key, because each station has a clock of its own."""
        before, self._now[station] = self._moved.get(station, {}), snapshot.at
        moved = self._moved[station] = {}
        for channel in snapshot.channels:
            figures = (channel.deck.pid, channel.deck.frame) if channel.deck else None
            known = before.get(channel.id)
            still = known is not None and known[0] == figures and _should_move(channel)
            moved[channel.id] = known if known and still else (figures, snapshot.at)

    def dead_for(self, channel_id: str) -> float:
        """Return how long a channel has been stalled (s); 0 if it has not, or not long enough to be a fault."""
        for station, moved in self._moved.items():
            if known := moved.get(channel_id):
                still = self._now[station] - known[1]
                return still if still >= (LATE_S if known[0] is None else DEAD_S) else 0.0
        return 0.0


def _should_move(channel: ChannelSnapshot) -> bool:
    """Return whether an FFmpeg should be playing for the channel: it is on air, or on the slate although enough media
    is prepared."""
    return channel.state == "on_air" or (channel.state == "slate" and channel.prepare.ready_s >= ENOUGH_S)


def faults(channel: ChannelSnapshot, now: float) -> tuple[tuple[str, float], ...]:
    """Return the alarms for silence and black as (word, Unix time at which it began)."""
    seen = channel.monitor
    if seen is None:
        return ()
    both = (("SILENT", seen.silent_since), ("BLACK", seen.black_since))
    return tuple((word, since) for word, since in both if since is not None and now - since >= ALARM_S)


def alarm(channel: ChannelSnapshot, now: float, dead_s: float) -> str:
    """Return the alarm of a channel in one or two words; empty if there is none. `dead_s`: how long the channel has
    been stalled (s); 0: not stalled."""
    if dead_s:
        return f"{glyphs.MISSING} DEAD {formats.short(dead_s)}"
    wrong = " ".join(word for word, _ in faults(channel, now))
    return f"{glyphs.ALARM} {wrong}" if wrong else ""
