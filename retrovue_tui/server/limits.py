"""The server's limits on sizes, counts and rates. The README has a table of these limits."""

from __future__ import annotations

import resource
from collections import Counter
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.loopback import is_loopback
from retrovue_tui.server.http import HttpError
from retrovue_tui.threads import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECTIONS: Final = 500
"""How many connections may be open in addition to `max_viewers`. The server closes any further connection at once."""
IDLE_S: Final = 75.0
"""How long a connection may stay open without a request (s)."""
DESCRIPTORS: Final = 512
"""Open files that are reserved for decks, workers and the log."""
BODY: Final = 256 * 1024
"""The most bytes of a request's body."""
BODY_S: Final = 10.0
"""How long a body may take to arrive (s)."""
DEPTH: Final = 8
"""The deepest nesting of objects and lists in a body."""
VALUES: Final = 20_000
"""The most values in a body."""
HEADERS: Final = 100
"""The most header lines of a request. Each header line, and the request line, may have up to `HEADER` bytes."""
HEADER: Final = 8_190
FILE_NAME: Final = 4_096
"""The most bytes of a file name in a query or a body."""
EVENT_CLIENTS: Final = 100
"""The most event streams open at once."""
BLOCKED: Final = 256
"""The most clients that can be blocked at once; with one more, the block that was set first ends."""
EVENT_WRITE_S: Final = 30.0
"""An event client that reads nothing for this time (s) is disconnected."""
COMMANDS_WAITING: Final = 64
"""The most commands that may run or wait at once."""
COMMANDS_A_SECOND, COMMANDS_AT_ONCE = 50.0, 150.0
PLANS_WAITING: Final = 8
"""The most plans and changes of blocks that may be in work or wait at once. The station works on one at a time."""
GUIDES_WAITING: Final = 32
"""The most requests for guides that may be in work or wait at once."""
ART_A_SECOND, ART_AT_ONCE = 100.0, 2_000.0
"""Two limits on pictures of programmes: for each second, and for a burst. A media server fetches all of a guide at
once."""
PICTURES_WAITING: Final = 16
"""The most pictures that may be in progress or waiting at once."""
PIXELS_A_SECOND, PIXELS_AT_ONCE = 60e6, 120e6
"""Two limits on the pixels of requested pictures: for each second, and for a burst. It allows about 30 pictures of
1920x1080 a second, or 460 of 480x270."""
READS_A_SECOND, READS_AT_ONCE = 20.0, 60.0
"""Two limits on requests whose answers may have megabytes (library, as-run log, rundown): for each second, and for a
burst."""


class Bucket:
    """A rate limit (token bucket). A full bucket holds `at_once`, and it refills at `a_second`."""

    def __init__(self, what: str, a_second: float, at_once: float, clock: Callable[[], float] = monotonic) -> None:
        self._what, self._rate, self._most, self._clock = what, a_second, at_once, clock
        self._left, self._at = at_once, clock()

    def take(self, amount: float = 1.0) -> None:
        """Take an amount from the bucket. If it holds too little, raises an `HttpError` (429) with the time to wait."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        if amount > self._left:
            wait = max(1, round((amount - self._left) / self._rate + 0.5))
            raise too_many(f"more {self._what} than the station answers at a time ({self._rate:,.0f} a second)", wait)
        self._left -= amount


class WaitingLimit:
    """Limits the requests that wait for an answer at once, each in a `with` block.

    Raises an `HttpError`: 429 if there are `most` of them already; 503 if the station reports that it has no answer.
    """

    def __init__(self, what: str, most: int) -> None:
        self._what, self._most, self._count = what, most, 0

    def __enter__(self) -> None:
        if self._count >= self._most:
            raise too_many(f"{self._most} {self._what} being made already, which is the limit")
        self._count += 1

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        self._count -= 1
        if isinstance(error, RetrovueError) and not isinstance(error, BusyError):
            raise HttpError(503, "not_ready", f"{error.message}.", {"Retry-After": "1"}) from error


def too_many(what: str, wait_s: int = 1) -> HttpError:
    """Return the refusal (429) of a request, because too many of its kind are in progress."""
    return HttpError(429, "too_many", f"There are {what}; try again in {wait_s} s.", {"Retry-After": str(wait_s)})


def most_connections(max_viewers: int) -> int:
    """Return how many connections may be open at once: at most as many as the process has file descriptors for."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max_viewers + CONNECTIONS
    return wanted if soft == resource.RLIM_INFINITY else min(wanted, max(64, soft - DESCRIPTORS))


class ViewerLimits:
    """Counts viewers in total and by address. Addresses of this machine have no limit of their own: a proxy, a media
    server or a tuner here serves many viewers."""

    def __init__(self, most: int, per_address: int) -> None:
        self._most, self._per_address = most, per_address
        self._count: Counter[str] = Counter()

    def enter(self, address: str) -> None:
        """Count one more viewer. Raises an `HttpError` (503) if a limit is reached."""
        if self._count.total() >= self._most:
            raise self._full(f"There are {self._most} viewers already; the limit is max_viewers")
        if self._count[address] >= self._per_address and not is_loopback(address):
            raise self._full(f"{address} has {self._per_address} viewers already; the limit is max_viewers_per_address")
        self._count[address] += 1

    def leave(self, address: str) -> None:
        """Count one viewer less. Call it once for each successful `enter`."""
        self._count[address] -= 1
        if self._count[address] <= 0:
            del self._count[address]

    def _full(self, reason: str) -> HttpError:
        message = f"{reason} below [server] in retrovue.toml; try again later."
        return HttpError(503, "too_many_viewers", message, {"Retry-After": "10"})
