"""The confidence monitor: the picture on air on the chosen channel, and its audio levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical

from retrovue_tui.tui.rooms.control_room.monitor.audio_meter import LevelLines
from retrovue_tui.tui.widgets.picture_poller import PicturePoller, PictureRequest
from retrovue_tui.tui.widgets.picture_view import PictureView
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from retrovue_tui.protocol.answers.pictures import Picture
    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
    from retrovue_tui.tui.station_link import ChannelLine


class MonitorPane(Vertical):
    """Fetches one picture a second while it is visible. If a request fails, its reason replaces the picture, because an
    old picture must not look live."""

    def __init__(self, line: ChannelLine) -> None:
        super().__init__(id="monitor")
        self._channel: ChannelSnapshot | None = None
        self._stale = ""
        self._view = PictureView(id="picture")
        self._levels = LevelLines(id="levels")
        self._poller = PicturePoller(line, self._take)

    @property
    def picture(self) -> Picture | None:
        """The picture on the monitor; None if there is none."""
        return self._view.picture

    def compose(self) -> ComposeResult:
        """Yield the picture, and the audio meter below it."""
        yield self._view
        yield self._levels

    def show(self, channel: ChannelSnapshot | None, now: float, *, stale: str, alarm: str = "") -> None:
        """Draw the chosen channel at `now`, the station's Unix time. `stale`: why the data is out of date; empty if it
        is current. `alarm`: a text to show over the picture."""
        another = channel is None or self._channel is None or channel.id != self._channel.id
        self._channel, self._stale = channel, stale
        self._levels.show(channel, now, stale=stale)
        off = "the channel is off" if channel is not None and channel.state == "stopped" else ""
        if another or stale or off:
            self._view.show(None, stale or off)
        self._view.warn("" if stale else alarm)

    def fetch_if_due(self) -> None:
        """Fetch a picture if one is due. The room calls this only while the monitor is visible."""
        channel = self._channel
        if channel is None or self._stale or channel.state == "stopped" or not self._view.size.height:
            return
        if self._poller.take([PictureRequest(channel.id, *self._view.pixels)]):
            start_worker(self, self._poller.answer, group="pictures")

    def _take(self, request: PictureRequest, picture: Picture | str) -> None:
        if self._channel is None or request.channel != self._channel.id or self._stale:
            return
        if isinstance(picture, str):
            self._view.show(None, picture)
        else:
            self._view.show(picture)
