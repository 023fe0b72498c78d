"""The connection to the station: two workers that ask and listen, and post what they receive.

They use no widget and keep no state of the screen; the app's handlers do.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from textual.message import Message

from retrovue_tui.errors import RetrovueError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from retrovue_tui.protocol.asrun import AsRunEntry
    from retrovue_tui.protocol.events import Event
    from retrovue_tui.protocol.library import LibrarySnapshot
    from retrovue_tui.protocol.pictures import AssetFacts, Picture
    from retrovue_tui.protocol.receipts import Receipt
    from retrovue_tui.protocol.rundown import HistorySnapshot, RundownSnapshot
    from retrovue_tui.protocol.snapshots import StationSnapshot


class StationLine(Protocol):
    """The part of `StationClient` that the control room uses. Calls raise `RetrovueError` while the station is lost."""

    @property
    def url(self) -> str:
        """The station's address."""

    async def station(self) -> StationSnapshot:
        """Return the state of the whole station."""

    def events(self, after: int | None = None) -> AsyncIterator[Event]:
        """Yield every event newer than `after`, until the connection breaks."""

    async def command(self, channel_id: str, name: str, **arguments: Any) -> Receipt:
        """Send a command for a channel; the receipt says whether it was accepted."""

    async def rundown(self, channel_id: str) -> RundownSnapshot:
        """Return a channel's rundown."""

    async def history(self, channel_id: str) -> HistorySnapshot:
        """Return the edits of a rundown that can be undone and redone."""

    async def asrun(
        self,
        channel: str | None = None,
        *,
        since: float | str | None = None,
        until: float | str | None = None,
        kind: str | None = None,
        limit: int | None = None,
    ) -> tuple[AsRunEntry, ...]:
        """Return rows of the as-run log."""

    async def library(self) -> LibrarySnapshot:
        """Return every media file of the station."""

    async def prepare(self, file: str) -> None:
        """Have a file prepared at once."""

    async def facts(self, file: str) -> AssetFacts:
        """Return a file's cues and sound."""

    async def picture(self, channel_id: str, width: int, height: int) -> Picture:
        """Return the newest picture on air."""

    async def preview(self, file: str, frame: int, width: int, height: int) -> Picture:
        """Return one frame of a media file."""


@dataclass(frozen=True)
class Pace:
    """How often the station is asked, and how long an answer may take; all in seconds.

    `answer_s` limits one answer: a station that hangs is as lost as one that has ended. Retries double from `retry_s`
    up to `longest_retry_s`.
    """

    poll_s: float = 0.25
    answer_s: float = 2.0
    retry_s: float = 0.25
    longest_retry_s: float = 2.0


class StationSeen(Message):
    """The station answered."""

    def __init__(self, snapshot: StationSnapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Replace an older snapshot: a slow screen draws only the newest."""
        return isinstance(message, StationSeen)


class StationLost(Message):
    """The station did not answer; it is asked again in `retry_s` seconds."""

    def __init__(self, reason: str, retry_s: float) -> None:
        super().__init__()
        self.reason = reason
        self.retry_s = retry_s


class EventsHeard(Message):
    """There are events to fetch from the `EventInbox`."""

    def can_replace(self, message: Message) -> bool:
        """Replace an older message: one fetch takes all events."""
        return isinstance(message, EventsHeard)


class EventInbox:
    """Events on their way from the listener to the app, which takes them in batches."""

    def __init__(self, keep: int) -> None:
        self._waiting: deque[Event] = deque(maxlen=keep)

    def put(self, event: Event) -> None:
        """Add one; the oldest is dropped if nobody fetches."""
        self._waiting.append(event)

    def take(self) -> list[Event]:
        """Return all waiting events, oldest first, and forget them."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken


async def watch(line: StationLine, pace: Pace, post: Callable[[Message], object]) -> None:
    """Ask for snapshots at a steady pace, for ever."""
    retry_s = pace.retry_s
    while True:
        asked = time.monotonic()
        try:
            async with asyncio.timeout(pace.answer_s):
                snapshot = await line.station()
        except TimeoutError:
            reason = f"The station at {line.url} did not answer within {pace.answer_s:g} s."
        except (RetrovueError, OSError, ValueError) as error:
            reason = str(error) or type(error).__name__
        else:
            post(StationSeen(snapshot))
            retry_s = pace.retry_s
            await asyncio.sleep(max(pace.poll_s / 10, pace.poll_s - (time.monotonic() - asked)))
            continue
        post(StationLost(reason, retry_s))
        await asyncio.sleep(retry_s)
        retry_s = min(2 * retry_s, pace.longest_retry_s)


async def listen(line: StationLine, after: int, inbox: EventInbox, post: Callable[[Message], object]) -> None:
    """Receive events until the connection breaks. The caller starts it again once the station answers."""
    try:
        async for event in line.events(after):
            inbox.put(event)
            post(EventsHeard())
    except (RetrovueError, OSError, ValueError):
        # The watcher reports the lost station, with the reason; one report is enough.
        return
