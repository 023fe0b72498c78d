"""What the server needs of the station: no more than this, so that it can be served, and tested, without playout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retrovue_tui.control.events import EventLog
    from retrovue_tui.control.snapshots import ChannelSnapshot, StationSnapshot
    from retrovue_tui.playout.bus import Viewer


class Bus(Protocol):
    """A channel's output. `join` and then `attach`, without an await between them, leave no gap."""

    def join(self, burst: bool = True) -> bytes:
        """What a new viewer gets at once: PAT, PMT, and the ring from a key frame to the live edge."""

    def attach(self, viewer: Viewer) -> None:
        """From now on the viewer gets every chunk."""

    def detach(self, viewer: Viewer) -> None:
        """The viewer has gone; one that is not attached (any more) is passed over."""


class Channel(Protocol):
    """One channel of the station."""

    @property
    def id(self) -> str: ...

    @property
    def number(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def group(self) -> str | None: ...

    @property
    def bus(self) -> Bus: ...

    def snapshot(self) -> ChannelSnapshot: ...


class Station(Protocol):
    """The station behind the server."""

    @property
    def channels(self) -> Mapping[str, Channel]: ...

    @property
    def events(self) -> EventLog: ...

    def snapshot(self) -> StationSnapshot: ...

    def request_stop(self) -> None: ...
