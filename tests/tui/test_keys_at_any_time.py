"""Every key there is, typed when nothing is there to take it: while the control room starts, while it closes, and
while a dialog opens or closes. None may raise, and none may do anything once the control room is being left."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING, Final

import pytest
from textual import events
from textual.keys import key_to_character

from retrovue_tui.tui import keys
from retrovue_tui.tui.app import ControlRoom
from tests.tui.audience_rows import with_audience
from tests.tui.conftest import PATIENCE_S, Room, open_room
from tests.tui.media_rows import aired
from tests.tui.rooms.timeline.scene import EditingStation

if TYPE_CHECKING:
    from collections.abc import Iterable

SMALL: Final = (80, 24)
"""Keys are the same at any size, and a small screen is drawn sooner."""

ROOMS: Final = ("1", "2", "3", "4", "6")
DIALOGS: Final = {
    "break": ("1", "B", keys.BREAK),
    "skip": ("1", "S", keys.CUT),
    "stop": ("1", "X", keys.CUT),
    "code": ("1", "Q", keys.QR),
    "help": ("1", "question_mark", keys.HELP),
    "quit": ("1", "q", keys.QUIT),
    "palette": ("1", "colon", keys.EVERYWHERE),
    "events filter": ("1", "slash", keys.DISPLAY),
    "multiviewer": ("1", "m", keys.MULTIVIEWER),
    "spots": ("2", "b", keys.PICKER),
    "go to": ("2", "equals_sign", keys.PROMPT),
    "find": ("2", "slash", keys.PROMPT),
    "history": ("2", "h", keys.STEPS),
    "insert": ("3", "b", keys.INSERT),
    "bin filter": ("3", "slash", keys.BIN),
    "export": ("4", "e", keys.EXPORT),
    "as-run filter": ("4", "slash", keys.ASRUN),
}
"""What opens in a room: the room, the key that opens it, and the keys that count while it is open."""


def keys_of(*panes: keys.Pane) -> set[str]:
    """Every key that is bound there."""
    return {key for pane in panes for binding in pane.bindings for key in binding.key.split(",")}


EVERY_KEY: Final = sorted(keys_of(*keys.PANES))


def a_station() -> EditingStation:
    station = EditingStation()
    with_audience(station)
    station.aired = [aired(number) for number in range(5)]
    return station


def burst(app: ControlRoom, typed: Iterable[str]) -> None:
    """Type keys without waiting for any of them."""
    for key in typed:
        app.post_message(events.Key(key, key_to_character(key)))


async def go(room: Room, number: str) -> None:
    await room.pilot.press(number)
    await room.until(lambda: room.app.rooms.here is room.app.rooms.all[int(number)])
    texts = {"1": "Channels", "2": "staged", "3": "Cola", "4": "Spot 4", "6": "Soap flakes"}
    await room.shows(texts[number])


def is_whole(room: Room) -> bool:
    return room.app.fault is None and room.app.is_running and room.app.return_value is None


@pytest.mark.parametrize("place", [*ROOMS, *DIALOGS])
async def test_keys_typed_while_the_control_room_closes_do_nothing(place: str) -> None:
    number, opener, _ = DIALOGS.get(place, (place, "", keys.AIR))
    async with open_room(a_station(), SMALL) as room:
        await go(room, number)
        given, prepared = len(room.station.given), len(room.station.prepared)
        burst(room.app, [*([opener] if opener else []), "ctrl+c", "l", *EVERY_KEY])
        await room.until(lambda: room.app.return_value is not None or room.app.fault)
        burst(room.app, EVERY_KEY)
    assert room.app.fault is None
    assert room.app.return_value == "leave"
    done = [each for each in room.station.given[given:] if not each[2].get("dry_run")]
    assert (done, len(room.station.prepared)) == ([], prepared)


MARKS: Final = ("f20", "f21", "f22", "f23")
"""Keys that mean nothing: when the app looks for the binding of one, those typed before it have had theirs. Each burst
has another one than the burst before it, as a late one must not count for the next burst."""


@pytest.fixture
def looked_for(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys that no widget took, as they reach the app."""
    found: list[str] = []

    def on_key(app: ControlRoom, event: events.Key) -> None:
        found.append(event.key)
        before(app, event)

    before = ControlRoom.on_key
    monkeypatch.setattr(ControlRoom, "on_key", on_key)
    return found


@pytest.mark.parametrize("place", DIALOGS)
async def test_keys_typed_while_a_dialog_opens_and_closes_break_nothing(place: str, looked_for: list[str]) -> None:
    number, opener, pane = DIALOGS[place]
    leaving = {"ctrl+c", "ctrl+q", *(("l", "R", "S", "enter") if place == "quit" else ())}  # tried above
    marks = itertools.cycle(MARKS)

    async def typed(*burst_of: str) -> None:
        looked_for.clear()
        mark = next(marks)
        burst(room.app, burst_of)
        async with asyncio.timeout(PATIENCE_S):
            while mark not in looked_for and not room.app.fault:
                burst(room.app, [mark])  # again, as a dialog that closes takes the keys it has not read with it
                with contextlib.suppress(TimeoutError):
                    await room.until(lambda: mark in looked_for or room.app.fault, 1)

    async with open_room(a_station(), SMALL) as room:
        await go(room, number)
        for key in sorted(keys_of(keys.AIR, pane) - leaving):
            await typed(opener, key, "escape", key, "escape", "escape")
        assert is_whole(room)
        while room.app.screen is not room.app.room:
            await typed("escape")
        assert is_whole(room)


@pytest.mark.parametrize("pane", keys.PANES, ids=lambda pane: pane.title)
async def test_keys_typed_while_the_control_room_starts_break_nothing(
    pane: keys.Pane, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving = {"l", "R", "S", "enter"} if pane is keys.QUIT else set()
    load = ControlRoom.on_load

    async def on_load(app: ControlRoom) -> None:
        await load(app)
        burst(app, sorted(keys_of(pane) - leaving))

    monkeypatch.setattr(ControlRoom, "on_load", on_load)
    async with open_room(a_station(), SMALL, connected=False) as room:
        if pane is not keys.ALWAYS:  # these leave
            await room.until(lambda: room.app.view.link == "connected")
            assert is_whole(room)
    assert room.app.fault is None
