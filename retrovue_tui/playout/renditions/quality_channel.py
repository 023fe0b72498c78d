"""A lower quality of a channel in the form of a channel, for HLS: the same entries at the same times, from its own
bus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.playout.channel.other_versions import OtherVersions

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.channel.other_versions import VersionTap
    from retrovue_tui.playout.output.bus import Bus, Tap
    from retrovue_tui.rundown.positions import Position


class OnDemandBus:
    """The bus of a quality, which is put on air as soon as somebody wants its pictures."""

    def __init__(self, on_air: Callable[[], Bus], present: Callable[[], Bus | None]) -> None:
        """`on_air` puts the quality on air, and returns its bus; `present` returns the bus if it is on air already."""
        self._on_air, self._present = on_air, present

    def newest(self, first: int) -> list[tuple[int, bool, bytes]]:
        """Return the newest pictures; see `Bus.newest`."""
        return self._on_air().newest(first)

    def tap(self, tap: Tap) -> None:
        """Pass every picture to this function from now on."""
        self._on_air().tap(tap)

    def untap(self, tap: Tap) -> None:
        """Stop passing pictures to this function."""
        bus = self._present()
        if bus is not None:
            bus.untap(tap)


class QualityChannel:
    """The parts of a channel that HLS needs. `id`: the channel's id, a dot, and the name of the quality. A channel's
    own id has no dot."""

    def __init__(
        self, channel: Channel, house: HouseFormat, bus: OnDemandBus, taps: list[VersionTap] | None = None
    ) -> None:
        self.of, self.house, self.bus = channel, house, bus
        self.id = quality_id(channel.id, house.profile)
        self.planner, self.splicer, self.listeners = channel.planner, channel.splicer, channel.listeners
        self.splice_listeners, self.air_time = channel.splice_listeners, channel.air_time
        self.versions = OtherVersions([] if taps is None else taps, channel.versions.groups)

    @property
    def name(self) -> str:
        """The channel's name, and that of the quality."""
        return f"{self.of.config.name} {self.house.profile}"

    @property
    def airing(self) -> Position | None:
        """The position of the entry on air; None while only the slate is on air."""
        return self.of.airing


def quality_id(channel_id: str, quality: str) -> str:
    """Return the id of a quality of a channel in addresses of HLS."""
    return f"{channel_id}.{quality}"
