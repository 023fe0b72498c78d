"""The control room's knowledge at one moment: the last snapshot, and whether the station still answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from retrovue_tui.protocol.snapshots import ChannelSnapshot, StationSnapshot

Link = Literal["connecting", "connected", "lost"]


@dataclass(frozen=True)
class StationView:
    """Everything that is drawn, apart from the events. `since` is Unix time (s): while `link` is `lost`, the time of
    the last answer, or of the control room's start if there never was one."""

    url: str
    link: Link = "connecting"
    snapshot: StationSnapshot | None = None
    since: float = 0.0
    reason: str = ""
    tries: int = 0
    retry_s: float = 0.0

    @property
    def stale(self) -> bool:
        """Whether the figures are old instead of live."""
        return self.link != "connected"

    @property
    def channels(self) -> tuple[ChannelSnapshot, ...]:
        """The channels of the last snapshot, in the order of their numbers."""
        if self.snapshot is None:
            return ()
        return tuple(sorted(self.snapshot.channels, key=lambda channel: channel.number))

    @property
    def viewers(self) -> int:
        """The viewers of all channels together, as last known."""
        return sum(channel.viewers for channel in self.channels)

    @property
    def airing(self) -> int:
        """How many channels send something, a slate included."""
        return sum(channel.state != "stopped" for channel in self.channels)

    def channel(self, channel_id: str | None) -> ChannelSnapshot | None:
        """Return one channel of the last snapshot."""
        return next((channel for channel in self.channels if channel.id == channel_id), None)
