"""The interfaces through which the server sees the station, so that it can be tested without playout."""

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
    """A channel's output. Call `attach` directly after `join`, without an await between the two, so that nothing is
    missed."""

    def join(self, burst: bool = True) -> Sequence[bytes]:
        """Return the first chunks for a new viewer: PAT, PMT, and the ring from a key frame up to the newest picture.
        Viewers that join at about the same time share the chunks."""

    def attach(self, viewer: Viewer) -> None:
        """Send the viewer every chunk from now on."""

    def detach(self, viewer: Viewer) -> None:
        """Stop sending to the viewer. No effect if it is not attached."""


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
    def controller(self) -> Controller | None:
        """Return the channel's controller; None while the channel is not ready for commands."""

    def snapshot(self) -> ChannelSnapshot: ...


class AsRunLog(Protocol):
    """The log of what aired."""

    async def entries(self, wanted: AsRunFilter | None = None) -> Sequence[AsRunEntry]:
        """Return the selected rows, in the order in which they aired. Raises `OSError` if the log cannot be read."""


class Inventory(Protocol):
    """The station's media files."""

    async def snapshot(self) -> LibrarySnapshot:
        """Return every media file."""

    def prepare(self, file: str) -> bool:
        """Request that a file is prepared soon. Return False if it is prepared already. Raises `MediaError`, with the
        reason, if it cannot be prepared."""


class Previews(Protocol):
    """Pictures of channels and of the station's files. The methods return None for a file that is not one of the
    station's."""

    async def picture(self, channel_id: str, width: int, height: int) -> Picture | None:
        """Return the newest picture of a channel, at most `width` x `height`; None while there is none."""

    async def preview(self, file: str, frame: int, width: int, height: int) -> Picture | None:
        """Return a frame of a file, at most `width` x `height`. Raises `MediaError` if it cannot be decoded."""

    async def facts(self, file: str) -> AssetFacts | None:
        """Return the cues and the sound level of a file. Raises `MediaError` if they cannot be read."""


class Station(Protocol):
    """The station that the server serves."""

    @property
    def channels(self) -> Mapping[str, Channel]: ...

    @property
    def events(self) -> EventLog: ...

    @property
    def asrun(self) -> AsRunLog | None:
        """The log of what aired; None while the station keeps no log."""

    @property
    def inventory(self) -> Inventory | None:
        """The station's media files; None while the station is starting."""

    @property
    def previews(self) -> Previews | None:
        """The pictures of channels and files; None while the station is starting."""

    @property
    def loop_lag_s(self) -> float:
        """Return how late the station's event loop ran its tasks, in seconds: the worst of the last ten to twenty
        seconds."""

    def snapshot(self) -> StationSnapshot: ...

    def request_stop(self) -> None: ...
