"""What the server needs of the station: no more than this, so that it can be served, and tested, without playout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.playout.output.bus import Viewer
    from retrovue_tui.protocol.asrun import AsRunEntry, AsRunFilter
    from retrovue_tui.protocol.controller import Controller
    from retrovue_tui.protocol.library import LibrarySnapshot
    from retrovue_tui.protocol.pictures import AssetFacts, Picture
    from retrovue_tui.protocol.snapshots import ChannelSnapshot, State, StationSnapshot


class Bus(Protocol):
    """A channel's output. `join` and then `attach`, without an await between them, leave no gap."""

    def join(self, burst: bool = True) -> Sequence[bytes]:
        """What a new viewer gets at once: PAT, PMT, and the ring from a key frame to the live edge, in parts that are
        shared by all who join at about the same time."""

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

    @property
    def state(self) -> State: ...

    @property
    def desk(self) -> Controller | None:
        """Who takes commands; None while the channel is not ready for any."""

    def snapshot(self) -> ChannelSnapshot: ...


class AsRunLog(Protocol):
    """The log of what aired."""

    async def entries(self, wanted: AsRunFilter | None = None) -> Sequence[AsRunEntry]:
        """What aired, in its order; raises `OSError` when the log cannot be read."""


class Inventory(Protocol):
    """The media that the station has."""

    async def snapshot(self) -> LibrarySnapshot:
        """Every media file."""

    def prepare(self, file: str) -> bool:
        """Have a file prepared before its time; False where it is already. Raises `MediaError` that says why not."""


class Previews(Protocol):
    """What can be looked at: channels, and the station's files. None stands for a file that is not the station's."""

    async def picture(self, channel_id: str, width: int, height: int) -> Picture | None:
        """The newest picture of a channel at most so large; None while there is none."""

    async def preview(self, file: str, frame: int, width: int, height: int) -> Picture | None:
        """A frame of a file at most so large. Raises `MediaError` where that frame cannot be had."""

    async def facts(self, file: str) -> AssetFacts | None:
        """The inside of a file."""


class Station(Protocol):
    """The station behind the server."""

    @property
    def channels(self) -> Mapping[str, Channel]: ...

    @property
    def events(self) -> EventLog: ...

    @property
    def asrun(self) -> AsRunLog | None:
        """None while the station keeps no log."""

    @property
    def stock(self) -> Inventory | None:
        """None while the station is starting."""

    @property
    def pictures(self) -> Previews | None:
        """None while the station is starting."""

    @property
    def loop_lag_s(self) -> float:
        """How late the station's loop ran what was due: the worst of the last ten to twenty seconds."""

    def snapshot(self) -> StationSnapshot: ...

    def request_stop(self) -> None: ...
