"""Interfaces of the parts of the station that the server uses. Tests serve a stand-in without playout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from retrovue_tui.break_candidate import ReviewDecision
    from retrovue_tui.guide.guide_snapshot import XmltvDocument, XmltvRequest
    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.playout.output.bus import Skips, Tap, Viewer
    from retrovue_tui.playout.station_figures import StationFigures
    from retrovue_tui.playout.station_warnings import StationWarnings
    from retrovue_tui.protocol.answers.alerts import AlertsSnapshot
    from retrovue_tui.protocol.answers.asrun import AsRunEntry, AsRunFilter
    from retrovue_tui.protocol.answers.audience import AudienceFilter, AudienceReport, Dimension, ProofOfPlay
    from retrovue_tui.protocol.answers.catchup import PastRequest
    from retrovue_tui.protocol.answers.guide import ChannelGuide
    from retrovue_tui.protocol.answers.library import LibrarySnapshot
    from retrovue_tui.protocol.answers.pictures import AssetBreaks, AssetFacts, Picture
    from retrovue_tui.protocol.answers.plan import BlockEdit, BlockReceipt, PlanSnapshot
    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, State, StationSnapshot
    from retrovue_tui.protocol.controller import Controller
    from retrovue_tui.station_identity import StationIdentity


class Bus(Protocol):
    """A channel's output. To miss no chunk, call `attach` directly after `join`, without an await between the two
    calls."""

    def join(self, burst: bool = True, viewer: Viewer | None = None) -> Sequence[bytes]:
        """Return the first chunks for a new viewer: PAT, PMT, then the recent pictures from a key frame on. Viewers
        that join at about the same time share these chunks. `viewer`: for whom, if it may belong to a group."""

    def attach(self, viewer: Viewer) -> None:
        """Send the viewer every later chunk."""

    def detach(self, viewer: Viewer) -> None:
        """Stop sending to the viewer. No effect if it is not attached."""

    @property
    def bytes_per_s(self) -> float:
        """The present rate of the stream (bytes/s); 0 before anything has aired."""

    def skips(self, viewer: Viewer) -> Skips:
        """Return the losses of a viewer that was too slow."""


class QualityBus(Bus, Protocol):
    """The output of one quality of a channel. All qualities have the same pictures with the same numbers and times."""

    @property
    def newest_frame(self) -> int:
        """The number of the newest picture."""

    def tap(self, tap: Tap) -> None:
        """Pass every picture to this function from now on."""

    def untap(self, tap: Tap) -> None:
        """Stop passing pictures to this function."""

    def has(self, viewer: Viewer) -> bool:
        """Return whether the viewer is attached here."""

    def hand_over(self, viewer: Viewer, to: Any, moves: Callable[[], None]) -> None:
        """Move a viewer to another quality, beginning with the newest picture, which is a key frame. `moves` is called
        between the last picture from here and the first one from there."""


class Renditions(Protocol):
    """The qualities of the channels."""

    def qualities(self, channel_id: str) -> tuple[str, ...]:
        """Return the names of a channel's qualities, the best first. The first one is the channel itself."""

    def kbps(self, quality: str) -> int:
        """Return the bit rate of a quality (kbit/s)."""

    def bus(self, channel_id: str, quality: str) -> QualityBus:
        """Return the output of a quality of a channel, and put it on air if it is not."""


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
    def logo(self) -> Path | None:
        """The file of the channel's logo; None if it has none of its own."""

    @property
    def colour(self) -> str | None:
        """The channel's own colour, `#rrggbb`; None if it has none."""

    @property
    def catchup_days(self) -> int:
        """How many days back viewers can watch what aired, rounded up; 0 if they cannot."""

    @property
    def bus(self) -> Bus: ...

    @property
    def state(self) -> State: ...

    @property
    def controller(self) -> Controller | None:
        """The channel's controller; None until the channel is ready for commands."""


