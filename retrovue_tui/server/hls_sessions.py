"""The viewers of HLS. Nothing in HTTP connects the requests of a viewer, so all requests for a channel that come from
one address and one program count as one viewer, until none has come for a while."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from retrovue_tui.server.clients.connected_clients import ConnectedClients
    from retrovue_tui.server.limits import ViewerLimits

    Counting = Callable[["HlsSession"], AbstractContextManager[None]]

GONE_AFTER: Final = 3
"""A viewer is gone after this many target durations without a request."""
LOOK_S: Final = 2.0
"""The interval at which viewers that are gone are found (s)."""


@dataclass(eq=False)
class HlsSession:
    """One viewer. `seen_at`: the monotonic time of its last request. `sent`: the bytes of the segments that it has
    asked for. `behind_s`: how far the end of the last one is behind the live stream (s). `quality`: its quality; empty
    for the channel's own. `is_counted`: whether it is counted with the audience. `is_gone`: it counts no longer."""

    gone_at: float
    seen_at: float = 0.0
    sent: int = 0
    behind_s: float = 0.0
    mode: Literal["live"] = "live"
    quality: str = ""
    is_auto: bool = False
    held: ExitStack = field(default_factory=ExitStack)
    is_counted: bool = False
    is_gone: bool = False

    def count(self, began: Counting) -> None:
        """Count the viewer with the audience once, because it sees the channel. `began` is called with the session,
        which holds the context that it returns until the viewer is gone."""
        if not self.is_counted and not self.is_gone:
            self.is_counted = True
            self.held.enter_context(began(self))

    def skips(self) -> tuple[int, int]:
        """Return how often the viewer was moved forward, and the bytes that it missed: never, and none."""
        return 0, 0

    def close(self) -> None:
        """Forget the viewer. Nothing but a block keeps it from asking again."""
        self.gone_at = 0.0


class HlsSessions:
    """Counts the viewers of HLS together with all others, and lists them with the connected clients."""

    def __init__(self, limits: ViewerLimits, clients: ConnectedClients, clock: Callable[[], float] = monotonic) -> None:
        self._limits, self._clients, self._clock = limits, clients, clock
        self._sessions: dict[tuple[str, str, str], HlsSession] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._sessions)

    def of(self, address: str, user_agent: str, channel_id: str, target_s: int) -> HlsSession:
        """Return the session of a viewer that has just sent a request. Raises an `HttpError` if it is blocked (403), or
        if there are too many viewers (503)."""
        self._clients.check(address, user_agent)
        key = (address, user_agent, channel_id)
        session = self._sessions.get(key)
        gone_at = self._clock() + GONE_AFTER * target_s
        if session is not None:
            session.gone_at, session.seen_at = gone_at, self._clock()
            return session
        self._limits.enter(address)
        session = HlsSession(gone_at, self._clock())
        session.held.callback(self._limits.leave, address)
        session.held.enter_context(self._clients.stream(address, user_agent, channel_id, session))
        self._sessions[key] = session
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look)
        return session

    def counts(self) -> Counter[tuple[str, str]]:
        """Return how many viewers each channel has, by the quality of the last segment."""
        return Counter((channel, session.quality) for (_, _, channel), session in self._sessions.items())

    def close(self) -> None:
        """Forget all viewers, because the server stops."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._drop(list(self._sessions))

    def _look(self) -> None:
        now = self._clock()
        self._drop([key for key, session in self._sessions.items() if session.gone_at <= now])
        again = bool(self._sessions)
        self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look) if again else None

    def _drop(self, keys: list[tuple[str, str, str]]) -> None:
        for key in keys:
            session = self._sessions.pop(key)
            session.is_gone = True
            session.held.close()
