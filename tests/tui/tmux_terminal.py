"""A real terminal for tests: a tmux server of our own with one window, in which a program runs."""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


class Terminal:
    """Types into the program, and reads its screen."""

    def __init__(self, socket: Path, columns: int, rows: int, command: str) -> None:
        """`command` is for the shell; what it leaves on the terminal stays there."""
        self._socket = socket
        self.run("new-session", "-d", "-x", str(columns), "-y", str(rows), f"{command}; exec cat")

    def run(self, *arguments: str) -> str:
        """A command to tmux, and its answer."""
        command = ["tmux", "-S", str(self._socket), "-f", os.devnull, *arguments]
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "TEXTUAL_ANIMATIONS": "none"}
        for name in ("COLUMNS", "LINES"):  # of the terminal of the tests, if they have one
            environment.pop(name, None)
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    def type(self, *keys: str) -> None:
        """Press keys, each by its tmux name."""
        self.run("send-keys", *keys)

    def write(self, text: str) -> None:
        """Type a text, letter by letter."""
        self.run("send-keys", "-l", text)

    @property
    def screen(self) -> str:
        """The present contents of the terminal."""
        return self.run("capture-pane", "-p")

    def shows(self, *texts: str, timeout: float = 90.0) -> str:
        """Wait until all of these are on it; fails with the screen where they do not come."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            screen = self.screen
            if all(text in screen for text in texts):
                return screen
            time.sleep(0.05)
        pytest.fail(f"not all of {texts} on the terminal:\n{screen}")

    def close(self) -> None:
        """End the program and the terminal."""
        self.run("kill-server")
