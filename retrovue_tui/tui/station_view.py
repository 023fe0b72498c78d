"""The state that the control room draws: the last snapshot of the station, and the state of the connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, StationSnapshot

Link = Literal["connecting", "connected", "lost"]


@dataclass(frozen=True)
class StationView:
    """All data that the rooms draw, except events. `since`: the time of the station's last answer, or of the control
    room's start if the station has not answered yet (Unix time of this machine, s)."""

    url: str
    link: Link = "connecting"
    snapshot: StationSnapshot | None = None
    since: float = 0.0
    reason: str = ""
    tries: int = 0
    retry_s: float = 0.0

    @property
    def stale(self) -> bool:
        """Whether the figures are out of date because the station does not answer."""
        return self.link != "connected"

    @property
    def channels(self) -> tuple[ChannelSnapshot, ...]:
        """The channels of the last snapshot, sorted by number."""
        if self.snapshot is None:
            return ()
        return tuple(sorted(self.snapshot.channels, key=lambda channel: channel.number))

    @property
    def viewers(self) -> int:
        """The number of viewers of all channels together, in the last snapshot."""
        return sum(channel.viewers for channel in self.channels)

    @property
    def airing(self) -> int:
        """The number of channels that send a stream; a slate counts."""
        return sum(channel.state != "stopped" for channel in self.channels)

    def channel(self, channel_id: str | None) -> ChannelSnapshot | None:
        """Return a channel of the last snapshot by its id; None if there is none."""
        return next((channel for channel in self.channels if channel.id == channel_id), None)
