"""Watches what the channels will air: lists the problems of each channel that are still to come, and publishes an event
when one appears and when it is over."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.media.rendering.render_forecast import RenderSpeed, lateness
from retrovue_tui.playout.scheduling.plans.plan_inputs import zone_of
from retrovue_tui.playout.scheduling.upcoming_problems import Judge, coming_entries, listed
from retrovue_tui.protocol.answers.snapshots import UpcomingProblem
from retrovue_tui.threads import PLANNING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from retrovue_tui.media.rendering.render_forecast import Lateness
    from retrovue_tui.media.rendering.render_scheduler import Preparer
    from retrovue_tui.playout.automation.controller import ChannelController
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.playout.scheduling.channel_scheduler import ChannelScheduler
    from retrovue_tui.protocol.answers.rundown import RundownRow
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.schedule.series_ends import SeriesEnd

EVERY_S: Final = 60.0
"""Every channel is judged at least once in this time (s), at the full minute."""
PAUSE_S: Final = 1.0
"""The least time between two looks (s), so that a channel that changes often is not judged all the time."""
CONFIRM_S: Final = 2.0
"""A new problem is published if it still exists after this time (s)."""
NEEDS_S: Final = 3_540.0
"""How far ahead media is judged by the speed of rendering (s): the channels ask for an hour, and after that for the
spots of their pools."""


class WatchedChannel(NamedTuple):
    """A channel, with its controller and its scheduler."""

    channel: Channel
    controller: ChannelController
    scheduler: ChannelScheduler


class ProblemWatch:
    """Judges each channel when its rundown or its media have changed, and once a minute."""

    def __init__(self, events: EventLog, preparer: Preparer, is_early: Callable[[], bool]) -> None:
        """`is_early` returns whether media is still being made for the station: there are no problems until then."""
        self._events = events
        self._preparer = preparer
        self._is_early = is_early
        self._speed = RenderSpeed()
        self._channels: dict[str, WatchedChannel] = {}
        self._found: dict[str, tuple[tuple[UpcomingProblem, ...], int]] = {}
        self._published: dict[str, dict[tuple[str, str], UpcomingProblem]] = {}
        self._seen: dict[str, set[tuple[str, str]]] = {}
        """The problems of each channel's last look, by kind and subject."""
        self._changed: set[str] = set()
        self._news = asyncio.Event()

    def add(self, channel: Channel, controller: ChannelController, scheduler: ChannelScheduler) -> None:
        """Begin to watch a channel."""
        self._channels[channel.id] = WatchedChannel(channel, controller, scheduler)
        self.wake(channel.id)

    def remove(self, id: str) -> None:
        """Stop watching a channel."""
        self._channels.pop(id, None)
        self._found.pop(id, None)
        self._published.pop(id, None)
        self._seen.pop(id, None)

    def wake(self, id: str) -> None:
        """Judge a channel soon, because something has changed that its problems depend on."""
        self._changed.add(id)
        self._news.set()

    def problems(self, id: str) -> tuple[tuple[UpcomingProblem, ...], int]:
        """Return a channel's problems, the earliest first, and how many more there are."""
        return ((), 0) if self._is_early() else self._found.get(id, ((), 0))

    def is_judged(self, id: str) -> bool:
        """Return whether a channel has been judged since it was added."""
        return id in self._found

    async def run(self) -> None:
        """Watch the channels. Runs until cancelled."""
        while True:
            self._news.clear()
            changed, self._changed = self._changed & set(self._channels), set()
            await self._look(changed)
            await asyncio.sleep(PAUSE_S)
            unsure = [id for id, seen in self._seen.items() if seen != set(self._published.get(id, ()))]
            wait = CONFIRM_S if unsure else EVERY_S - time.time() % EVERY_S
            try:
                async with asyncio.timeout(wait):
                    await self._news.wait()
            except TimeoutError:
                self._changed |= set(unsure or self._channels)

    async def _look(self, ids: set[str]) -> None:
        self._speed.sample(self._preparer.jobs())
        if not ids:
            return
        late = await self._lateness()
        for id in sorted(ids):
            watched = self._channels.get(id)
            found = [] if watched is None else await self._judged(watched, late)
            if id in self._channels:  # not removed meanwhile
                self._found[id] = listed(found)
                self._publish(id)

    async def _lateness(self) -> dict[int, Lateness]:
        """Return how late media will be prepared: id of the need → lateness."""
        if self._speed.value is None:
            return {}
        now = asyncio.get_running_loop().time()
        needs = [
            need for each in self._channels.values() for need in each.channel.planning.needs
            if need.air_at < now + NEEDS_S
        ]  # fmt: skip
        store, slots = self._preparer.store, self._preparer.at_once
        found = await PLANNING.run(lateness, needs, store, self._speed.value, slots, now)
        return {id(each.need): each for each in found}

    async def _judged(self, watched: WatchedChannel, late: Mapping[int, Lateness]) -> list[UpcomingProblem]:
        channel, controller, scheduler = watched
        if channel.state == "stopped":
            return []
        ends = await scheduler.series_ends()
        view, entries = controller.view(grid=False), controller.entries
        own = [late[id(need)] for need in channel.planning.needs if id(need) in late]
        return await PLANNING.run(lambda: self._problems(watched, entries, view().entries, ends, own))

    def _problems(
        self, watched: WatchedChannel, entries: Sequence[Entry], rows: Sequence[RundownRow], ends: Sequence[SeriesEnd],
        late: Sequence[Lateness],
    ) -> list[UpcomingProblem]:  # fmt: skip
        """Return all problems of a channel. Called in a thread."""
        channel, now = watched.channel, time.time()
        config, planner = channel.config, channel.planner
        loops = planner.loop and config.plan is None
        coming = coming_entries(entries, rows, planner.why_not, now, loop=loops)
        judge = Judge(now, channel.house.rate, zone_of(config), config.pool)
        found = [*judge.gone(coming), *judge.ends(ends)]
        if self._speed.value is not None:
            known = {subject for kind, subject in self._seen.get(channel.id, ()) if kind == "not_prepared"}
            found += judge.late(late, coming, self._speed.value, now - time.monotonic(), known)
        if config.plan is None:
            return found if loops else [*found, *judge.rundown_end(coming)]
        if watched.scheduler.behind:
            found.append(judge.plan_end(coming, watched.scheduler.behind))
        if watched.scheduler.keeper.missed is not None:
            at, why = watched.scheduler.keeper.missed
            found.append(UpcomingProblem("missed_start", at, why, f"{at:.0f}"))
        return [*found, *judge.of_plan(coming)]

    def _publish(self, id: str) -> None:
        """Publish the problems that have appeared and are confirmed, and those that are over."""
        if self._is_early():
            return
        found = {(each.kind, each.subject): each for each in self._found[id][0]}
        published = self._published.setdefault(id, {})
        for key in set(published) - set(found):
            self._tell(id, published.pop(key), over=True)
        for key in [key for key in found if key in self._seen.get(id, ()) and key not in published]:
            published[key] = found[key]
            self._tell(id, found[key], over=False)
        self._seen[id] = set(found)

    def _tell(self, id: str, problem: UpcomingProblem, *, over: bool) -> None:
        name = self._channels[id].channel.name
        self._events.publish(
            "upcoming", f"{name}: {'over: ' if over else ''}{problem.text}", channel=id,
            level="info" if over else "warning", problem=problem.kind, subject=problem.subject, at=problem.at,
            over=over,
        )  # fmt: skip
