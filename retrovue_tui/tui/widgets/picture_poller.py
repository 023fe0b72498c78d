"""Fetches pictures of what is on air: one at a time, and none more often than set."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.tui.text import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrovue_tui.protocol.pictures import Picture
    from retrovue_tui.tui.station_link import StationLine

EVERY_S: Final = 1.0
SLACK_S: Final = 0.05
"""A picture may be fetched this much too early (s), because callers look only four times a second."""
ANSWER_S: Final = 3.0
"""After this time without an answer the next picture is asked for (s)."""


@dataclass(frozen=True)
class PictureRequest:
    """A channel, and the size of the picture to fetch."""

    channel: str
    width: int
    height: int


class PicturePoller:
    """Knows which pictures are due: call `take`, then `answer`. `got` is called with each picture, or with the
    reason why there is none."""

    def __init__(
        self,
        line: StationLine,
        got: Callable[[PictureRequest, Picture | str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line = line
        self._got = got
        self._clock = clock
        self._asked: dict[PictureRequest, float] = {}
        self._due: list[PictureRequest] = []

    def take(self, requests: Sequence[PictureRequest]) -> bool:
        """Choose the pictures that are due, the longest waiting first, unless others are being fetched. Returns
        whether to call `answer`."""
        if self._due:
            return False
        now = self._clock()
        self._asked = {request: self._asked[request] for request in requests if request in self._asked}
        late = [request for request in requests if now - self._asked.get(request, -math.inf) >= EVERY_S - SLACK_S]
        self._due = sorted(late, key=lambda request: self._asked.get(request, -math.inf))
        return bool(self._due)

    async def answer(self) -> None:
        """Fetch the chosen pictures, one after another."""
        try:
            for request in self._due:
                self._asked[request] = self._clock()
                self._got(request, await self._picture(request))
        finally:
            self._due = []

    async def _picture(self, request: PictureRequest) -> Picture | str:
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._line.picture(request.channel, request.width, request.height)
        except TimeoutError:
            return f"no answer within {ANSWER_S:g} s"
        except (RetrovueError, OSError, ValueError) as error:
            return formats.clean(str(error) or type(error).__name__)
