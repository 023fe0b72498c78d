"""The bus: a channel's output stream, with its ring of recent pictures and its viewers."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.timecode import FrameRate

BURST_S: Final = 5.5
"""A player that probes MPEG-TS wants 5 s of stream before it shows a picture; so a join begins this far back."""
BACKLOG_LIMIT: Final = 6_000_000
"""Bytes that may wait for a viewer: twelve seconds at 4 Mb/s, and more than a join sends at once."""
BACKLOG_LOW: Final = 256_000
PATIENCE_S: Final = 30.0
"""How long a viewer may stay behind before it is let go."""


class Viewer(Protocol):
    """Whoever takes the stream. Nothing here may block or raise."""

    name: str

    def write(self, data: bytes) -> None:
        """Take a chunk of whole packets."""

    def backlog(self) -> int:
        """Bytes that were written and that the peer has not taken yet."""

    def close(self) -> None:
        """End the connection: the viewer was behind for too long, or the channel ends."""


@dataclass(slots=True)
class _Slot:
    frame: int
    key: bool
    data: bytes


class _Seat:
    """A viewer, and since when it has been skipping because it is behind."""

    __slots__ = ("behind_since", "viewer")

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.behind_since: float | None = None


class Bus:
    """Keeps the last seconds of the stream and hands every chunk to every viewer, one shared object for all.

    `push` takes pictures as they are spliced, `flush` sends what came since the last flush.
    """

    def __init__(
        self,
        rate: FrameRate,
        *,
        burst_s: float = BURST_S,
        on_viewer: Callable[[str, Viewer], None] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._burst = rate.count(burst_s)
        self._ring: deque[_Slot] = deque()
        self._keys: deque[int] = deque()
        self._pending: list[bytes] = []
        self._pending_key: int | None = None
        self._last_frame = 0
        self._seats: dict[Viewer, _Seat] = {}
        self._burst_cache: tuple[int, int, bytes] | None = None
        self._on_viewer = on_viewer
        self._clock = clock
        self.bytes_out = 0
        self.skips = 0
        self.dropped = 0

    @property
    def viewers(self) -> int:
        """How many are connected."""
        return len(self._seats)

    def push(self, frame: int, data: bytes, *, key: bool) -> None:
        """The next picture of the stream, and its audio."""
        self._ring.append(_Slot(frame, key, data))
        if key:
            self._keys.append(frame)
            if self._pending_key is None:
                self._pending_key = len(self._pending)
        self._pending.append(data)
        self._last_frame = frame
        while len(self._keys) > 1 and self._keys[1] <= frame - self._burst:
            self._keys.popleft()
            while self._ring[0].frame < self._keys[0]:
                self._ring.popleft()

    def flush(self) -> None:
        """Send what was pushed since the last flush."""
        if not self._pending:
            return
        pending, self._pending = self._pending, []
        key_at, self._pending_key = self._pending_key, None
        data = b"".join(pending)
        for seat in list(self._seats.values()):
            viewer = seat.viewer
            if seat.behind_since is None:
                if viewer.backlog() <= BACKLOG_LIMIT:
                    viewer.write(data)
                    self.bytes_out += len(data)
                else:
                    seat.behind_since = self._clock()
                    self.skips += 1
            elif key_at is not None and viewer.backlog() <= BACKLOG_LOW:
                seat.behind_since = None
                viewer.write(b"".join(pending[key_at:]))
            elif self._clock() - seat.behind_since > PATIENCE_S:
                self.dropped += 1
                self.detach(viewer)
                viewer.close()

    def join(self, burst: bool = True) -> bytes:
        """What a new viewer gets at once: PAT, PMT and a key frame first, then everything up to the live edge.

        With `burst` it begins at the newest key frame that is at least 5.5 s old, else at the newest. Flushes, so
        that `join` and `attach` without an await between them leave no gap. Empty while nothing has aired.
        """
        self.flush()
        if not self._keys:
            return b""
        start = self._keys[0] if burst else self._keys[-1]
        if self._burst_cache is None or self._burst_cache[:2] != (start, self._last_frame):
            data = b"".join(slot.data for slot in self._ring if slot.frame >= start)
            self._burst_cache = (start, self._last_frame, data)
        return self._burst_cache[2]

    def recent(self, first: int, end: int) -> bytes:
        """The stream of pictures `first` up to `end`, as far as the ring still has it."""
        return b"".join(slot.data for slot in self._ring if first <= slot.frame < end)

    def attach(self, viewer: Viewer) -> None:
        """From now on this viewer gets every chunk."""
        self._seats[viewer] = _Seat(viewer)
        if self._on_viewer is not None:
            self._on_viewer("joined", viewer)

    def detach(self, viewer: Viewer) -> None:
        """This viewer gets no more; without effect when it is not attached."""
        if self._seats.pop(viewer, None) is not None and self._on_viewer is not None:
            self._on_viewer("left", viewer)

    def close(self) -> None:
        """The channel ends: let every viewer go."""
        self.flush()
        for viewer in list(self._seats):
            self.detach(viewer)
            viewer.close()
