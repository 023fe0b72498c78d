"""Asks the terminal which protocols for pictures it has.

One query has both questions. Every terminal answers the second one, so its answer also says that there is none to the
first, and no answer can arrive later, when the screen would take it for keys.
"""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import tty
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retrovue_tui.tui.terminal.pixel_terminal import PixelProtocol

QUERY: Final = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"
"""Kitty's question for its graphics, as its documentation states it, and DA1 (primary device attributes)."""
ANSWER_S: Final = 1.0
"""The longest wait for the answers (s): enough for a terminal far away."""
MOST_BYTES: Final = 10_000
"""The most bytes of input that are read for the answers."""
_KITTY: Final = b"\x1b_Gi=31;OK\x1b\\"
_ATTRIBUTES: Final = re.compile(rb"\x1b\[\?([0-9;]*)c")
_SIXEL: Final = b"4"
_BLANKING: Final = "KONSOLE_VERSION"
"""Konsole sets this. It blanks the column to the right of a Sixel picture (seen in 22.12), for example the frame around
it, and draws pictures of Kitty's protocol exactly."""


def detected() -> PixelProtocol | None:
    """Return the protocol to use in this terminal; None if it has none. Call this before the screen opens, because the
    screen reads all input. Blocking, for `ANSWER_S` at most."""
    stdin, stdout = sys.__stdin__, sys.__stdout__
    if stdin is None or stdout is None or not stdin.isatty() or not stdout.isatty():
        return None
    try:
        return protocol_in(asked(stdin.fileno(), stdout.fileno()), os.environ)
    except (OSError, termios.error):
        return None


def asked(stdin: int, stdout: int) -> bytes:
    """Write the query to a terminal, and return its answers. Raises `OSError` or `termios.error`. Blocking."""
    before = termios.tcgetattr(stdin)
    tty.setcbreak(stdin, termios.TCSANOW)
    try:
        os.write(stdout, QUERY)
        found, until = b"", monotonic() + ANSWER_S
        while not _ATTRIBUTES.search(found) and len(found) < MOST_BYTES and (left := until - monotonic()) > 0:
            if select.select([stdin], [], [], left)[0]:
                data = os.read(stdin, 1_000)
                if not data:
                    break
                found += data
        return found
    finally:
        termios.tcsetattr(stdin, termios.TCSANOW, before)


def protocol_in(answers: bytes, environment: Mapping[str, str]) -> PixelProtocol | None:
    """Return the protocol to use after these answers. Of two, it is Sixel, which takes a quarter of the bytes or less;
    but not in Konsole."""
    attributes = _ATTRIBUTES.search(answers)
    has_sixel = attributes is not None and _SIXEL in attributes[1].split(b";")
    if _KITTY in answers and (not has_sixel or _BLANKING in environment):
        return "kitty"
    return "sixel" if has_sixel else None
