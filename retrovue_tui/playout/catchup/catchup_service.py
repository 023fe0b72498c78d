"""Catch-up: checks a viewer's request for the past of a channel, and makes the viewer's stream."""

from __future__ import annotations

import itertools
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.catchup.aired_rows import AiredRows, programme_start
from retrovue_tui.playout.catchup.pacer import Pacer
from retrovue_tui.playout.catchup.past_source import PastSource
from retrovue_tui.playout.catchup.past_stream import PastStream
from retrovue_tui.playout.catchup.piece_finder import PieceFinder
from retrovue_tui.playout.output.bus import BURST_S
from retrovue_tui.playout.output.splicer import Splicer
from retrovue_tui.protocol.answers.catchup import CatchupError, PastRequest
from retrovue_tui.text.durations import duration_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.media.rendering.render_scheduler import Preparer
    from retrovue_tui.playout.catchup.aired_rows import Log
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.protocol.answers.asrun import AsRunEntry

log = logging.getLogger(__name__)
SKEW_S: Final = 60.0
"""A start that lies in the future by no more than this means the present (s), because clocks differ."""
MOST_SKEW_S: Final = 14 * 3_600.0
"""The largest difference between a client's clock and the station's that is allowed for (s), if the client sends its
time."""
PROGRAMME_ROWS: Final = 500
"""How many rows are searched for the start of the programme on air."""
REPORTED: Final = 1_000
"""How many rows are remembered of which something was skipped, so that each is reported once."""


class CatchupService:
    """Makes the streams of all viewers of the past."""

    def __init__(
        self,
        asrun: Log,
        store: PieceStore,
        preparer: Preparer,
        events: EventLog,
        channels: Callable[[], Mapping[str, Channel]],
        asset: Callable[[Path], Asset | None],
        fault: Callable[[Asset], str | None],
    ) -> None:
        """`asset` returns the asset at a path, and `fault` the reason why an asset cannot be rendered now."""
        self._asrun = asrun
        self._store = store
        self._preparer = preparer
        self._events = events
        self._channels = channels
        self._finder = PieceFinder(store, asset, fault)
        self._numbers = itertools.count(1)
        self._reported: dict[str, None] = {}

    def check(self, channel_id: str, request: PastRequest) -> PastRequest:
        """Return the request with the times to use. If a wrong clock explains a start in the future, it becomes the
        present. Raises `CatchupError` if the channel's catch-up does not reach it."""
        channel, now = self._channels()[channel_id], time.time()
        window = channel.config.catchup
        if not window:
            message = f'Channel {channel_id} offers no catch-up: set catchup = "7d" below [[channel]] in retrovue.toml.'
            raise CatchupError("catchup_off", message)
        start = request.start
        if start is not None and start > now:
            ahead = SKEW_S if request.client_now is None else max(SKEW_S, request.client_now - now + SKEW_S)
            if start - now > min(ahead, MOST_SKEW_S):
                raise CatchupError("not_aired_yet", f"{_text(start)} is in the future; it is {_text(now)} here.")
            start = now
        if start is not None and start < now - window.total_seconds():
            message = f"{_text(start)} is too long ago; channel {channel_id} goes back {duration_text(window)}"
            raise CatchupError("too_old", f"{message}, as its catchup in retrovue.toml says.")
        end = request.end if request.paced else min(now, request.end or now)
        if end is not None and end <= (start or 0.0):
            raise CatchupError("end_before_start", f"The end, {_text(end)}, is not after the start.")
        return PastRequest(start, end, request.paced)

    async def open(self, channel_id: str, request: PastRequest, turn: Callable[[], Awaitable[None]]) -> PastStream:
        """Return a stream of what the channel aired; the caller closes it. `turn`: see `PastStream`. Raises
        `CatchupError`."""
        request = self.check(channel_id, request)
        channel = self._channels()[channel_id]
        try:
            start = await self._start(channel, request)
            rows = AiredRows(self._asrun, channel_id, self._store.house.rate, request.end)
            await rows.seek(start)
            nothing = await rows.is_empty()
        except OSError as error:
            raise CatchupError("log_unreadable", f"The as-run log cannot be read now: {error}.") from error
        if nothing:
            span = f"from {_text(start)} to {_text(request.end or start)}"
            raise CatchupError("nothing_aired", f"Channel {channel_id} aired nothing {span}, by its as-run log.")
        owner = f"past {next(self._numbers)} of {channel_id}"
        source = PastSource(
            owner, rows, self._finder, self._store, self._preparer, lambda: channel.slate, self._skipped, turn
        )
        rate = self._store.house.rate
        return PastStream(
            source, Splicer(rate, channel.name, channel.number), pacer=Pacer(rate, BURST_S) if request.paced else None,
            slate=lambda: channel.slate, turn=turn, off_air=lambda: self._is_off_air(channel),
        )  # fmt: skip

    async def _start(self, channel: Channel, request: PastRequest) -> float:
        """Return the Unix time at which the stream begins. Raises `CatchupError` if nothing has aired since."""
        now, window = time.time(), channel.config.catchup
        newest = await self._asrun.rows_until(channel.id, now + SKEW_S, PROGRAMME_ROWS if request.start is None else 1)
        start = programme_start(newest) if request.start is None else request.start
        last = newest[0].row if newest else None
        over = last is None or (last.ended is not None and start is not None and (last.ended_at or 0.0) <= start)
        if start is None or over:
            raise CatchupError("nothing_aired", f"Channel {channel.id} has aired nothing since then.")
        return max(start, now - window.total_seconds())

    def _is_off_air(self, channel: Channel) -> bool:
        return channel.state == "stopped" or self._channels().get(channel.id) is not channel

    def _skipped(self, row: AsRunEntry, reason: str) -> None:
        """Report once that something of a row cannot be shown again."""
        if row.id in self._reported:
            return
        self._reported[row.id] = None
        if len(self._reported) > REPORTED:
            del self._reported[next(iter(self._reported))]
        at = _text(row.started_at)
        message = f"catch-up: {row.title or row.file} of {at} cannot be shown again in full: {reason}"
        log.info("channel %s: %s", row.channel, message)
        self._events.publish("catchup", message, channel=row.channel, row=row.id, file=row.file, reason=reason)


def _text(at: float) -> str:
    """Return a Unix time for people, in UTC; as a number if it is no time of a calendar."""
    try:
        return (datetime.fromtimestamp(0, UTC) + timedelta(seconds=at)).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError):
        return f"{at:.0f}"