class Audience(Protocol):
    """The counts of the channels' viewers."""

    async def report(self, wanted: AudienceFilter, by: Dimension, rows: int, *, hours: bool = False) -> AudienceReport:
        """Return the figures by one dimension, at most `rows` rows; with `hours`, also the hours of each row. Raises
        `OSError` if the log cannot be read."""

    async def proof(self, station: str, wanted: AudienceFilter) -> ProofOfPlay:
        """Return every selected airing. Raises `OSError` if the log cannot be read."""

    def hls_viewer(
        self, channel_id: str, key: str, behind_s: float, ago_s: Callable[[], float], whole_to: float
    ) -> AbstractContextManager[None]:
        """Count a viewer of HLS for as long as the context lasts. `key`: the key that decides the viewer's group.
        `behind_s`: by how many seconds players start behind the live stream. `ago_s`: returns the seconds since the
        newest picture that this viewer was sent was on air. `whole_to`: see `Hls.began_at`."""


class AsRunLog(Protocol):
    """The log of the entries that aired."""

    @property
    def audience(self) -> Audience: ...

    async def entries(self, wanted: AsRunFilter | None = None) -> Sequence[AsRunEntry]:
        """Return the selected entries, in the order in which they aired. Raises `OSError` if the log cannot be read."""


class Inventory(Protocol):
    """The station's media files."""

    async def snapshot(self) -> LibrarySnapshot:
        """Return the list of all media files."""

    def prepare(self, file: str) -> bool:
        """Request that a file is prepared soon. Return False if it is prepared already. Raises `MediaError` with the
        reason if the file cannot be prepared."""


class Previews(Protocol):
    """Pictures of channels and of the station's files. `preview`, `facts` and `review` return None for a file that is
    not in the station's library."""

    async def picture(self, channel_id: str, width: int, height: int) -> Picture | None:
        """Return the newest picture of a channel, scaled to fit `width` x `height`; None until there is one."""

    async def preview(self, file: str, frame: int, width: int, height: int) -> Picture | None:
        """Return frame `frame` (0-based) of a file, scaled to fit `width` x `height`. Raises `MediaError` if it cannot
        be decoded."""

    async def facts(self, file: str) -> AssetFacts | None:
        """Return a file's break candidates and audio envelope. Raises `MediaError` if they cannot be read."""

    async def review(
        self, file: str, frame: int, decision: ReviewDecision, to: int | None = None
    ) -> AssetBreaks | None:
        """Store the operator's decision about the break candidate at a frame of a file, and return the file's
        candidates. `to` is the frame to which `move` moves it. Raises `RetrovueError` if that is not possible."""


class Plans(Protocol):
    """The plans of the station's channels. All methods raise `StationError` if the channel is not ready."""

    async def plan(self, channel_id: str, days: int) -> PlanSnapshot:
        """Return what a channel airs today and in the following days, `days` in all."""

    async def change(self, channel_id: str, edit: BlockEdit) -> BlockReceipt:
        """Change a channel's blocks in the configuration file, or report what that would do."""

    async def undo(self, channel_id: str, revision: str) -> BlockReceipt:
        """Bring back the configuration file before the last change, if it still has that `revision`."""


class PastStream(Protocol):
    """One viewer's stream of what a channel aired in the past."""

    @property
    def behind_s(self) -> float:
        """How long ago the newest part of the stream aired (s)."""

    async def next(self) -> bytes | None:
        """Return the next part of the stream when it is due; None at its end. Raises `OSError` if the as-run log cannot
        be read."""

    def close(self) -> None:
        """End the stream. The caller of `CatchupService.open` calls this once."""


class CatchupService(Protocol):
    """Makes streams of the past. Both methods raise `CatchupError` if the channel's catch-up does not reach it."""

    def check(self, channel_id: str, request: PastRequest) -> PastRequest:
        """Return the request with the times to use."""

    async def open(self, channel_id: str, request: PastRequest, turn: Callable[[], Awaitable[None]]) -> PastStream:
        """Return a stream of what the channel aired. `turn` waits until the event loop has time for a millisecond of
        work."""


class GuidePicture(Protocol):
    """The picture of a programme. `mime`: its type."""

    @property
    def data(self) -> bytes: ...

    @property
    def mime(self) -> str: ...


