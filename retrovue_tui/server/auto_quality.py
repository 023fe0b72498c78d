"""Moves one viewer between the qualities of a channel: down when its connection takes less than its stream has, and up
again later. The viewer's stream has one clock and one count of packets, whatever quality its pictures come from."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.server.live_stream import LiveStream

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrovue_tui.server.interfaces import QualityBus
    from retrovue_tui.server.live_stream import SocketViewer

PACKET: Final = 188
LOOK_S: Final = 0.5
LOOKS: Final = 4
"""The number of looks after which the backlog of a viewer is compared: the viewer falls behind if the backlog has not
shrunk. They take the time from one key frame to the next, because a key frame is many times as large as other
pictures."""
LEAST_S: Final = 0.75
"""A viewer for which less than this length of stream waits (s) does not fall behind."""
ROOM: Final = 0.8
"""A viewer is moved to a quality that takes at most this part of what its connection took."""
CALM_S: Final = 20.0
"""A viewer that has kept up for this time (s) is moved up. Each time it then falls behind, the next try is later, up to
`LONGEST_CALM_S`."""
LONGEST_CALM_S: Final = 320.0
REMEMBERED: Final = 64
"""How many of the last chunks are searched for the last packet of each stream (PID). The tables come every 0.4 s."""


class CountedViewer:
    """A viewer whose continuity counters go on when its stream comes from another bus (ISO/IEC 13818-1, 2.4.3.3)."""

    def __init__(self, viewer: SocketViewer) -> None:
        self.name, self.key = viewer.name, viewer.key
        self._viewer = viewer
        self._sent: deque[bytes] = deque(maxlen=REMEMBERED)
        self._added: dict[int, int] = {}
        self._before: dict[int, int] | None = None

    def write(self, data: bytes) -> None:
        """Send a chunk of whole packets."""
        if self._before is not None:
            self._fit(data)
        self._sent.append(data)
        self._viewer.write(_counted(data, self._added) if any(self._added.values()) else data)

    def backlog(self) -> int:
        """Return the number of bytes that the client has not taken yet."""
        return self._viewer.backlog()

    def close(self) -> None:
        """End the connection."""
        self._viewer.close()

    def moves(self) -> None:
        """Prepare for packets of another bus: they are to continue the counts of the last ones that were sent."""
        last: dict[int, int] = {}
        for data in self._sent:
            for pid, counter, _ in _packets(data):
                last[pid] = (counter + self._added.get(pid, 0)) & 15
        self._before = last
        self._sent.clear()

    def _fit(self, data: bytes) -> None:
        """Find what must be added to the counters of each PID. A packet without a payload does not count."""
        assert self._before is not None
        for pid, counter, has_payload in _packets(data):
            if pid in self._before:
                due = self._before.pop(pid) + has_payload
                self._added[pid] = (due - counter) & 15
        if not self._before:
            self._before = None


def _packets(data: bytes) -> list[tuple[int, int, bool]]:
    """Return the PID and the counter of each packet, and whether it has a payload."""
    return [
        ((high & 0x1F) << 8 | low, control & 15, bool(control & 0x10))
        for high, low, control in zip(data[1::PACKET], data[2::PACKET], data[3::PACKET], strict=True)
    ]


def _counted(data: bytes, added: dict[int, int]) -> bytes:
    """Return packets with a number added to the counters of each PID."""
    controls = bytes(
        control & 0xF0 | (control + added.get((high & 0x1F) << 8 | low, 0)) & 15
        for high, low, control in zip(data[1::PACKET], data[2::PACKET], data[3::PACKET], strict=True)
    )
    changed = bytearray(data)
    changed[3::PACKET] = controls
    return bytes(changed)


@dataclass
class QualityChoice:
    """Decides which quality suits a connection. Pure. `rates`: the bytes per second of each quality, the best first;
    `now_at`: the number of the present one."""

    rates: Sequence[float]
    now_at: int = 0
    _last: tuple[float, int] | None = None
    _calm_since: float | None = None
    _calm_s: float = CALM_S
    _up_at: float = float("-inf")
    _took: deque[float] = field(default_factory=lambda: deque(maxlen=LOOKS))
    _waited: deque[int] = field(default_factory=lambda: deque(maxlen=LOOKS))

    def look(self, now: float, sent: int, backlog: int, rate: float = 0.0) -> int:
        """Return the number of the quality to use. `sent`: the bytes that the connection has taken so far. `backlog`:
        the bytes that wait for it. `now`: the time (s). `rate`: the bytes per second that the stream really has now, if
        they are known: of quiet pictures, they are a fraction of the quality's rate."""
        last, self._last = self._last, (now, sent)
        if last is None or now <= last[0]:
            return self.now_at
        self._took.append((sent - last[1]) / (now - last[0]))
        grew = len(self._waited) == LOOKS and backlog >= self._waited[0]
        self._waited.append(backlog)
        waits_s = backlog / min(self.rates[self.now_at], rate or float("inf"))
        if waits_s > LEAST_S:
            self._calm_since = None
        elif self._calm_since is None:
            self._calm_since = now
        if grew and waits_s > LEAST_S and self.now_at < len(self.rates) - 1:
            self._go(self.now_at + 1 if now - self._up_at < CALM_S else self._affordable())
            self._calm_s = min(LONGEST_CALM_S, self._calm_s * 2)
        elif self._calm_since is not None and now - self._calm_since > self._calm_s and self.now_at > 0:
            self._go(self.now_at - 1)
            self._up_at = now
        return self.now_at

    def _affordable(self) -> int:
        """Return the best quality below the present one that the connection can take; the lowest if it can take
        none."""
        took = sum(self._took) / len(self._took)
        lower = range(self.now_at + 1, len(self.rates))
        return next((number for number in lower if self.rates[number] <= ROOM * took), len(self.rates) - 1)

    def _go(self, number: int) -> None:
        self.now_at, self._calm_since = number, None
        self._waited.clear()


