"""The stations of the control room: for each its connection, its state, its events and its commands."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from retrovue_tui.tui import command_dispatch, station_link
from retrovue_tui.tui.rooms.control_room.event_list import KEPT
from retrovue_tui.tui.station_view import StationsView, StationView, listed_id
from retrovue_tui.tui.text import formats
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from textual.app import App
    from textual.message import Message
    from textual.worker import Worker

    from retrovue_tui.protocol.answers.pictures import Picture
    from retrovue_tui.protocol.answers.rundown import RundownSnapshot
    from retrovue_tui.protocol.answers.snapshots import StationSnapshot
    from retrovue_tui.protocol.events import Event, Level

Note = tuple[str, "Level"]
"""A message from the control room itself about a station, and its level."""


class LinkedStation:
    """One station of the control room. Its channels are known by their own ids; `listed` ids occur only in the list of
    all stations, in the first room."""

    def __init__(
        self,
        line: station_link.StationLine,
        key: str,
        clock: Callable[[], float],
        post: Callable[[Message], object],
    ) -> None:
        """`key`: distinguishes this station from the others; empty if there is only one. `clock` returns Unix time
        (s)."""
        self.line = line
        self.key = key
        self.view = StationView(line.url, since=clock(), key=key)
        self.locks = command_dispatch.ChannelLocks()
        self.dispatch = command_dispatch.Dispatch(
            line, lambda pending: command_dispatch.missed(self.view, pending), post, self.locks
        )
        self._clock = clock
        self._post = post
        self._inbox = station_link.EventInbox(KEPT)
        self._listener: Worker[None] | None = None
        self._last_event = 0

    def watch(self, app: App[Any], pace: station_link.Pace) -> None:
        """Start to fetch snapshots, for ever."""
        start_worker(app, station_link.watch, self.line, pace, self._post, group="watch")

    def listen(self, app: App[Any]) -> None:
        """Start to receive events, unless that runs already."""
        if self._listener is None or self._listener.is_finished:
            last, inbox = self._last_event, self._inbox
            self._listener = start_worker(app, station_link.listen, self.line, last, inbox, self._post, group="listen")

    def is_restarted(self, snapshot: StationSnapshot) -> bool:
        """Return whether the snapshot is from another process of the station than the last one."""
        return self.view.snapshot is not None and self.view.snapshot.pid != snapshot.pid

    def seen(self, snapshot: StationSnapshot) -> list[Note]:
        """Take the newest snapshot; return what to tell the operator."""
        before, restarted = self.view, self.is_restarted(snapshot)
        self.view = StationView(self.line.url, "connected", snapshot, since=self._clock(), key=self.key)
        notes: list[Note] = []
        if before.link == "lost":
            away = formats.short(self._clock() - before.since)
            notes.append((f"The station answers{' again' if before.snapshot else ''}, after {away}.", "info"))
        if restarted:
            notes.append(("It is a new process: the station was restarted.", "warning"))
        return notes

    def lost(self, reason: str, retry_s: float) -> list[Note]:
        """Note that the station has not answered; return what to tell the operator."""
        before = self.view
        self.view = dataclasses.replace(before, link="lost", reason=reason, retry_s=retry_s, tries=before.tries + 1)
        return [] if before.link == "lost" else [(reason, "error")]

    def take_events(self) -> list[Event]:
        """Return the events that have arrived since the last call."""
        events = [event for event in self._inbox.take() if event.id > self._last_event]
        if events:
            self._last_event = events[-1].id
        return events

    def stop_listening(self) -> None:
        """Stop to receive events."""
        if self._listener is not None:
            self._listener.cancel()
            self._listener = None

    def forget_events(self) -> None:
        """Expect events with any number, because a restarted station numbers its events from 1 again."""
        self._last_event = 0


class Stations:
    """All stations of the control room, in the operator's order."""

    def __init__(
        self,
        lines: Sequence[station_link.StationLine],
        clock: Callable[[], float],
        post: Callable[[Message], object],
    ) -> None:
        keys = [str(number) for number in range(1, len(lines) + 1)] if len(lines) > 1 else [""]
        self.all: Final = tuple(LinkedStation(line, key, clock, post) for line, key in zip(lines, keys, strict=True))

    def __iter__(self) -> Iterator[LinkedStation]:
        return iter(self.all)

    @property
    def view(self) -> StationsView:
        """The states of all stations, with `listed` ids."""
        return StationsView(tuple(station.view.listed for station in self.all))

    @property
    def listed(self) -> Iterator[tuple[str, str]]:
        """All channels: the `listed` id, and number and name as text."""
        for station in (view := self.view).stations:
            for channel in station.signed(view.name_of(station)).channels:
                yield channel.id, formats.clean(f"{channel.number} {channel.name}")

    def of(self, line: station_link.StationLine) -> LinkedStation:
        """Return the station behind a connection."""
        return next(station for station in self.all if station.line is line)

    def owner(self, listed: str | None) -> LinkedStation:
        """Return the station of a channel by its `listed` id; the first station if there is no channel."""
        key = self._split(listed)[0] if listed is not None else ""
        return next((station for station in self.all if station.key == key), self.all[0])

    def own_id(self, listed: str) -> str:
        """Return the id that a channel has on its own station."""
        return self._split(listed)[1]

    def name_of(self, station: LinkedStation) -> str:
        """Return a station's name as the list shows it; empty if there is only one station."""
        if len(self.all) == 1:
            return ""
        return StationsView(tuple(each.view for each in self.all)).name_of(station.view)

    def for_list(self, event: Event, station: LinkedStation) -> Event:
        """Return an event for the list of all stations: with the `listed` id, and the station's name before its
        message."""
        if not station.key:
            return event
        channel = None if event.channel is None else listed_id(station.key, event.channel)
        return dataclasses.replace(event, channel=channel, message=f"{self.name_of(station)} · {event.message}")

    async def rundown(self, channel_id: str) -> RundownSnapshot:
        """Return the rundown of a channel, by its `listed` id."""
        return await self.owner(channel_id).line.rundown(self.own_id(channel_id))

    async def picture(self, channel_id: str, width: int, height: int) -> Picture:
        """Return the newest picture of a channel, by its `listed` id."""
        return await self.owner(channel_id).line.picture(self.own_id(channel_id), width, height)

    def _split(self, listed: str) -> tuple[str, str]:
        if len(self.all) == 1:
            return "", listed
        key, _, channel_id = listed.partition("/")
        return key, channel_id
