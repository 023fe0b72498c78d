"""Asks questions on the terminal. Enter accepts the suggestion; a wrong answer is explained, and asked for again."""

from __future__ import annotations

from pathlib import Path

from retrovue_tui.cli.setup.media_survey import checked_folders
from retrovue_tui.cli.terminal import say
from retrovue_tui.errors import RetrovueError, StationError
from retrovue_tui.text.printable import printable


def ask_number(question: str, suggestion: int, most: int) -> int:
    """Return a whole number from 1 to `most`. Raises `StationError` at the end of the input; so do all questions."""
    while True:
        answer = _answer(f"{question} [{suggestion}]: ")
        if not answer:
            return suggestion
        if answer.isascii() and answer.isdecimal() and 1 <= int(answer[:9]) <= most:
            return int(answer)
        say(f"Type a number from 1 to {most}.")


def ask_yes(question: str) -> bool:
    """Return whether the answer is yes. The suggestion is yes."""
    while True:
        answer = _answer(f"{question} [Y/n]: ").lower()
        if answer in ("", "y", "yes", "n", "no"):
            return answer[:1] != "n"
        say("Type y or n.")


def ask_folder(question: str, home: Path) -> Path | None:
    """Return an existing folder; None for the answer "none", which is the suggestion."""
    while True:
        answer = _answer(f"{question} [none]: ")
        if not answer or answer.lower() == "none":
            return None
        try:
            return checked_folders([Path(answer)], home)[0]
        except RetrovueError as error:
            say(f"{error.message}.")


def _answer(prompt: str) -> str:
    try:
        return input(printable(prompt)).strip()
    except EOFError:
        raise StationError("nothing was written: the input ended before the last answer; --yes asks nothing") from None
