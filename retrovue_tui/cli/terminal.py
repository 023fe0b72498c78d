"""Finds out whether a command runs in a terminal, and which characters the terminal can show."""

from __future__ import annotations

import codecs
import os
import sys
from typing import TYPE_CHECKING, Final

from retrovue_tui.text.printable import lines_safe
from retrovue_tui.text.redaction import SECRETS

if TYPE_CHECKING:
    from collections.abc import Mapping

_COERCED: Final = ("C.UTF-8", "C.utf8", "UTF-8")
"""The values that Python itself sets for `LC_CTYPE` when the locale is C."""


def say(text: str, *, error: bool = False) -> None:
    """Print to stdout or stderr, without control characters and secrets: parts of the text may come from media files or
    from a station on another machine."""
    print(SECRETS.redact(lines_safe(text)), file=sys.stderr if error else sys.stdout, flush=error)


def is_there() -> bool:
    """Return whether the command runs in a terminal. If not, print a message to stderr."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        return True
    print(
        "retrovue-tui: the control room needs a terminal; without one use `serve`, `demo --headless` or `status`",
        file=sys.stderr,
    )
    return False


def forget_size() -> None:
    """Remove `COLUMNS` and `LINES` from the environment: their values would hide the current size that the terminal
    reports."""
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)


def not_utf8(environment: Mapping[str, str], encoding: str | None) -> str:
    """Return the setting that makes the terminal's encoding other than UTF-8, like `LC_ALL=C`; empty if it is UTF-8.
    `encoding`: the encoding in which Python writes to the terminal."""
    if encoding and codecs.lookup(encoding).name != "utf-8":
        return f"an output encoding of {encoding}"
    named = {name: environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)}
    if named.get("LC_CTYPE") in _COERCED and named.get("LANG") in ("C", "POSIX"):
        del named["LC_CTYPE"]
    for name, value in named.items():
        charset = value.partition(".")[2].partition("@")[0].replace("-", "").lower()
        return "" if charset == "utf8" or value == "UTF-8" else f"{name}={value}"
    return ""


def ascii_hint() -> str:
    """Return why the control room draws in ASCII on this terminal, and how to change that; empty if it need not."""
    if reason := not_utf8(os.environ, sys.stdout.encoding):
        return (
            f"This terminal is not UTF-8 ({reason}), so the control room is drawn in ASCII, as with --ascii."
            " If the terminal does support UTF-8, set LANG=C.UTF-8, or start with --no-ascii."
        )
    return ""
