"""The clients that are connected to the station: streams and control rooms, with figures that are computed on request.

A client costs a number that its stream counts up with each write, and two samples of this number every ten seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from retrovue_tui.protocol.answers.clients import (
    BlockedClient,
    ClientsSnapshot,
    ConnectedClient,
    ConnectedControlRoom,
    DisconnectReceipt,
)
from retrovue_tui.server.clients.client_names import client_name
from retrovue_tui.server.http import HttpError
from retrovue_tui.server.limits import BLOCKED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from retrovue_tui.protocol.answers.clients import StreamMode

SAMPLE_S: Final = 5.0
"""How often the bytes of each client are sampled (s). A bit rate is the average since the last sample but one."""
AT_ONCE: Final = 200
"""How many clients are described in one turn of the event loop."""


class Feed(Protocol):
    """One client's stream. The registry asks it only when somebody wants to see the clients, and at each sample."""

    @property
    def mode(self) -> StreamMode:
        """Whether the stream is live, or of the past."""

    @property
    def quality(self) -> str:
        """The name of the stream's present quality; empty for the channel's own."""

    @property
    def is_auto(self) -> bool:
        """Whether the station chooses the quality to suit the connection."""

    @property
    def sent(self) -> int:
        """The number of bytes that the client has taken."""

    @property
    def behind_s(self) -> float:
        """How far the stream is behind the live stream (s)."""

    def skips(self) -> tuple[int, int]:
        """Return how often the client was moved forward because it was too slow, and the bytes that it missed."""

    def close(self) -> None:
        """Disconnect the client."""


class _Sample(NamedTuple):
    at: float
    sent: int


@dataclass(eq=False)
class _Stream:
    """A connected client. `before` is the last sample but one, `last` the last one."""

    id: str
    channel: str
    address: str
    client: str
    since: float
    feed: Feed
    before: _Sample
    last: _Sample = field(init=False)

    def __post_init__(self) -> None:
        self.last = self.before

    def sample(self, now: float) -> None:
        self.before, self.last = self.last, _Sample(now, self.feed.sent)

    def row(self, now: float, quality: str) -> ConnectedClient:
        sent = self.feed.sent
        took = now - self.before.at
        rate = (sent - self.before.sent) * 8 / 1_000 / took if took > 0 else 0.0
        jumps, skipped = self.feed.skips()
        name = self.feed.quality or quality
        return ConnectedClient(
            self.id, self.channel, self.address, self.client, self.since, self.feed.mode,
            round(self.feed.behind_s, 2), sent, round(max(0.0, rate), 1), jumps, skipped,
            f"{name} auto" if self.feed.is_auto else name,
        )  # fmt: skip


class ConnectedClients:
    """Lists the connected clients, disconnects one on request, and refuses the blocked ones."""

    def __init__(self, clock: Callable[[], float] = monotonic, wall: Callable[[], float] = time.time) -> None:
        """`clock` measures lengths of time (s); `wall` returns Unix time (s)."""
        self._clock, self._wall = clock, wall
        self._streams: dict[str, _Stream] = {}
        self._rooms: dict[str, ConnectedControlRoom] = {}
        self._blocked: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    # ── called by the streams ────────────────────────────────────────────────────────────────────

    def check(self, address: str, user_agent: str) -> None:
        """Raise an `HttpError` (403) if this client is blocked."""
        self._forget_blocks()
        until = self._blocked.get((address, client_name(user_agent))) if self._blocked else None
        if until is not None:
            wait = max(1, round(until - self._clock()))
            message = f"The operator has disconnected this client; it may connect again in {wait} s."
            raise HttpError(403, "blocked", message, {"Retry-After": str(wait)})

    @contextlib.contextmanager
    def stream(self, address: str, user_agent: str, channel_id: str, feed: Feed) -> Iterator[None]:
        """List a client for as long as its stream lasts."""
        began = _Sample(self._clock(), 0)
        entry = _Stream(self._new_id(), channel_id, address, client_name(user_agent), self._wall(), feed, began)
        self._streams[entry.id] = entry
        if self._timer is None:
            self._start_timer()
        try:
            yield
        finally:
            del self._streams[entry.id]

    @contextlib.contextmanager
    def control_room(self, address: str, user_agent: str) -> Iterator[None]:
        """List a client of the event stream for as long as it is connected."""
        room = ConnectedControlRoom(self._new_id(), address, client_name(user_agent), self._wall())
        self._rooms[room.id] = room
        try:
            yield
        finally:
            del self._rooms[room.id]

    def close(self) -> None:
        """Stop sampling. The streams end by themselves."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # ── called by the routes ─────────────────────────────────────────────────────────────────────

    async def snapshot(self, quality: str) -> ClientsSnapshot:
        """Return all clients. `quality`: the house format of the streams. Other tasks run meanwhile, because there may
        be thousands of clients."""
        rows = []
        for number, entry in enumerate(list(self._streams.values()), 1):
            rows.append(entry.row(self._clock(), quality))
            if not number % AT_ONCE:
                await asyncio.sleep(0)
        self._forget_blocks()
        blocked = [BlockedClient(*who, round(until - self._clock(), 1)) for who, until in self._blocked.items()]
        return ClientsSnapshot(self._wall(), tuple(rows), tuple(self._rooms.values()), tuple(blocked))

    def counts(self) -> Counter[tuple[str, str, str]]:
        """Return how many streams there are of each channel, mode and quality; an empty quality is the channel's
        own."""
        return Counter((each.channel, each.feed.mode, each.feed.quality) for each in self._streams.values())

    def disconnect(self, id: str, block_s: float = 0.0) -> DisconnectReceipt:
        """Disconnect a client. For `block_s` seconds, refuse streams to the same program at the same address; those
        that it still has go on. Raises an `HttpError` (404, 409) if there is no such client, or if it is a control
        room."""
        entry = self._streams.get(id)
        if entry is None:
            raise self._no_client(id)
        entry.feed.close()
        if block_s > 0:
            self._blocked[entry.address, entry.client] = self._clock() + block_s
            while len(self._blocked) > BLOCKED:
                self._blocked.popitem(last=False)
        then = f"its streams are refused for {block_s:,.0f} s" if block_s > 0 else "it may connect again at once"
        message = f"{entry.client} at {entry.address} was disconnected from channel {entry.channel}; {then}"
        return DisconnectReceipt(id, entry.channel, entry.address, entry.client, block_s, message)

    def _no_client(self, id: str) -> HttpError:
        if id in self._rooms:
            message = "A control room would connect again at once; to keep it out, change `token` in retrovue.toml."
            return HttpError(409, "control_room", message)
        message = f"No client {id[:64]!r} is connected; it may have left."
        return HttpError(404, "no_such_client", message)

    # ── helpers ──────────────────────────────────────────────────────────────────────────────────

    def _new_id(self) -> str:
        while (id := secrets.token_hex(3)) in self._streams or id in self._rooms:
            pass
        return id

    def _forget_blocks(self) -> None:
        if self._blocked:
            now = self._clock()
            for who in [who for who, until in self._blocked.items() if until <= now]:
                del self._blocked[who]

    def _start_timer(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(SAMPLE_S, self._sample)

    def _sample(self) -> None:
        now = self._clock()
        for entry in self._streams.values():
            entry.sample(now)
        self._timer = None
        if self._streams:
            self._start_timer()
