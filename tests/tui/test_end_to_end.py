"""The control room over real HTTP, and in a real terminal."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.cli.serve import stop_home
from retrovue_tui.instance_lock import find_running
from retrovue_tui.protocol.client import StationClient
from retrovue_tui.tui.app import ControlRoom
from tests import CHECKOUT
from tests.playout.homes import Home
from tests.server.fakes import FakeChannel, FakeController
from tests.tui.conftest import QUICK, Clock, Room
from tests.tui.served import serve
from tests.tui.station import FakeStation
from tests.tui.tmux_terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


async def test_over_http_a_station_is_seen_lost_and_found_again() -> None:
    fake, clock = FakeStation(), Clock()
    async with serve(fake) as url:
        port = int(url.rpartition(":")[2])
        client = StationClient(url)
        await client.__aenter__()
        app = ControlRoom(client, own_station=False, clock=clock, pace=QUICK)
        pilot_run = app.run_test(size=(120, 36))
        pilot = await pilot_run.__aenter__()
        room = Room(app, pilot, fake, clock)
        fake.log.publish("entry_started", "took deck 5", channel="1")
        await room.shows("● CONNECTED", "Demo Station", "▶ ON AIR", "took deck 5")
    try:
        await room.shows("✗ STATION LOST", f"No station answers at {url}")
        fake.log.publish("entry_started", "took deck 6", channel="1")
        async with serve(fake, port):
            await room.shows("● CONNECTED", "answers again", "took deck 6")
            await room.pilot.press("q")
            await room.shows("Leave the control room?", "3 viewers connected")
            await room.pilot.press("enter")
            await room.until(lambda: app.return_value == "leave")
    finally:
        await pilot_run.__aexit__(None, None, None)
        await client.__aexit__(None, None, None)


async def test_over_http_commands_reach_the_controller_and_receipts_come_back() -> None:
    fake, clock = FakeStation(), Clock()
    behind = FakeChannel("1", 1, "Retro One")
    controller = behind.controller
    assert isinstance(controller, FakeController)
    async with serve(fake, channels={"1": behind}) as url, StationClient(url) as client:
        app = ControlRoom(client, own_station=False, clock=clock, pace=QUICK)
        async with app.run_test(size=(120, 36), notifications=True) as pilot:
            room = Room(app, pilot, fake, clock)
            await room.shows("● CONNECTED", "▶ ON AIR")
            await pilot.press("B", "3", "0", "enter")
            await room.shows("Break now · Retro One", "break b2 begins", "e1 is cut", "on air in 0.25 s", "! late")
            await pilot.press("u")
            await room.shows("Refused: Undo · Retro One", "there is nothing to undo")
            await pilot.press("down", "down", "u")
            await room.shows("Refused: Undo · Retro Three", "'3'")
    assert [(each.name, dict(each.arguments)) for each in controller.commands] == [
        ("break_now", {"seconds": 30.0}),
        ("undo", {}),
    ]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed: the control room cannot be tried in a real terminal")
    running = Terminal(tmp_path / "tmux", 80, 24, f"cd {CHECKOUT} && {sys.executable} -m tests.tui.served")
    yield running
    running.close()


def test_in_a_real_terminal_it_opens_asks_and_closes(terminal: Terminal) -> None:
    screen = terminal.shows("Demo Station", "● CONNECTED", "▶ ON AIR", "took deck 5", "q Quit")
    assert len(screen.splitlines()) == 24
    terminal.type("B")
    terminal.shows("Cuts The Late Picture Show with", "enter airs it")
    terminal.type("Escape")
    terminal.shows("1  Retro One")
    terminal.type("Down")
    terminal.shows("2  Retro Two", "✗ 1")
    terminal.type("C-c")
    terminal.shows("Leave the control room?", "cuts off 3 viewers")
    terminal.type("Enter")
    terminal.shows("left with: leave")


def test_a_setting_that_needs_a_restart_takes_effect_by_a_key(tmp_path: Path) -> None:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed: the control room cannot be tried in a real terminal")
    home = Home.make(tmp_path, {}, {"1": 'name = "Real One"'})
    config = home.path / "retrovue.toml"
    command = f"cd {CHECKOUT} && {sys.executable} -m retrovue_tui run --home {home.path}"
    terminal = Terminal(tmp_path / "tmux", 120, 36, command)
    try:
        terminal.shows("● CONNECTED", "Real One", "240p")
        before = find_running(home.path)
        assert before is not None
        config.write_text(config.read_text().replace('"240p"', '"360p"'))
        terminal.shows("takes effect after a restart")
        terminal.type("q")
        terminal.shows("Restart station")
        terminal.type("R")
        screen = terminal.shows("● CONNECTED", "Real One", "360p")
        assert "takes effect after a restart" not in screen
        after = find_running(home.path)
        assert after is not None
        assert after.pid != before.pid
        config.write_text(config.read_text().replace('"360p"', '"999p"'))
        terminal.type("q")
        terminal.shows("Restart station")
        terminal.type("R")
        terminal.shows("999p", "240p")  # the message names the profiles that there are
        assert find_running(home.path) == after
    finally:
        terminal.close()
        stop_home(home.path)
