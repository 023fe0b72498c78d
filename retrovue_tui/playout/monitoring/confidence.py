"""Confidence monitoring of the station's own output: samples each channel's picture and audio levels, and raises alarms
for silence and black.

One worker process decodes for all channels, one after another. The event loop only sends it packets from the buses.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from retrovue_tui.errors import RetrovueError
from retrovue_tui.media.workers.tasks import MONITORS
from retrovue_tui.playout.monitoring.alarms import Alarm
from retrovue_tui.playout.mpegts.packets import newest_key, sound_and_picture
from retrovue_tui.protocol.answers.pictures import SAMPLE_SIZE, SILENT_DBFS, Monitor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.playout.mpegts.packets import Sent
    from retrovue_tui.playout.output.bus import Bus
    from retrovue_tui.protocol.answers.pictures import Picture
    from retrovue_tui.protocol.answers.snapshots import State

_log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 2.0
"""The interval at which a channel is sampled while no client watches it (s)."""
WATCHED_EVERY_S: Final = 0.5
WATCHED_FOR_S: Final = 5.0
"""For how long a channel counts as watched after a client has requested its picture (s)."""
LIVE_AT_ONCE: Final = 2
"""While at most this many channels are watched, each is decoded up to its newest picture. While more are watched, only
their key frames are decoded."""
LARGE_KEY: Final = 8_000
"""A key frame with more bytes than this is very unlikely to be black. While no client watches the channel, only every
second such frame is decoded."""
_TICK_S: Final = 0.1
_KEPT: Final = 64
"""How many scaled pictures are kept, for other clients that request the same size."""
_LIMIT_S: Final = 10.0
"""The time limit of one look (s). A look that takes longer is given up, and its worker process is replaced."""
_LOOK: Final = "retrovue_tui.decoding.bus_sampler:look"
_PICTURE: Final = "retrovue_tui.decoding.bus_sampler:picture"
_numbers = count()


class MonitoredChannel(Protocol):
    """A channel, as monitoring sees it."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def state(self) -> State: ...

    @property
    def bus(self) -> Bus: ...

    seen: Monitor | None

    def air_time(self, frame: int) -> float: ...


@dataclass(frozen=True)
class _Look:
    """The result of one look by a worker; see `bus_sampler.look`."""

    peaks: tuple[float, ...] | None
    frame: int | None
    black: bool | None


