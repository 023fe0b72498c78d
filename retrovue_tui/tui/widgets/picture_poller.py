"""Fetches pictures of channels from the station: one at a time, and each at most once in `EVERY_S`."""

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

    from retrovue_tui.protocol.answers.pictures import Picture
    from retrovue_tui.tui.station_link import ChannelLine

EVERY_S: Final = 1.0
SLACK_S: Final = 0.05
"""A picture may be fetched this much too early (s), because the room checks only four times a second."""
ANSWER_S: Final = 3.0
"""If a request has no answer after this time (s), give up and report it."""


@dataclass(frozen=True)
class PictureRequest:
    """A request: a channel's id, and the width and height of the picture (pixels)."""

    channel: str
    width: int
    height: int


class PicturePoller:
    """Decides which pictures are due, and fetches them: call `take`, then `answer`. It calls `got` for each request
    with the picture, or with the reason why there is none."""

    def __init__(
        self,
        line: ChannelLine,
        got: Callable[[PictureRequest, Picture | str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line = line
        self._got = got
        self._clock = clock
        self._asked: dict[PictureRequest, float] = {}
        self._due: list[PictureRequest] = []

    def take(self, requests: Sequence[PictureRequest]) -> bool:
        """Choose the requests that are due, the longest waiting first. If earlier ones are still being fetched, choose
        none. Returns whether to call `answer`."""
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