class AutoStream(LiveStream):
    """The live stream of one viewer, in the quality that suits its connection."""

    is_auto = True
    bus: QualityBus

    def __init__(
        self,
        socket: SocketViewer,
        qualities: Sequence[str],
        rates: Sequence[float],
        bus_of: Callable[[str], QualityBus],
    ) -> None:  # fmt: skip
        """`qualities`: their names, the best first; `rates`: their bytes per second. `bus_of` returns the bus of a
        quality."""
        super().__init__(socket, bus_of(qualities[0]))
        self.viewer: CountedViewer = CountedViewer(socket)
        self._qualities, self._bus_of, self._present = qualities, bus_of, qualities[0]
        self._choice = QualityChoice(rates)
        self._to: tuple[str, QualityBus] | None = None
        self._watching: asyncio.Task[None] | None = None

    def begin(self, burst: bool) -> None:
        """Send the stream, and watch the connection from now on."""
        super().begin(burst)
        self._watching = asyncio.create_task(self._watch())

    async def end(self) -> None:
        """Stop sending."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        self._untap()
        await super().end()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            number = self._choice.look(monotonic(), *self._socket.received(), self.bus.bytes_per_s)
            wanted = self._qualities[number]
            if wanted != self._present and self._to is None:
                self._to = wanted, self._bus_of(wanted)
                for bus in (self.bus, self._to[1]):
                    bus.tap(self._picture)

    def _picture(self, frame: int, data: bytes, key: bool) -> None:
        """Move the viewer when both buses have the same key frame as their newest picture."""
        if self._to is None or not key:
            return
        quality, to = self._to
        if self.bus.newest_frame == to.newest_frame == frame:
            before = self.bus
            self._untap()
            if before.has(self.viewer):
                self._present, self.bus = quality, to
                self.quality = "" if quality == self._qualities[0] else quality
                before.hand_over(self.viewer, to, self.viewer.moves)

    def _untap(self) -> None:
        if self._to is not None:
            for bus in (self.bus, self._to[1]):
                bus.untap(self._picture)
            self._to = None
