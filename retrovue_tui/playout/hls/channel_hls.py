"""The segments of one channel: cuts them while somebody asks for them, and keeps a window of them.

A *run* is a time in which segments are made without a gap. A run that a viewer starts begins with the seconds that the
bus still has, so that there is something to play at once.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import takewhile
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.errors import StationError
from retrovue_tui.files.disk_errors import reason_of
from retrovue_tui.playout.channel.other_versions import Side
from retrovue_tui.playout.hls.date_ranges import DateRanges
from retrovue_tui.playout.hls.frame_times import FrameTimes
from retrovue_tui.playout.hls.other_segments import OtherPictures
from retrovue_tui.playout.hls.past_segments import pictures_since, take_segments
from retrovue_tui.playout.hls.segment import Segment, after_gap
from retrovue_tui.playout.hls.segmenter import Segmenter
from retrovue_tui.threads import HLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from retrovue_tui.config.hls import HlsConfig
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.hls.other_segments import Sides
    from retrovue_tui.playout.hls.segment_folder import SegmentFolder
    from retrovue_tui.playout.hls.segmenter import Cut
    from retrovue_tui.playout.renditions.quality_channel import QualityChannel
    from retrovue_tui.rundown.positions import Stretch

LEAST: Final = 6
"""A playlist keeps at least this many segments (HLS Authoring Specification, 8.11), whatever the window is."""
FIRST: Final = 2
"""The first playlist of a run has at least this many segments of it."""
FIRST_S: Final = 10.0
"""The longest wait for the first segments of a run (s)."""
MOST_WAITING: Final = 8
"""The most segments that may wait to be written. With more, the disk is too slow, and the run ends."""
RETRY_S: Final = 10.0
"""The time from the failure of a run to the start of the next one (s)."""


@dataclass(frozen=True, slots=True)
class SegmentJob:
    """A complete segment that is to be written."""

    hls: ChannelHls
    segment: Segment
    cut: Cut
    others: dict[Sides, list[bytes]] = field(default_factory=dict)
    """The packets of what groups of viewers get instead."""


class ChannelHls:
    """The HLS of a channel. `jobs` receives each complete segment; its owner then calls `store`."""

    def __init__(
        self, channel: Channel | QualityChannel, config: HlsConfig, folder: SegmentFolder,
        jobs: Callable[[SegmentJob], None],
        room: Callable[[], int], clock: Callable[[], float] = time.time,
        main: Callable[[], ChannelHls | None] = lambda: None,
    ) -> None:  # fmt: skip
        """`room` returns how many bytes the segments of this channel may take. `clock` returns Unix time (s).
        `main`, for a lower quality, returns the HLS of the channel itself."""
        self._main = main
        self.channel, self.folder = channel, folder
        self.ranges = DateRanges()
        self.segments: deque[Segment] = deque()
        """The segments of the playlist; their numbers are consecutive."""
        self.version = 0
        """Grows whenever the playlist changes."""
        self.others: dict[int, dict[Sides, Segment]] = {}
        """What groups of viewers get instead of segments, by the media sequence number of the segment."""
        self.fault = ""
        """Why there are no segments; empty if there is no reason."""
        self.began_at = float("-inf")
        """When the last run began (monotonic time, s)."""
        self._config, self._jobs, self._room, self._clock = config, jobs, room, clock
        self._other_pictures = OtherPictures()
        self._old: deque[Segment] = deque()  # no longer in the playlist, but in the folder
        self._times = FrameTimes(channel.house.rate, channel.air_time)
        self._segmenter: Segmenter | None = None
        self._run = ""
        self._next = Segment(0, 0, 0, 0, "")  # sequence and discontinuity of the next segment
        self._listed_bytes = self._old_bytes = 0
        self._waiting = self._wanted = self._stored = self._waiting_clients = 0
        self._ready = asyncio.Event()
        self._starting = asyncio.Lock()
        self.writing = asyncio.Lock()
        """Held while a playlist is written, so that it is written once for all who ask at the same time."""
        self._loaded = self._begins = False
        self._written: list[dict[str, Any]] = []
        self._used_at = self._failed_at = float("-inf")
        channel.listeners.append(self._entry_begins)
        channel.splice_listeners.append(self)
        self._note_entry_on_air()

    @property
    def running(self) -> bool:
        """Whether segments are being made."""
        return self._segmenter is not None

    @property
    def is_writing(self) -> bool:
        """Whether complete segments of this run wait to be written."""
        return self._waiting > 0

    @property
    def newest_run(self) -> Iterator[Segment]:
        """The segments of this run in the playlist, the newest first."""
        return takewhile(lambda each: each.run == self._run, reversed(self.segments))

    @property
    def size(self) -> int:
        """The size of all its segments on the disk."""
        others = sum(segment.size for versions in self.others.values() for segment in versions.values())
        return self._listed_bytes + self._old_bytes + others

    def sides(self, key: str) -> Sides:
        """Return the groups of a viewer in all splits for which segments are kept."""
        splits = {side.split for versions in self.others.values() for sides in versions for side in sides}
        groups = self.channel.versions.groups
        return tuple(Side(number, groups[number].shown(key)) for number in sorted(splits) if number in groups)

    # ── runs ─────────────────────────────────────────────────────────────────────────────────────

    async def use(self) -> None:
        """Begin a run if there is none, and wait until it has segments. Raises `StationError` if it gets none in
        time."""
        self._used_at = monotonic()
        if self.running and self._ready.is_set() and self.segments:
            return
        self._waiting_clients += 1
        try:
            await self.start(short_first=True)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ready.wait(), FIRST_S)
        finally:
            self._waiting_clients -= 1
            self._used_at = monotonic()
        if self.fault or not self.segments:
            reason = self.fault or "the channel has no pictures yet"
            raise StationError(f"Channel {self.channel.id} has no HLS now: {reason}; try again in a moment")

    async def start(self, *, short_first: bool = False) -> None:
        """Begin a run if there is none, and if the last one has not failed just now."""
        async with self._starting:
            if self.running or monotonic() - self._failed_at < RETRY_S:
                return
            try:
                if not self._loaded:
                    await self._load()
                main = await self._take_past() if short_first else None
            except OSError as error:
                self.fail(error)
                return
            self._begin(short_first=short_first, main=main)

    async def _load(self) -> None:
        """Find the segments of the station's last run. Those that are new enough are in the playlist again."""
        found = await HLS.run(self.folder.load)
        rows = await HLS.run(self.folder.read_ranges)
        self._loaded = True
        since = (self._clock() - self._config.window.total_seconds()) * 1_000
        for each in found:
            if self.segments and each.sequence != self.segments[-1].sequence + 1:
                self._retire_all()
            self._list(each) if each.at_ms >= since else self._keep(each)
        if self.segments:
            self.ranges.restore(rows, self.listed_ranges()[0][1])
        if found:  # time stamps begin again when the station does
            self._next = Segment(found[-1].sequence + 1, found[-1].discontinuity + 1, 0, 0, "")
        if not self.segments:
            self._renumber()

    async def _take_past(self) -> ChannelHls | None:
        """If the channel itself has segments, begin with those, and return it."""
        main = self._main()
        if main is None or not main.running or not main.segments or self.segments:
            return None
        for each in await take_segments(main, self.folder, self._next):
            self._list(each)
            self._next = Segment(each.sequence + 1, each.discontinuity, 0, 0, "")
        self.version += 1
        if self.segments and main.running:
            return main
        self.end()
        return None

    def _begin(self, *, short_first: bool, main: ChannelHls | None) -> None:
        self._run, self.began_at = secrets.token_hex(6), monotonic()
        self._ready.clear()
        self.fault = ""
        self._waiting = self._stored = self._wanted = 0
        self._times.forget()
        self._begins = False
        self._other_pictures = OtherPictures(after=max(self.channel.versions.groups, default=0))
        rate = self.channel.house.rate
        if main is not None and main._segmenter is not None:
            self._segmenter = main._segmenter.twin()
            self._times.follow(main._times)
            missing, pictures = pictures_since(main._segmenter.open, self.channel.bus)
            if missing is not None:
                self._complete(missing)
        else:
            self._segmenter = Segmenter(rate, self._config.target_s, short_first=short_first)
            pictures = self.channel.bus.newest(0)
        for frame, key, data in pictures:
            if self.running:
                self._picture(frame, data, key)
        self._wanted = max(FIRST, self._waiting)
        if main is not None:
            self._ready.set()
        if self.running:
            self.channel.bus.tap(self._picture)
            self.channel.versions.taps.append(self._other_pictures.add)

    def end(self) -> None:
        """End the run. Its segments stay in the folder for a while, but the next run has a new playlist: time stamps
        between the two are missing."""
        self._stop()
        self._retire_all()
        self._renumber()
        self.version += 1

    def fail(self, error: OSError | str) -> None:
        """End the run, because its segments cannot be written."""
        self.fault = error if isinstance(error, str) else f"{self.folder.path} cannot be written: {reason_of(error)}"
        self._failed_at = monotonic()
        self.end()
        self._ready.set()

    def close(self) -> None:
        """End the run because the channel or the station ends. Its segments are in the playlist after a restart."""
        self._stop()
        if self._entry_begins in self.channel.listeners:
            self.channel.listeners.remove(self._entry_begins)
            self.channel.splice_listeners.remove(self)

    def idle(self) -> bool:
        """Whether nobody has asked for the playlist for so long that the run should end."""
        is_used = self._waiting_clients > 0 or monotonic() - self._used_at <= self._config.idle.total_seconds()
        return self.running and not is_used

    def _stop(self) -> None:
        self.channel.bus.untap(self._picture)
        if self._other_pictures.add in self.channel.versions.taps:
            self.channel.versions.taps.remove(self._other_pictures.add)
        self._other_pictures = OtherPictures()
        self._segmenter, self._run = None, ""
        self._ready.clear()

    def _renumber(self) -> None:
        """Leave numbers out, so that no client takes the next segment for the one that follows the last."""
        self._next = after_gap(self._next, self._clock())

    # ── pictures ─────────────────────────────────────────────────────────────────────────────────

    def _entry_begins(self, stretch: Stretch) -> None:
        at = self._at(self.channel.splicer.frame)
        self.ranges.begin(stretch.entry, self.channel.planner.title(stretch.entry), at)
        self._begins = True

    def splice_out(self, frame: int, frames: int | None, section: bytes) -> None:
        """See `SpliceListener`."""
        planned_s = None if frames is None else float(self.channel.house.rate.seconds(frames))
        self.ranges.splice_out(self._at(frame), planned_s, section)
        self._begins = True

    def splice_in(self, frame: int, section: bytes) -> None:
        """See `SpliceListener`."""
        self.ranges.splice_in(section)

    def _at(self, frame: int) -> float:
        """Return the Unix time at which a picture is due (s), in the times of the playlist if there is one."""
        return self._times.at(frame) if self.running else self.channel.air_time(frame)

    def _note_entry_on_air(self) -> None:
        """Record an entry that began before this object was made. When it began is not known."""
        airing, entries = self.channel.airing, self.channel.planner.entries
        if airing is not None and 0 <= airing.index < len(entries):
            entry, frame = entries[airing.index], self.channel.splicer.frame
            self.ranges.begin(entry, self.channel.planner.title(entry), self.channel.air_time(frame))

    def _picture(self, frame: int, data: bytes, key: bool) -> None:
        """Take the next picture from the bus."""
        assert self._segmenter is not None
        if key and self.channel.airing is None and self.ranges.is_open and frame == self.channel.splicer.frame - 1:
            self.ranges.end(self._times.at(frame))  # the slate
            self._begins = True
        cut = self._segmenter.push(frame, data, key=key, begins=self._begins)
        self._begins = self._begins and not key
        if cut is not None:
            self._complete(cut)

    def _complete(self, cut: Cut) -> None:
        """Make a segment, which waits to be written then."""
        at_ms, size = round(self._times.at(cut.first) * 1_000), sum(map(len, cut.parts))
        segment = Segment(self._next.sequence, self._next.discontinuity, cut.frames, at_ms, self._run, size)
        self._next = Segment(segment.sequence + 1, segment.discontinuity, 0, 0, "")
        self._waiting += 1
        if self._waiting > MOST_WAITING:
            self.fail(f"{self.folder.path} is too slow: {MOST_WAITING} segments wait to be written")
            return
        self._jobs(SegmentJob(self, segment, cut, self._other_pictures.of(cut)))

    # ── files ────────────────────────────────────────────────────────────────────────────────────

    async def store(self, job: SegmentJob) -> bool:
        """Write a segment, and put it into the playlist. Return whether that was done. Raises `OSError`."""
        if job.segment.run != self._run:
            return False
        await HLS.run(self.folder.write, job.segment, job.cut.parts)
        if job.others:
            self.others[job.segment.sequence] = await self._write_others(job)
        await self._write_ranges()
        if job.segment.run != self._run:
            self._keep(job.segment)
            return False
        self._waiting -= 1
        self._stored += 1
        self._list(job.segment)
        self._shorten()
        self.version += 1
        if self._stored >= self._wanted:
            self._ready.set()
        return True

    async def _write_others(self, job: SegmentJob) -> dict[Sides, Segment]:
        """Write what groups of viewers get instead of a segment."""
        found = {}
        for number, (sides, parts) in enumerate(job.others.items(), 1):
            found[sides] = replace(job.segment, size=sum(map(len, parts)), version=number)
            await HLS.run(self.folder.write, found[sides], parts)
        return found

    async def _write_ranges(self) -> None:
        """Write the date ranges of the window, if one has begun or ended, so that they are there after a restart."""
        now = self._clock()
        rows = self.ranges.rows(now - self._config.window.total_seconds(), now + self._config.target_s)
        if rows != self._written:
            await HLS.run(self.folder.write_ranges, rows)
            self._written = rows

    def _shorten(self) -> None:
        """Take segments out of the playlist that are too old, or for which there is no room."""
        window_ms = self._config.window.total_seconds() * 1_000
        newest = self.segments[-1].at_ms
        while len(self.segments) > LEAST and (
            newest - self.segments[1].at_ms >= window_ms or self._listed_bytes > self._room()
        ):
            self._retire()

    def _list(self, segment: Segment) -> None:
        self.segments.append(segment)
        self._listed_bytes += segment.size

    def _retire(self) -> None:
        self._listed_bytes -= self.segments[0].size
        self._keep(self.segments.popleft())

    def _retire_all(self) -> None:
        while self.segments:
            self._retire()

    def _keep(self, segment: Segment) -> None:
        self._old.append(segment)
        self._old_bytes += segment.size

    async def tidy(self) -> None:
        """Remove the files that no client can want any more: a segment stays as long as the longest playlist after it
        was taken out of the playlist (RFC 8216, 6.2.2), if there is room."""
        if not self._loaded:
            return
        before = (self._clock() - 2 * self._config.window.total_seconds() - self._config.target_s) * 1_000
        gone = []
        while self._old and (self.size > self._room() or self._old[0].at_ms < before):
            gone.append(each := self._old.popleft())
            self._old_bytes -= each.size
            gone += self.others.pop(each.sequence, {}).values()
        if gone:
            await HLS.run(self.folder.remove, gone)

    def listed_ranges(self) -> Sequence[tuple[float, float]]:
        """Return the times between which the playlist has segments (Unix time, s); empty if it has none."""
        if not self.segments:
            return ()
        last = self.segments[-1]
        end = last.at_ms / 1_000 + float(self.channel.house.rate.seconds(last.frames))
        return ((self.segments[0].at_ms / 1_000, end),)
