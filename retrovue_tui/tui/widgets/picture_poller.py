"""Pictures of what is on air: asked for one at a time, never while one is on its way, never more often than set."""

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
"""So much too early is no harm: whoever looks comes by four times a second."""
ANSWER_S: Final = 3.0
"""A station that takes longer for a picture is asked for the next one all the same, but only then."""


@dataclass(frozen=True)
class PictureRequest:
    """A channel, and how many pixels there is room for."""

    channel: str
    width: int
    height: int


class PicturePoller:
    """Knows which pictures are due: `take` them, then `answer`. `got` is told each picture, or why there is none."""

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

    def take(self, wishes: Sequence[PictureRequest]) -> bool:
        """Note which of these are due, those first that waited longest; whether there is something to `answer`. Not
        while others are on their way."""
        if self._due:
            return False
        now = self._clock()
        self._asked = {wish: self._asked[wish] for wish in wishes if wish in self._asked}
        late = [wish for wish in wishes if now - self._asked.get(wish, -math.inf) >= EVERY_S - SLACK_S]
        self._due = sorted(late, key=lambda wish: self._asked.get(wish, -math.inf))
        return bool(self._due)

    async def answer(self) -> None:
        """Ask for what is due, one after the other."""
        try:
            for wish in self._due:
                self._asked[wish] = self._clock()
                self._got(wish, await self._picture(wish))
        finally:
            self._due = []

    async def _picture(self, wish: PictureRequest) -> Picture | str:
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._line.picture(wish.channel, wish.width, wish.height)
        except TimeoutError:
            return f"no answer in {ANSWER_S:g} s"
        except (RetrovueError, OSError, ValueError) as error:
            return formats.clean(str(error) or type(error).__name__)
