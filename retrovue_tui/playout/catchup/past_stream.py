"""One viewer's stream of the past: continuous MPEG-TS from the pictures that aired, at its own pace."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.catchup.past_source import Step

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from retrovue_tui.playout.catchup.pacer import Pacer
    from retrovue_tui.playout.catchup.past_source import PastSource
    from retrovue_tui.playout.output.slate_player import SlatePlayer
    from retrovue_tui.playout.output.splicer import Splicer

PART: Final = 15
"""How many pictures are spliced at a time: half a second of stream, in about half a millisecond."""
LOOK_EVERY_S: Final = 0.25
"""How often a stream that has reached the present looks for new pictures (s)."""
RENDER_EVERY_S: Final = 0.1
SLATE_LEAD_S: Final = 1.5
"""While a piece is rendered, the slate is sent when the client has less than this left to play (s)."""


class PastStream:
    """Returns the parts of the stream, until its end. Nothing runs between two calls."""

    def __init__(
        self,
        source: PastSource,
        splicer: Splicer,
        *,
        pacer: Pacer | None,
        slate: Callable[[], SlatePlayer | None],
        turn: Callable[[], Awaitable[None]],
        off_air: Callable[[], bool],
    ) -> None:
        """`pacer` None: as fast as `next` is called. `turn` waits until the event loop has time for a millisecond of
        work. `off_air` returns whether the channel has stopped, so that nothing more will air."""
        self._source = source
        self._splicer = splicer
        self._pacer = pacer
        self._slate = slate
        self._turn = turn
        self._off_air = off_air
        self._standing_by: SlatePlayer | None = None
        self._aired_at: float | None = None

    @property
    def behind_s(self) -> float:
        """How long ago the newest part of the stream aired (s)."""
        return 0.0 if self._aired_at is None else max(0.0, time.time() - self._aired_at)

    async def next(self) -> bytes | None:
        """Return the next part when it is due: whole packets. None at the end of the stream. Raises `OSError` if the
        as-run log cannot be read."""
        while True:
            if self._pacer is not None:
                await asyncio.sleep(self._pacer.wait_s(self._splicer.frame, PART))
            await self._turn()
            if part := self._spliced():
                return part
            step = await self._source.advance()
            if step is Step.END or (step is Step.PRESENT and self._off_air()):
                return None
            if step is Step.PRESENT:
                await asyncio.sleep(LOOK_EVERY_S)
            elif step is Step.RENDERING and (part := await self._while_rendering()):
                return part

    def close(self) -> None:
        """End the stream: close its files, and cancel its renders. Call this once in the end."""
        self._source.close()

    def _spliced(self) -> bytes:
        parts: list[bytes] = []
        while len(parts) < PART and (picture := self._source.pop()) is not None:
            parts.append(self._splicer.splice(picture))
        if parts:
            self._standing_by = None
            self._aired_at = self._source.aired_at
        return b"".join(parts)

    async def _while_rendering(self) -> bytes:
        """Wait for a render, and keep a paced client busy with the slate meanwhile. Return the packets to send."""
        if self._pacer is not None and self._pacer.lead_s(self._splicer.frame) < SLATE_LEAD_S:
            self._standing_by = self._standing_by or self._fresh_slate()
            if self._standing_by is not None:
                pictures = (self._standing_by.pop() for _ in range(PART))
                return b"".join(self._splicer.splice(each) for each in pictures if each is not None)
        await asyncio.sleep(RENDER_EVERY_S)
        return b""

    def _fresh_slate(self) -> SlatePlayer | None:
        slate = self._slate()
        return None if slate is None else slate.again()
