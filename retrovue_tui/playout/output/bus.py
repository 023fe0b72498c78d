"""The bus: a channel's output stream, with its ring of recent pictures and its viewers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import takewhile
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrovue_tui.timecode import FrameRate

BURST_S: Final = 5.5
"""A new viewer's stream begins this long before the newest picture (s). A player that probes MPEG-TS reads 5 s of
stream before it shows a picture."""
BACKLOG_LIMIT: Final = 6_000_000
"""The maximum number of bytes that may wait for a viewer. If twice the ring's size is more, that is the limit instead,
because a new viewer gets the whole ring at once."""
BACKLOG_LOW: Final = 256_000
PATIENCE_S: Final = 30.0
"""A viewer that lags for longer than this is disconnected (s)."""


class Viewer(Protocol):
    """A receiver of the stream. Its methods must not block or raise."""

    name: str

    def write(self, data: bytes) -> None:
        """Send a chunk of whole packets to the viewer."""

    def backlog(self) -> int:
        """Return the number of written bytes that the viewer has not received yet."""

    def close(self) -> None:
        """Close the connection, because the viewer lagged for too long or the channel has ended."""


Tap = Callable[[int, bytes, bool], None]
"""Receives each picture of a bus: its number, its packets, and whether it is a key frame."""

TAIL: Final = 30
"""A new viewer's burst is a part that all new viewers share, and the pictures after it. If more than this many pictures
follow, the shared part is built again."""
GROUPS: Final = 5
CROWD: Final = 200
"""How many viewers one flush serves. With more viewers, groups of them take turns: each write has a cost, and a
thousand writes at once would block the event loop for 20 ms."""


class _SentPicture(Struct, gc=False):
    frame: int
    key: bool
    data: bytes


class Skips(NamedTuple):
    """The losses of a viewer that was too slow: how often it was moved forward, and how many bytes it was not sent."""

    jumps: int = 0
    bytes: int = 0


class _Subscriber:
    """A viewer on the bus. `lagging_since` is the time from which on it lags and is sent nothing; None while it keeps
    up."""

    __slots__ = ("jumps", "lagging_since", "skipped_bytes", "viewer")

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.lagging_since: float | None = None
        self.jumps = self.skipped_bytes = 0


class _Group:
    """A group of viewers that are served together, and the pictures pushed since the group was last served."""

    __slots__ = ("key_at", "pending", "subscribers")

    def __init__(self) -> None:
        self.subscribers: dict[Viewer, _Subscriber] = {}
        self.pending: list[bytes] = []
        self.key_at: int | None = None

    def push(self, data: bytes, *, key: bool) -> None:
        if key and self.key_at is None:
            self.key_at = len(self.pending)
        self.pending.append(data)


class Bus:
    """Keeps the last seconds of the stream, and sends every chunk to every viewer. All viewers share one bytes object
    per chunk.

    `push` adds pictures as they are spliced; `flush` sends the pictures pushed since the last flush.
    """

    def __init__(
        self,
        rate: FrameRate,
        *,
        burst_s: float = BURST_S,
        on_viewer: Callable[[str, Viewer], None] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._rate = rate
        self._burst = rate.count(burst_s)
        self._ring: deque[_SentPicture] = deque()
        self._ring_bytes = 0
        self._keys: deque[int] = deque()
        self._last_frame = 0
        self._groups = [_Group() for _ in range(GROUPS)]
        self._turn = 0
        self._home: dict[Viewer, _Group] = {}
        self._machines: set[Viewer] = set()
        self._burst_cache: tuple[int, int, bytes] | None = None  # first frame, last frame, packets
        self.on_viewer = on_viewer
        self.branches: list[Bus] = []
        """Buses with other pictures of the same numbers: those of lower qualities, and those of the groups of viewers
        while a spot is split. Their viewers count here too, and they are served with this bus."""
        self.route: Callable[[Viewer], Bus] | None = None
        """While a spot is split, returns the bus of a new viewer's group."""
        self._clock = clock
        self._taps: tuple[Tap, ...] = ()

    @property
    def viewers(self) -> int:
        """The number of connected viewers, without the outputs of the station itself."""
        return len(self._home) - len(self._machines) + sum(each.viewers for each in self.branches)

    @property
    def receivers(self) -> int:
        """The number of all that the bus sends to: viewers, and outputs of the station itself."""
        return len(self._home) + sum(each.receivers for each in self.branches)

    @property
    def newest_frame(self) -> int:
        """The number of the newest picture."""
        return self._last_frame

    @property
    def newest_data(self) -> bytes:
        """The packets of the newest picture. There must be one."""
        return self._ring[-1].data

    @property
    def bytes_per_s(self) -> float:
        """The average rate of the stream over the ring (bytes/s); 0 before anything has aired."""
        if not self._ring:
            return 0.0
        return self._ring_bytes / float(self._rate.seconds(self._last_frame + 1 - self._ring[0].frame))

    def skips(self, viewer: Viewer) -> Skips:
        """Return the losses of this viewer; no losses if it is not attached."""
        group = self._bus_of(viewer)._home.get(viewer)
        if group is None:
            return Skips()
        subscriber = group.subscribers[viewer]
        return Skips(subscriber.jumps, subscriber.skipped_bytes)

    def push(self, frame: int, data: bytes, *, key: bool) -> None:
        """Add the next picture of the stream, with its audio."""
        self._ring.append(_SentPicture(frame, key, data))
        self._ring_bytes += len(data)
        if key:
            self._keys.append(frame)
        if self._home:
            for group in self._groups:
                if group.subscribers:
                    group.push(data, key=key)
        self._last_frame = frame
        for tap in self._taps:
            tap(frame, data, key)
        while len(self._keys) > 1 and self._keys[1] <= frame - self._burst:
            self._keys.popleft()
            while self._ring[0].frame < self._keys[0]:
                self._ring_bytes -= len(self._ring.popleft().data)

    def flush(self) -> None:
        """Send the pictures pushed since the last flush. If there are many viewers, only some groups of them are
        served."""
        self._turn += 1
        turns = min(GROUPS, 1 + self.receivers // CROWD)
        for bus in self._all():
            for group in bus._groups[self._turn % turns :: turns] if bus._home else ():
                bus._serve(group)

    def _all(self) -> Iterator[Bus]:
        for each in self.branches:
            yield from each._all()
        yield self

    def _serve(self, group: _Group) -> None:
        if not group.pending:
            return
        pending, group.pending = group.pending, []
        key_at, group.key_at = group.key_at, None
        data = b"".join(pending)
        limit = max(BACKLOG_LIMIT, 2 * self._ring_bytes)
        for viewer, subscriber in list(group.subscribers.items()):
            if subscriber.lagging_since is not None:
                self._catch_up(subscriber, len(data), None if key_at is None else pending[key_at:])
            elif viewer.backlog() <= limit:
                viewer.write(data)
            else:
                subscriber.lagging_since = self._clock()
                subscriber.jumps += 1
                subscriber.skipped_bytes += len(data)

    def _catch_up(self, subscriber: _Subscriber, size: int, from_key: list[bytes] | None) -> None:
        """If a lagging viewer has received its backlog, resume it at a key frame. If it has lagged for more than 30 s,
        disconnect it. `size`: the bytes of all pending pictures; `from_key`: those from the key frame on."""
        assert subscriber.lagging_since is not None
        subscriber.skipped_bytes += size
        if from_key is not None and subscriber.viewer.backlog() <= BACKLOG_LOW:
            subscriber.lagging_since = None
            data = b"".join(from_key)
            subscriber.skipped_bytes -= len(data)
            subscriber.viewer.write(data)
        elif self._clock() - subscriber.lagging_since > PATIENCE_S:
            self.detach(subscriber.viewer)
            subscriber.viewer.close()

    def join(self, burst: bool = True, viewer: Viewer | None = None) -> list[bytes]:
        """Return the first chunks for a new viewer: PAT, PMT and a key frame, then everything up to the newest picture.
        Empty before anything has aired. `viewer`: for whom; None: for one who belongs to no group.

        With `burst` the stream begins at the newest key frame that is at least 5.5 s old, otherwise at the newest key
        frame. Call `attach` next, without an await between the two calls, so that no picture is missed.

        All viewers that join within a second share one bytes object for the first chunk, which is long.
        """
        if viewer is not None and self.route is not None and (other := self.route(viewer)) is not self:
            return other.join(burst)
        if not self._keys:
            return []
        start = self._keys[0] if burst else self._keys[-1]
        kept = self._burst_cache
        if kept is None or kept[0] != start or self._last_frame - kept[1] > TAIL:
            data = b"".join(slot.data for slot in self._ring if slot.frame >= start)
            kept = self._burst_cache = (start, self._last_frame, data)
        return [kept[2], *(slot.data for slot in self._tail(kept[1]))]

    def _tail(self, after: int) -> list[_SentPicture]:
        """Return the pictures after picture number `after`."""
        found = list(takewhile(lambda slot: slot.frame > after, reversed(self._ring)))
        found.reverse()
        return found

    def recent(self, first: int, end: int) -> bytes:
        """Return the stream from picture `first` to before picture `end`, as far as the ring still has it."""
        return b"".join(slot.data for slot in self._ring if first <= slot.frame < end)

    def newest(self, first: int) -> list[tuple[int, bool, bytes]]:
        """Return the ring's pictures from `first` on, or from the newest key frame on if that is earlier. Each is a
        tuple: its number, whether it is a key frame, and its packets. No bytes are copied."""
        if not self._keys:
            return []
        first = min(first, self._keys[-1])
        found = []
        for slot in reversed(self._ring):
            if slot.frame < first:
                break
            found.append((slot.frame, slot.key, slot.data))
        found.reverse()
        return found

    @property
    def is_tapped(self) -> bool:
        """Whether a function gets its pictures."""
        return bool(self._taps)

    def tap(self, tap: Tap) -> None:
        """Pass every picture that is pushed from now on to this function, one by one. It must be quick and not raise.
        A tap is no viewer."""
        self._taps = (*self._taps, tap)

    def untap(self, tap: Tap) -> None:
        """Stop passing pictures to this function. No effect if it gets none."""
        self._taps = tuple(each for each in self._taps if each != tap)

    def attach(self, viewer: Viewer, *, audience: bool = True) -> None:
        """Send this viewer every picture that is pushed from now on. `audience`: it counts as a viewer, and is
        reported; an output of the station itself does not."""
        if audience and self.route is not None and (other := self.route(viewer)) is not self:
            other.attach(viewer)
            return
        group = min(self._groups, key=lambda each: len(each.subscribers))
        self._serve(group)  # the pending pictures were pushed before this viewer came
        group.subscribers[viewer] = _Subscriber(viewer)
        self._home[viewer] = group
        if not audience:
            self._machines.add(viewer)
        elif self.on_viewer is not None:
            self.on_viewer("joined", viewer)

    def detach(self, viewer: Viewer) -> None:
        """Stop sending to this viewer. No effect if it is not attached."""
        group = self._home.pop(viewer, None)
        if group is None:
            other = self._bus_of(viewer)
            if other is not self:
                other.detach(viewer)
            return
        del group.subscribers[viewer]
        if not group.subscribers:
            group.pending, group.key_at = [], None
        if viewer in self._machines:
            self._machines.remove(viewer)
        elif self.on_viewer is not None:
            self.on_viewer("left", viewer)

    def has(self, viewer: Viewer) -> bool:
        """Return whether the viewer is attached here."""
        return viewer in self._home

    def _bus_of(self, viewer: Viewer) -> Bus:
        """Return the bus to which a viewer is attached: a branch, or this one."""
        if viewer in self._home:
            return self
        return next((each for each in self.branches if each.has(viewer)), self)

    @property
    def audience(self) -> list[Viewer]:
        """The viewers that are attached here, without those of the branches and without outputs of the station."""
        return [viewer for viewer in self._home if viewer not in self._machines]

    def branch(self, moves: Callable[[Viewer], bool]) -> Bus:
        """Return a new bus that has the same recent pictures, and move the chosen viewers there, with what waits for
        them. Nothing is reported. `moves` is called with each viewer of the audience."""
        other = Bus(self._rate, on_viewer=self.on_viewer, clock=self._clock)
        other._burst, other._last_frame = self._burst, self._last_frame
        other._ring, other._ring_bytes, other._keys = self._ring.copy(), self._ring_bytes, self._keys.copy()
        for home, new in zip(self._groups, other._groups, strict=True):
            new.pending, new.key_at = home.pending.copy(), home.key_at
            for viewer in [each for each in home.subscribers if each not in self._machines and moves(each)]:
                new.subscribers[viewer] = home.subscribers.pop(viewer)
                del self._home[viewer]
                other._home[viewer] = new
            for group in (home, new):
                if not group.subscribers:
                    group.pending, group.key_at = [], None
        return other

    def take_over(self, other: Bus) -> bool:
        """Take the viewers of another bus, whose newest pictures must be the same bytes. Those for whom other pictures
        still wait stay there. Return whether none stays."""
        for home, old in zip(self._groups, other._groups, strict=True):
            if old.subscribers and (not home.subscribers or home.pending == old.pending):
                home.pending, home.key_at = old.pending, old.key_at
                for viewer, subscriber in old.subscribers.items():
                    home.subscribers[viewer] = subscriber
                    del other._home[viewer]
                    self._home[viewer] = home
                old.subscribers, old.pending, old.key_at = {}, [], None
        return not other._home

    def hand_over(self, viewer: Viewer, to: Bus, moves: Callable[[], None] = lambda: None) -> None:
        """Move a viewer to another bus of the same pictures, beginning with the newest one, which must be a key frame
        and pushed to both. The viewer gets every earlier picture from here, then `moves` is called, and the viewer gets
        this picture and all later ones from there. It stays a viewer, and nothing is reported."""
        group = self._home.pop(viewer)
        subscriber = group.subscribers.pop(viewer)
        if subscriber.lagging_since is None and len(group.pending) > 1:
            viewer.write(b"".join(group.pending[:-1]))
        if not group.subscribers:
            group.pending, group.key_at = [], None
        moves()
        home = min(to._groups, key=lambda each: len(each.subscribers))
        to._serve(home)
        home.subscribers[viewer] = subscriber
        to._home[viewer] = home
        if subscriber.lagging_since is None:
            viewer.write(to._ring[-1].data)

    def close(self) -> None:
        """End the channel's stream: disconnect every viewer."""
        for each in self.branches:
            each.close()
        for group in self._groups:
            self._serve(group)
        for viewer in list(self._home):
            self.detach(viewer)
            viewer.close()