class Guide(Protocol):
    """The programme guide."""

    async def channel(self, channel_id: str, days: int) -> ChannelGuide:
        """Return the guide of a channel. Raises `StationError` if there is none yet."""

    async def xmltv(self, wanted: XmltvRequest) -> XmltvDocument:
        """Return an XMLTV document. Raises `StationError` if there is no guide yet."""

    async def picture(self, key: str) -> GuidePicture | None:
        """Return a picture that the guide names; None for any other key."""


class HlsPlaylist(Protocol):
    """A playlist as it is sent. `tag`: for the ETag, without quotes. `modified_at`: Unix time (whole seconds)."""

    @property
    def body(self) -> bytes: ...

    @property
    def gzipped(self) -> bytes: ...

    @property
    def tag(self) -> str: ...

    @property
    def modified_at(self) -> int: ...

    @property
    def is_private(self) -> bool:
        """Whether another viewer may get another playlist."""


class Hls(Protocol):
    """The channels as segments and playlists. `query` is what follows the addresses in a playlist, like `?token=…`."""

    @property
    def enabled(self) -> bool:
        """Whether HLS is on."""

    @property
    def target_s(self) -> int:
        """The target duration of the segments (s)."""

    async def multivariant(self, channel_id: str, query: str) -> HlsPlaylist:
        """Return the multivariant playlist of a channel. Raises `StationError` if HLS is off, or has no segments."""

    async def media(self, channel_id: str, query: str, viewer: str = "") -> HlsPlaylist:
        """Return the media playlist of a channel for a viewer with this key (see `viewer_key`). Raises `StationError`
        if HLS is off, or has no segments."""

    def segment(self, channel_id: str, name: str) -> Path | None:
        """Return the file of a segment; None if no segment can have this name. The file may be gone."""

    def behind_s(self, channel_id: str, name: str) -> float:
        """Return how long before the newest picture a segment ends (s)."""

    def began_at(self, channel_id: str) -> float:
        """Return since when the present segments of a channel are made (monotonic time, s). In a split that began
        before, they have the spot itself for all groups."""


class Alerts(Protocol):
    """The station's alerts."""

    def snapshot(self) -> AlertsSnapshot:
        """Return all alerts and their receivers."""


class Station(Protocol):
    """The station that the server serves."""

    @property
    def identity(self) -> StationIdentity: ...

    @property
    def channels(self) -> Mapping[str, Channel]: ...

    @property
    def events(self) -> EventLog: ...

    @property
    def warnings(self) -> StationWarnings: ...

    @property
    def asrun(self) -> AsRunLog | None:
        """The log of the entries that aired; None if the station keeps no log."""

    @property
    def inventory(self) -> Inventory | None:
        """The station's media files; None while the station is starting."""

    @property
    def previews(self) -> Previews | None:
        """The pictures of channels and files; None while the station is starting."""

    @property
    def catchup(self) -> CatchupService | None:
        """The past of the channels; None while the station is starting."""

    @property
    def plans(self) -> Plans | None:
        """The plans of the channels; None if the station has none."""

    @property
    def guide(self) -> Guide | None:
        """The programme guide; None if the station has none."""

    @property
    def hls(self) -> Hls | None:
        """The channels as segments and playlists; None if the station has none."""

    @property
    def renditions(self) -> Renditions | None:
        """The qualities of the channels; None if each has one only."""

    @property
    def alerts(self) -> Alerts | None:
        """The alerts; None if the station has none."""

    @property
    def loop_lag_s(self) -> float:
        """How late the station's event loop ran its tasks (s): the worst case of the last ten to twenty seconds."""

    def figures(self) -> StationFigures:
        """Return the figures of the station's parts, for the metrics."""

    def snapshot(self, channels: Sequence[ChannelSnapshot]) -> StationSnapshot:
        """Return the station's current snapshot, with these snapshots of its channels."""

    def channel_snapshot(self, channel_id: str) -> ChannelSnapshot: ...

    def request_stop(self) -> None: ...
