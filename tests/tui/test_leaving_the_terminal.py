"""In a real terminal: ctrl+z and back, and a fault of the screen."""

from __future__ import annotations

import asyncio
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests import CHECKOUT
from tests.tui.served import serve
from tests.tui.station import FakeStation
from tests.tui.tmux_terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

MODES = "#{alternate_on} #{cursor_flag} #{mouse_any_flag}"
BROKEN = """
import sys
from retrovue_tui.cli import main
from retrovue_tui.tui.app import ControlRoom

def broken(app):
    secret = "a token that nobody may read"
    raise RuntimeError("no such luck")

ControlRoom.action_help = broken
sys.exit(main(["attach", sys.argv[1]]))
"""

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


def modes(terminal: Terminal) -> list[str]:
    return terminal.run("display-message", "-p", MODES).split()


def test_ctrl_z_suspends_and_fg_brings_the_screen_back(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "tmux", 80, 24, "bash --norc -i")
    try:
        terminal.write(f"cd {CHECKOUT}; {sys.executable} -m tests.tui.served")
        terminal.type("Enter")
        terminal.shows("● CONNECTED", "q Quit")
        terminal.type("C-z")
        screen = terminal.shows("Stopped")
        assert "CONNECTED" not in screen
        assert modes(terminal) == ["0", "1", "0"]
        terminal.write("echo $((6*7)) typed")
        terminal.type("Enter")
        terminal.shows("42 typed")
        terminal.type("fg", "Enter")
        terminal.shows("● CONNECTED", "Retro Three", "q Quit")
        assert modes(terminal) == ["1", "0", "1"]
        terminal.type("q")
        terminal.shows("Leave the control room?")
        terminal.type("l")
        terminal.shows("left with: leave")
    finally:
        terminal.close()


def test_ctrl_z_without_a_shell_says_so(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "tmux", 80, 24, f"cd {CHECKOUT} && {sys.executable} -m tests.tui.served")
    try:
        terminal.shows("● CONNECTED", "q Quit")
        terminal.type("C-z")
        terminal.shows("No shell started this control room", "● CONNECTED")
    finally:
        terminal.close()


async def test_a_fault_of_the_screen_is_one_line_and_the_log_has_the_rest(tmp_path: Path) -> None:
    script = tmp_path / "broken.py"
    script.write_text(BROKEN)
    async with serve(FakeStation()) as url:
        command = (
            f"cd {tmp_path} && XDG_DATA_HOME={tmp_path}/data PYTHONPATH={CHECKOUT} {sys.executable} {script} {url}"
        )
        terminal = Terminal(tmp_path / "tmux", 160, 24, f"{command}; echo left with $?")
        try:
            await asyncio.to_thread(terminal.shows, "● CONNECTED", "q Quit")
            terminal.type("?")
            screen = await asyncio.to_thread(terminal.shows, "left with 1")
            assert "an unexpected fault (RuntimeError: no such luck); the details are in" in screen
            assert "Traceback" not in screen
            assert "a token" not in screen
            assert modes(terminal) == ["0", "1", "0"]
        finally:
            terminal.close()
    log = tmp_path / "data/retrovue-tui/logs/faults.log"
    written = await asyncio.to_thread(log.read_text, "utf-8")
    assert "RuntimeError: no such luck" in written
    assert "in broken" in written
