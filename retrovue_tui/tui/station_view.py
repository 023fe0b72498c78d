"""The state that the control room draws: the last snapshot of each station, and the state of the connection."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, StationSnapshot

Link = Literal["connecting", "connected", "lost"]


@dataclass(frozen=True)
class StationView:
    """All data that the rooms draw, except events. `since`: the time of the station's last answer, or of the control
    room's start if the station has not answered yet (Unix time of this machine, s). `key`: the station's key in a list
    of several stations; empty if there is only one."""

    url: str
    link: Link = "connecting"
    snapshot: StationSnapshot | None = None
    since: float = 0.0
    reason: str = ""
    tries: int = 0
    retry_s: float = 0.0
    key: str = ""

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

    @property
    def name(self) -> str:
        """The station's name; its host and port if the station has not answered yet."""
        return (self.snapshot and self.snapshot.name) or self.url.partition("://")[2]

    def signed(self, name: str) -> StationView:
        """Return the same state with the station's name after the name of each channel; unchanged if `name` is
        empty."""
        if not name or self.snapshot is None:
            return self
        channels = tuple(dataclasses.replace(each, name=f"{each.name} · {name}") for each in self.snapshot.channels)
        return dataclasses.replace(self, snapshot=dataclasses.replace(self.snapshot, channels=channels))

    @property
    def listed(self) -> StationView:
        """The same state for a list of several stations: the ids of the channels begin with the station's key, because
        two stations may use the same ids."""
        if not self.key or self.snapshot is None:
            return self
        channels = tuple(dataclasses.replace(each, id=listed_id(self.key, each.id)) for each in self.snapshot.channels)
        return dataclasses.replace(self, snapshot=dataclasses.replace(self.snapshot, channels=channels))


def listed_id(key: str, channel_id: str) -> str:
    """Return the id of a channel in the list of the stations. `key`: its station's key."""
    return f"{key}/{channel_id}" if key else channel_id


@dataclass(frozen=True)
class StationsView:
    """The states of all stations of the control room (at least one), in the operator's order, with `listed` ids."""

    stations: tuple[StationView, ...]

    @property
    def several(self) -> bool:
        """Whether there is more than one station. The screen then shows the name of each channel's station."""
        return len(self.stations) > 1

    @property
    def channels(self) -> tuple[ChannelSnapshot, ...]:
        """The channels of all stations, station by station."""
        return tuple(channel for station in self.stations for channel in station.channels)

    def of(self, channel_id: str | None) -> StationView:
        """Return the station of a channel; the first station if no station has it."""
        return next((each for each in self.stations if each.channel(channel_id)), self.stations[0])

    def name_of(self, station: StationView) -> str:
        """Return a station's name, with its address if another station has the same name; empty if there is only one
        station."""
        if not self.several:
            return ""
        same = sum(each.name == station.name for each in self.stations) > 1
        return f"{station.name} ({station.url.partition('://')[2]})" if same and station.snapshot else station.name

    @property
    def total(self) -> StationView:
        """All stations as one: the channels together. It counts as lost if every station is lost."""
        known = [each for each in self.stations if each.snapshot is not None]
        first = next((each for each in known if not each.stale), known[0] if known else self.stations[0])
        if first.snapshot is None or not self.several:
            return first
        return dataclasses.replace(first, snapshot=dataclasses.replace(first.snapshot, channels=self.channels))
