"""The shell around the rooms: help, leaving, stopping a channel, copying, signals."""

from __future__ import annotations

import importlib
import pkgutil
import shutil
import signal
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from retrovue_tui.tui import keys
from retrovue_tui.tui.app import ControlRoom
from retrovue_tui.tui.dialogs.help import HelpText
from retrovue_tui.tui.dialogs.quit import QuitScreen
from retrovue_tui.tui.keys.keymap_file import bindings
from retrovue_tui.tui.keys.pane import Pane
from tests import CHECKOUT
from tests.tui.conftest import Room, open_room
from tests.tui.station import FakeStation, channel, station
from tests.tui.tmux_terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])


# --- help -----------------------------------------------------------------------------------------------------------


def test_no_pane_of_keys_is_forgotten() -> None:
    made = {
        value.title
        for module in pkgutil.iter_modules(keys.__path__)
        for value in vars(importlib.import_module(f"retrovue_tui.tui.keys.{module.name}")).values()
        if isinstance(value, Pane)
    }
    assert made == {pane.title for pane in keys.PANES}


@SIZES
async def test_the_help_lists_every_key(size: tuple[int, int]) -> None:
    async with open_room(size=size) as room:
        await room.pilot.press("question_mark")
        await room.shows("Help", "Choose the channel below")
        text = " ".join(line.plain.strip() for line in room.app.screen.query_one(HelpText).lines(size[0] - 12))
        words = " ".join(text.split())
        for identity, binding in bindings().items():
            assert identity in words
            assert " ".join(binding.tooltip.split()) in words
        await room.pilot.press("end")
        await room.shows("the grid: the times at which")


@SIZES
async def test_the_help_begins_with_the_room_one_is_in(size: tuple[int, int]) -> None:
    async with open_room(size=size) as room:
        await room.pilot.press("3", "question_mark")
        await room.shows("Put the marked files")


# --- leaving --------------------------------------------------------------------------------------------------------


def is_asked(room: Room) -> bool:
    return isinstance(room.app.screen, QuitScreen) and room.app.screen.is_mounted


@pytest.mark.parametrize(("key", "farewell"), [("R", "restart"), ("S", "stop")])
@pytest.mark.parametrize("own", [True, False])
async def test_leaving_a_station_on_air_asks(own: bool, key: str, farewell: str) -> None:
    async with open_room(own=own) as room:
        await room.pilot.press("q")
        await room.until(lambda: is_asked(room))
        await room.shows("3 channels on air, 3 viewers connected.", "Leave on air")
        assert ("Stop station" in room.text) is ("Restart station" in room.text) is own
        await room.pilot.press("escape")
        await room.until(lambda: room.app.screen is room.app.room)
        await room.pilot.press("q", key)
        await room.until(lambda: room.app.return_value == farewell if own else f"Cannot {farewell}" in room.text)


async def test_a_station_elsewhere_that_is_silent_is_left_at_once() -> None:
    silent = station(channel(1, state="stopped", on_air=None, viewers=0))
    async with open_room(FakeStation(silent), own=False) as room:
        await room.pilot.press("q")
        await room.until(lambda: room.app.return_value == "leave")


async def test_the_quit_dialog_names_the_losses_and_staying_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_room(own=False) as room:
        monkeypatch.setattr(type(room.app.room), "unsent", "3 staged edits on Retro [b]One[/b]")
        await room.pilot.press("q")
        await room.shows("Lost on leaving: 3 staged edits on Retro [b]One[/b].")
        await room.pilot.press("enter")
        await room.until(lambda: room.app.screen is room.app.room)
        assert room.app.return_value is None


async def test_ctrl_c_twice_leaves_and_the_station_stays_on_air() -> None:
    async with open_room() as room:
        await room.pilot.press("ctrl+c", "ctrl+c")
        await room.until(lambda: room.app.return_value == "leave")


# --- off air, and on it again ---------------------------------------------------------------------------------------


@SIZES
async def test_stopping_a_channel_says_what_it_cuts_and_begins_on_cancel(size: tuple[int, int]) -> None:
    async with open_room(size=size) as room:
        await room.pilot.press("X")
        await room.shows(
            "Stop channel · Retro One",
            "Cuts The Late Picture Show with 00:30:22 left;",
            "the channel is off air until it is started again.",
            "2 viewers connected",
        )
        await room.pilot.press("enter")
        await room.until(lambda: room.app.screen is room.app.room)
        assert room.station.given == []
        await room.pilot.press("X", "left", "enter")
        await room.until(lambda: room.station.given == [("1", "stop", {})])


