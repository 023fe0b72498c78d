"""The question for the terminal's protocols, in a pseudo terminal with the answers of real ones."""

from __future__ import annotations

import os
import select
import termios
import threading
import time
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.tui.terminal import pixel_query
from retrovue_tui.tui.terminal.pixel_query import QUERY, asked, detected, protocol_in

if TYPE_CHECKING:
    from collections.abc import Iterator

OK = b"\x1b_Gi=31;OK\x1b\\"
KITTY = OK + b"\x1b[?62;c"
KONSOLE = OK + b"\x1b[?62;1;4c"
XTERM = b"\x1b[?63;1;2;4;6;9;15;16;22;28c"
TMUX = b"\x1b[?1;2c"


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """A pseudo terminal: the end of the terminal, and that of the program."""
    ends = os.openpty()
    yield ends
    for each in ends:
        os.close(each)


def answering(terminal: int, answers: tuple[bytes, ...], delay_s: float) -> threading.Thread:
    """Answer the query in these parts, each after a delay."""

    def run() -> None:
        found = b""
        while not found.endswith(QUERY):
            found += os.read(terminal, 1_000)
        for each in answers:
            time.sleep(delay_s)  # the time that a terminal far away takes
            os.write(terminal, each)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.parametrize("delay_s", [0.0, 0.2])
@pytest.mark.parametrize("answers", [(KITTY,), (OK, b"\x1b[?6", b"2;c"), (XTERM,)])
def test_the_answers_are_read_whole_and_no_key_is_left(
    terminal: tuple[int, int], answers: tuple[bytes, ...], delay_s: float
) -> None:
    far, near = terminal
    before = termios.tcgetattr(near)
    thread = answering(far, answers, delay_s)
    assert asked(near, near) == b"".join(answers)
    thread.join()
    assert not select.select([near], [], [], 0)[0]
    assert termios.tcgetattr(near) == before


def test_a_terminal_that_does_not_answer_takes_no_longer_than_the_limit(
    terminal: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixel_query, "ANSWER_S", 0.05)
    assert asked(terminal[1], terminal[1]) == b""


@pytest.mark.parametrize(
    ("answers", "environment", "protocol"),
    [
        (KITTY, {}, "kitty"),
        (XTERM, {}, "sixel"),
        (KONSOLE, {"KONSOLE_VERSION": "221203"}, "kitty"),
        (KONSOLE, {}, "sixel"),
        (XTERM, {"KONSOLE_VERSION": "221203"}, "sixel"),  # started from a Konsole
        (TMUX, {"KONSOLE_VERSION": "221203"}, None),
        (b"", {}, None),
        (b"\x1b[?64;14;40c", {}, None),
    ],
)
def test_the_protocol_of_a_terminal(answers: bytes, environment: dict[str, str], protocol: str | None) -> None:
    assert protocol_in(answers, environment) == protocol


def test_without_a_terminal_no_protocol_is_found() -> None:
    assert detected() is None
