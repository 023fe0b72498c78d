"""A channel's events: publishes each one, with a line of text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.rundown.edit_helpers import title_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.playout.decks.queued_deck import QueuedDeck
    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.playout.mpegts.analyser import StreamReport
    from retrovue_tui.playout.output.bus import Viewer
    from retrovue_tui.protocol.answers.snapshots import State
    from retrovue_tui.protocol.events import Level
    from retrovue_tui.rundown.airlist import AirItem
    from retrovue_tui.rundown.entries import Entry


class ChannelEvents:
    """The events of one channel. `frame` is always the number of a picture on the channel's bus."""

    def __init__(self, events: EventLog, channel_id: str, name: str, title: Callable[[Entry], str] = title_of) -> None:
        """`title` returns the title of an entry."""
        self._events = events
        self._title = title
        self._id = channel_id
        self._name = name

    def rename(self, name: str) -> None:
        """Use a new name for the channel from now on."""
        self._name = name

    def state(self, state: State) -> None:
        """Publish the channel's new state."""
        self._events.publish("state", f"{self._name}: {state.replace('_', ' ')}", channel=self._id, state=state)

    def take(self, queued: QueuedDeck, frame: int) -> None:
        """Publish a take: the output now comes from this deck."""
        _, stretch, asset_frame = queued.airlist.at(queued.deck.position)
        self._events.publish(
            "take", f"{self._name}: deck {queued.deck.pid} takes over at frame {frame}", channel=self._id,
            frame=frame, entry=stretch.entry.id, asset_frame=asset_frame, rescue=queued.rescue,
        )  # fmt: skip

    def slate(self, frame: int, why: str, *, expected: bool) -> None:
        """Publish that only the slate airs. `expected` is True if the slate is normal here and lasts only a moment."""
        level: Level = "info" if expected else "warning"
        message = f"{self._name}: showing the slate: {why}"
        self._events.publish("slate", message, channel=self._id, level=level, frame=frame, why=why)

    def entry(self, entry: Entry, frame: int, *, started: bool) -> None:
        """Publish that an entry begins or has ended."""
        title = self._title(entry)
        self._events.publish(
            "entry_started" if started else "entry_ended", f"{self._name}: {title} {'on air' if started else 'ended'}",
            channel=self._id, entry=entry.id, entry_kind=entry.kind, title=title, frame=frame,
        )  # fmt: skip

    def split(self, entry: Entry, versions: str, frame: int) -> None:
        """Publish that groups of viewers see different versions of an entry from this picture on."""
        self._events.publish(
            "split", f"{self._name}: {self._title(entry)} splits the viewers: {versions}", channel=self._id,
            frame=frame, entry=entry.id, versions=versions,
        )  # fmt: skip

    def splice(self, what: str, event: int, frame: int, frames: int | None) -> None:
        """Publish a splice message. `what`: `announced`, `cancelled`, `out`, or `in`. `frames`: the length of the
        break."""
        self._events.publish(
            "splice", f"{self._name}: splice {event:#x} {what} at frame {frame}", channel=self._id, frame=frame,
            splice=what, event=event, frames=frames,
        )  # fmt: skip

    def failed(self, queued: QueuedDeck | None, message: str) -> None:
        """Publish that a deck was given up. `queued` None means that a deck could not be started."""
        facts = (
            {}
            if queued is None
            else {"pid": queued.deck.pid, "position": queued.deck.position, "frames": queued.deck.frames}
        )
        level: Level = "error" if queued is None else "warning"
        self._events.publish("deck_failed", f"{self._name}: {message}", channel=self._id, level=level, **facts)

    def passed_over(self, item: AirItem) -> None:
        """Publish that a piece cannot be played."""
        self._warn(f"{item.file.name} of {item.stretch.entry.file.name} cannot be played and is left out")

    def not_aired(self, entry: Entry, reason: str) -> None:
        """Publish that an entry could not air when it was due. The entry after it airs instead."""
        self._warn(f"{self._title(entry)} did not air: {reason}")

    def vanished(self, item: AirItem) -> None:
        """Publish that a piece's file is gone."""
        self._warn(f"{item.file} is missing; it is rendered again")

    def seam(self, frame: int, kind: str, report: StreamReport) -> None:
        """Publish the measurement of a join on the bus."""
        result = "clean" if report.clean else f"{report.video_jumps} video jumps, {report.cc_errors} continuity errors"
        self._events.publish(
            "seam", f"{self._name}: {kind} at frame {frame}: {result}", channel=self._id,
            level="info" if report.clean else "warning", frame=frame, seam=kind, video_jumps=report.video_jumps,
            cc_errors=report.cc_errors, audio_error_ms=round(report.largest_audio_error / 90, 2),
        )  # fmt: skip

    def viewer(self, what: str, viewer: Viewer, viewers: int) -> None:
        """Publish that a viewer has joined or left."""
        message = f"{self._name}: {viewer.name} {what}"
        self._events.publish(f"viewer_{what}", message, channel=self._id, viewers=viewers)

    def _warn(self, message: str) -> None:
        self._events.publish("warning", f"{self._name}: {message}", channel=self._id, level="warning")