async def test_a_stopped_channel_is_started_with_the_same_key() -> None:
    async with open_room(FakeStation(station(channel(1, state="stopped", on_air=None)))) as room:
        await room.pilot.press("X")
        await room.until(lambda: room.station.given == [("1", "start", {})])


# --- copying --------------------------------------------------------------------------------------------------------


async def test_the_address_is_copied_and_a_toast_shows_it() -> None:
    async with open_room() as room:
        await room.pilot.press("y")
        await room.shows("Copied: stream of Retro One")
        assert room.app.clipboard == room.app.view.channels[0].url


# --- in a real terminal ---------------------------------------------------------------------------------------------


def opened(folder: Path) -> Terminal:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed: the control room cannot be tried in a real terminal")
    return Terminal(folder / "tmux", 80, 24, f"cd {CHECKOUT} && {sys.executable} -m tests.tui.served")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    running = opened(tmp_path)
    yield running
    running.close()


def program(terminal: Terminal) -> psutil.Process:
    """The control room's process."""
    shell = psutil.Process(int(terminal.run("list-panes", "-F", "#{pane_pid}")))
    return next(each for each in shell.children(recursive=True) if "tests.tui.served" in each.cmdline())


MODES = "#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{mouse_sgr_flag}"


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_a_signal_ends_the_screen_and_leaves_the_terminal_clean(terminal: Terminal, sign: signal.Signals) -> None:
    terminal.shows("● CONNECTED", "q Quit")
    assert terminal.run("display-message", "-p", MODES).split() == ["1", "0", "1", "1"]
    program(terminal).send_signal(sign)
    screen = terminal.shows("left with: leave")
    assert "CONNECTED" not in screen
    assert "Traceback" not in screen
    assert terminal.run("display-message", "-p", MODES).split() == ["0", "1", "0", "0"]


def test_a_terminal_that_is_gone_ends_the_screen_whatever_it_was_about_to_draw(tmp_path: Path) -> None:
    terminal = opened(tmp_path)
    terminal.shows("● CONNECTED", "q Quit")
    screen = program(terminal)
    terminal.run("resize-window", "-x", "200", "-y", "60")
    for _ in range(20):
        terminal.type("t")
    terminal.close()
    screen.wait(10)


def test_a_copied_text_reaches_the_clipboard_from_inside_tmux(terminal: Terminal) -> None:
    terminal.shows("● CONNECTED", "q Quit")
    terminal.type("y")
    screen = terminal.shows("Copied: stream of Retro One")
    end = time.monotonic() + 20
    while not (buffers := terminal.run("list-buffers", "-F", "#{buffer_sample}")) and time.monotonic() < end:
        time.sleep(0.02)
    assert buffers.startswith("http://127.0.0.1:")
    assert buffers.strip().endswith("/iptv/channel/1.ts")
    assert "http://127.0.0.1:" in screen  # what was copied is told, over two lines where it must be


def test_lines_lost_by_a_short_resize_are_drawn_again(terminal: Terminal) -> None:
    before = terminal.shows("● CONNECTED", "Retro Three", "q Quit")
    for _ in range(50):  # the control room may have drawn a part again in between
        terminal.run("send-keys", "-R")
        if "Retro Three" not in terminal.screen:
            break
    else:
        pytest.fail("the terminal was never empty")
    program(terminal).send_signal(signal.SIGWINCH)
    after = terminal.shows("● CONNECTED", "Retro Three", "q Quit")
    assert len(after.splitlines()) == len(before.splitlines())


def test_resizing_at_any_time_draws_everything_again(terminal: Terminal) -> None:
    terminal.shows("● CONNECTED", "q Quit")
    for columns, rows in ((40, 12), (200, 60), (20, 5), (80, 24)):
        terminal.run("resize-window", "-x", str(columns), "-y", str(rows))
    assert len(terminal.shows("● CONNECTED", "Retro Three", "q Quit").splitlines()) == 24


def test_a_line_that_has_not_changed_is_not_filtered_again() -> None:
    """Textual keeps a line's filtered form by its filters: they have to be the same ones every time."""
    app = ControlRoom(FakeStation(), True, ascii_only=True)
    before, after = app.get_line_filters(), app.get_line_filters()
    assert all(one is other for one, other in zip(before, after, strict=True))