@dataclass(eq=False)
class _Watch:
    """The state of the monitoring of one channel."""

    channel: MonitoredChannel
    key: str
    """The key under which the worker keeps its decoders."""
    silent: Alarm
    black: Alarm
    due: float
    asked: float = float("-inf")
    looked: float = float("-inf")
    measured_to: int = 0  # the first picture of the bus whose audio is not measured yet
    judged: int = -1  # the newest key frame that was decoded
    passed: bool = False  # whether the last large key frame was not decoded
    airing: bool = False  # whether the channel was on air at the previous look
    frame: int | None = None  # the newest picture that was decoded
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class ConfidenceMonitors:
    """Samples every channel while `run` runs, and puts the results into each channel's `seen`."""

    def __init__(self, channels: Iterable[MonitoredChannel], events: EventLog) -> None:
        self._events = events
        self._watches: dict[str, _Watch] = {}
        for channel in channels:
            self.add(channel)
        self._pictures: OrderedDict[tuple[str, int, int, int], Picture] = OrderedDict()
        self._turn = asyncio.Lock()

    def add(self, channel: MonitoredChannel) -> None:
        """Monitor one more channel. The looks at the channels are spread over time."""
        silent, black = Alarm("silent", channel, self._events), Alarm("black", channel, self._events)
        key, due = f"{next(_numbers)} {channel.id}", monotonic() + LOOK_EVERY_S * (len(self._watches) % 20) / 20
        self._watches[channel.id] = _Watch(channel, key, silent, black, due)

    def remove(self, channel_id: str) -> None:
        """Stop monitoring a channel."""
        self._watches.pop(channel_id, None)

    async def run(self) -> None:
        """Look at the channels one after another, until cancelled."""
        while True:
            for watch in tuple(self._watches.values()):
                if watch.due <= monotonic() and not watch.lock.locked():
                    await self._look(watch)
            await asyncio.sleep(_TICK_S)

    async def picture(self, channel_id: str, width: int, height: int) -> Picture | None:
        """Return the newest picture of a channel, at most `width` × `height` pixels and up to half a second old; None
        while there is none.

        Call it repeatedly: after each call the channel is sampled more often for a while.
        """
        watch = self._watches.get(channel_id)
        if watch is None or watch.channel.state == "stopped":
            return None
        watch.asked = monotonic()
        if watch.frame is None or watch.asked - watch.looked > WATCHED_EVERY_S + _TICK_S:
            await self._look(watch)
        return None if watch.frame is None else await self._sized(watch, watch.frame, width, height)

    async def _sized(self, watch: _Watch, frame: int, width: int, height: int) -> Picture | None:
        wanted = (watch.key, frame, width, height)
        async with self._turn:  # if several clients ask at once, only the first one decodes
            if (found := self._pictures.get(wanted)) is not None:
                return found
            large = width > SAMPLE_SIZE[0] or height > SAMPLE_SIZE[1]
            made = await self._made(watch, frame, width, height, again=large)
            if made is None and not large:  # the worker no longer has the picture
                made = await self._made(watch, frame, width, height, again=True)
            if made is None:
                return None
            self._pictures[wanted] = made
            while len(self._pictures) > _KEPT:
                self._pictures.popitem(last=False)
            return made

    async def _made(self, watch: _Watch, frame: int, width: int, height: int, *, again: bool) -> Picture | None:
        """Return the picture from the worker's memory. With `again`, decode it again from the bus."""
        sent = watch.channel.bus.newest(frame) if again else []
        try:
            made: Picture | None = await MONITORS.run(
                _PICTURE, watch.key, frame, sent, width, height, limit_s=_LIMIT_S, priority=0
            )
        except RetrovueError as error:
            _log.warning("no picture of channel %s: %s", watch.channel.id, error.message)
            return None
        return made

    async def _look(self, watch: _Watch) -> None:
        async with watch.lock:
            now = monotonic()
            watched = now - watch.asked < WATCHED_FOR_S
            watch.looked, watch.due = now, now + (WATCHED_EVERY_S if watched else LOOK_EVERY_S)
            sent = watch.channel.bus.newest(watch.measured_to)
            if not sent or watch.channel.state == "stopped":
                watch.frame, watch.channel.seen, watch.airing = None, None, False
                return
            if sent[-1][0] < watch.measured_to and watch.frame is not None:
                return  # the bus stands still
            live = watched and sum(now - each.asked < WATCHED_FOR_S for each in self._watches.values()) <= LIVE_AT_ONCE
            with_picture = live or self._is_new(watch, sent, watched)
            try:
                needed = sent if live else sound_and_picture(sent, newest_key(sent) if with_picture else None)
                found = await MONITORS.run(
                    _LOOK, watch.key, needed, watch.measured_to, live, with_picture, limit_s=_LIMIT_S
                )
                self._take(watch, sent, _Look(*found))
            except RetrovueError as error:  # decoding starts again at the next key frame
                _log.warning("channel %s cannot be monitored: %s", watch.channel.id, error.message)
            except Exception:  # a bug must not stop the monitoring of other channels
                _log.exception("monitoring of channel %s failed", watch.channel.id)

    def _is_new(self, watch: _Watch, sent: Sent, watched: bool) -> bool:
        """Return whether to decode the newest key frame."""
        key = newest_key(sent)
        if key is None or sent[key][0] == watch.judged:
            return watched and watch.frame is None
        watch.judged = sent[key][0]
        watch.passed = not watched and not watch.passed and len(sent[key][2]) > LARGE_KEY and watch.black.since is None
        return not watch.passed

    def _take(self, watch: _Watch, sent: Sent, look: _Look) -> None:
        channel, end = watch.channel, sent[-1][0] + 1
        first, watch.measured_to = watch.measured_to, end
        watch.frame = look.frame if look.frame is not None else watch.frame
        at, zero = channel.air_time(end), channel.air_time(0)
        now = at - zero  # After a slate, the sound since the previous look may be the slate's silence.
        if channel.state == "on_air":
            # What was measured since the slate came on air may be the slate's silence.
            began = channel.air_time(first) - zero if watch.airing else now
            if look.peaks is not None:
                watch.silent.update(max(look.peaks) < SILENT_DBFS, began, now, at)
            if look.black is not None and look.frame is not None:
                watch.black.update(look.black, channel.air_time(look.frame) - zero, now, at)
            elif watch.black.since is not None:
                watch.black.update(True, now, now, at)
        else:
            watch.silent.clear(now)
            watch.black.clear(now)
        watch.airing = channel.state == "on_air"
        before = channel.seen or Monitor(at, 0)
        channel.seen = replace(
            before, at=round(at, 3), frame=end - 1, silent_since=watch.silent.since, black_since=watch.black.since,
            peaks_dbfs=before.peaks_dbfs if look.peaks is None else look.peaks,
        )  # fmt: skip
