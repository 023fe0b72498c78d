"""The connection to the station: one worker fetches snapshots, another receives events; both post messages to the app.

The workers use no widget and keep no state of the screen; the app's message handlers do.
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

    from retrovue_tui.break_candidate import ReviewDecision
    from retrovue_tui.protocol.answers.asrun import AsRunEntry
    from retrovue_tui.protocol.answers.audience import AudienceFilter, AudienceReport, Dimension
    from retrovue_tui.protocol.answers.clients import AddressesSnapshot, ClientsSnapshot, DisconnectReceipt
    from retrovue_tui.protocol.answers.library import LibrarySnapshot
    from retrovue_tui.protocol.answers.pictures import AssetBreaks, AssetFacts, Picture
    from retrovue_tui.protocol.answers.plan import BlockEdit, BlockReceipt, PlanSnapshot
    from retrovue_tui.protocol.answers.receipts import Receipt
    from retrovue_tui.protocol.answers.rundown import HistorySnapshot, RundownSnapshot
    from retrovue_tui.protocol.answers.snapshots import StationSnapshot
    from retrovue_tui.protocol.events import Event


class ChannelLine(Protocol):
    """The requests of the control room's first room about a channel. Both calls raise `RetrovueError` if the station
    does not answer or refuses."""

    async def rundown(self, channel_id: str) -> RundownSnapshot:
        """Return a channel's rundown."""

    async def picture(self, channel_id: str, width: int, height: int) -> Picture:
        """Return the newest picture of a channel, at most `width` × `height` pixels."""


class StationLine(ChannelLine, Protocol):
    """The part of `StationClient` that the control room uses. All calls raise `RetrovueError` if the station does not
    answer or refuses."""

    @property
    def url(self) -> str:
        """The station's address."""

    async def station(self) -> StationSnapshot:
        """Return the state of the whole station."""

    def events(self, after: int | None = None) -> AsyncIterator[Event]:
        """Yield every event with a number above `after`, until the connection breaks."""

    async def command(self, channel_id: str, name: str, **arguments: Any) -> Receipt:
        """Send a command for a channel, and return the station's receipt, which accepts or refuses it."""

    async def history(self, channel_id: str) -> HistorySnapshot:
        """Return the edits of a channel's rundown that can be undone or redone."""

    async def asrun(
        self,
        channel: str | None = None,
        *,
        since: float | str | None = None,
        until: float | str | None = None,
        kind: str | None = None,
        limit: int | None = None,
    ) -> tuple[AsRunEntry, ...]:
        """Return rows of the as-run log, oldest first."""

    async def audience(
        self,
        wanted: AudienceFilter | None = None,
        by: Dimension = "spot",
        limit: int | None = None,
        *,
        hours: bool = False,
    ) -> AudienceReport:
        """Return the figures of the audience by one dimension; with `hours`, also the hours of each row."""

    async def proof_file(self, wanted: AudienceFilter, form: str) -> str:
        """Return every airing of spots that the filter selects as the text of a file: `csv`, `json` or `html`."""

    async def plan(self, channel_id: str, days: int) -> PlanSnapshot:
        """Return what a channel airs today and in the following days, `days` in all."""

    async def change_block(self, channel_id: str, edit: BlockEdit) -> BlockReceipt:
        """Change a channel's blocks in the station's configuration, or ask for the effect."""

    async def undo_blocks(self, channel_id: str, revision: str) -> BlockReceipt:
        """Bring back the configuration before the last change of blocks."""

    async def library(self) -> LibrarySnapshot:
        """Return every media file of the station."""

    async def prepare(self, file: str) -> None:
        """Ask the station to prepare a file now."""

    async def facts(self, file: str) -> AssetFacts:
        """Return a file's break candidates and audio envelope."""

    async def review_break(self, file: str, frame: int, decision: ReviewDecision, to: int | None = None) -> AssetBreaks:
        """Send the operator's decision about a file's break candidate, and return the file's candidates."""

    async def clients(self) -> ClientsSnapshot:
        """Return all clients that are connected to the station."""

    async def disconnect(self, client_id: str, block_s: float = 0.0) -> DisconnectReceipt:
        """Disconnect a client, and refuse its streams for `block_s` seconds."""

    async def addresses(self, channel_id: str | None = None) -> AddressesSnapshot:
        """Return the addresses for each kind of client, with the stream of a channel."""

    async def preview(self, file: str, frame: int, width: int, height: int) -> Picture:
        """Return frame `frame` (0-based) of a media file, at most `width` × `height` pixels."""


@dataclass(frozen=True)
class Pace:
    """How often to ask the station for a snapshot, and how long to wait; all in seconds.

    A station without an answer within `answer_s` counts as lost. The wait before the next try starts at `retry_s` and
    doubles up to `longest_retry_s`.
    """

    poll_s: float = 0.25
    answer_s: float = 2.0
    retry_s: float = 0.25
    longest_retry_s: float = 2.0


class StationSeen(Message):
    """Posted when the station of `line` has answered with a snapshot."""

    def __init__(self, line: StationLine, snapshot: StationSnapshot) -> None:
        super().__init__()
        self.line = line
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Replace an older message that still waits: a slow screen draws only the newest snapshot of each station."""
        return isinstance(message, StationSeen) and message.line is self.line


class StationLost(Message):
    """Posted when the station of `line` has not answered. The next try is in `retry_s` seconds."""

    def __init__(self, line: StationLine, reason: str, retry_s: float) -> None:
        super().__init__()
        self.line = line
        self.reason = reason
        self.retry_s = retry_s


class EventsArrived(Message):
    """Posted when the `EventInbox` of the station of `line` has new events."""

    def __init__(self, line: StationLine) -> None:
        super().__init__()
        self.line = line

    def can_replace(self, message: Message) -> bool:
        """Replace an older message that still waits: one `take` returns all events."""
        return isinstance(message, EventsArrived) and message.line is self.line


class EventInbox:
    """Events between the worker that receives them and the app, which takes them in batches. At most `keep` wait."""

    def __init__(self, keep: int) -> None:
        self._waiting: deque[Event] = deque(maxlen=keep)

    def put(self, event: Event) -> None:
        """Add an event; if the inbox is full, drop the oldest one."""
        self._waiting.append(event)

    def take(self) -> list[Event]:
        """Return all waiting events, oldest first, and empty the inbox."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken


async def watch(line: StationLine, pace: Pace, post: Callable[[Message], object]) -> None:
    """Fetch snapshots every `pace.poll_s`, for ever. Post `StationSeen` or `StationLost` for each try."""
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
            post(StationSeen(line, snapshot))
            retry_s = pace.retry_s
            await asyncio.sleep(max(pace.poll_s / 10, pace.poll_s - (time.monotonic() - asked)))
            continue
        post(StationLost(line, reason, retry_s))
        await asyncio.sleep(retry_s)
        retry_s = min(2 * retry_s, pace.longest_retry_s)


async def listen(line: StationLine, after: int, inbox: EventInbox, post: Callable[[Message], object]) -> None:
    """Receive events with a number above `after` until the connection breaks. The caller starts this again when the
    station answers."""
    try:
        async for event in line.events(after):
            inbox.put(event)
            post(EventsArrived(line))
    except (RetrovueError, OSError, ValueError):
        # `watch` reports the lost station with the reason; one report is enough.
        return
