"""A control room before a fake station, at any size, and ways to look at it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from textual.css import stylesheet
from textual.css.parse import parse

from retrovue_tui.tui.app import ControlRoom
from retrovue_tui.tui.station_link import Pace
from tests.tui.station import NOW, FakeStation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from textual.css.model import RuleSet
    from textual.css.tokenizer import Token
    from textual.pilot import Pilot

PATIENCE_S = 60.0
"""What does not come in this time does not come; on a busy machine much takes some seconds."""
QUICK = Pace(poll_s=0.1, answer_s=PATIENCE_S, retry_s=0.05, longest_retry_s=0.1)
"""Quick, but with idle moments: Pilot waits for one after each key. An answer may take its time: on a busy machine a
station behind HTTP is not lost."""


_style_sheets_read: dict[tuple[object, ...], list[RuleSet]] = {}


def _parse_once(
    scope: str, css: str, read_from: tuple[str, str], *, variable_tokens: dict[str, list[Token]], **options: Any
) -> list[RuleSet]:
    """The rules of a style sheet, which are the same for every room with the same theme."""
    words = ((name, *(token.value for token in tokens)) for name, tokens in variable_tokens.items())
    sheet = (scope, css, read_from, *options.items(), *words)
    if sheet not in _style_sheets_read:
        _style_sheets_read[sheet] = list(parse(scope, css, read_from, variable_tokens=variable_tokens, **options))
    return _style_sheets_read[sheet]


@pytest.fixture(autouse=True)
def style_sheets_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading them is a quarter of a control room's start."""
    monkeypatch.setattr(stylesheet, "parse", _parse_once)


class Clock:
    """Unix time that changes only when a test sets it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Room:
    """A running control room."""

    def __init__(self, app: ControlRoom, pilot: Pilot[Any], station: FakeStation, clock: Clock) -> None:
        self.app, self.pilot, self.station, self.clock = app, pilot, station, clock

    @property
    def lines(self) -> list[str]:
        """The lines of the screen, as text."""
        strips = self.app.screen._compositor.render_strips(self.app.size)
        return [strip.text.rstrip() for strip in strips]

    @property
    def text(self) -> str:
        """The text of the whole screen, in one line."""
        return "\n".join(self.lines)

    async def until(self, condition: Callable[[], object], timeout: float = PATIENCE_S) -> None:
        """Give the app turns until `condition()` holds; then all of it has been drawn."""
        pause = 0.01
        async with asyncio.timeout(timeout):
            while not condition():
                await asyncio.sleep(pause)
                pause = min(1.5 * pause, 0.08)  # to look at the screen is work, too, and others wait for the core

    async def shows(self, *texts: str) -> None:
        """Wait until all of these are on screen; fails with the screen where they do not come."""
        try:
            await self.until(lambda: _has(self.text, texts))
        except TimeoutError:
            missing = [text for text in texts if text not in self.text]
            pytest.fail(f"not on screen: {missing}\n{self.text}")


def _has(screen: str, texts: tuple[str, ...]) -> bool:
    return all(text in screen for text in texts)


def is_connected(room: Room) -> bool:
    return room.app.view.link == "connected"


@contextlib.asynccontextmanager
async def open_room(
    station: FakeStation | None = None,
    size: tuple[int, int] = (120, 36),
    *,
    own: bool = True,
    connected: bool = True,
    pace: Pace = QUICK,
    others: Sequence[FakeStation] = (),
) -> AsyncIterator[Room]:
    """Run a control room; by default, wait until it has drawn its first snapshot."""
    station, clock = station or FakeStation(), Clock()
    app = ControlRoom(station, own, others=others, clock=clock, pace=pace)
    async with app.run_test(size=size, notifications=True) as pilot:
        room = Room(app, pilot, station, clock)
        if connected:
            await room.shows("CONNECTED", station.snapshot.name)
        yield room
