"""Draws an address as a QR code of half blocks (two modules per line), and finds out whether other machines can reach
the address."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import segno

from retrovue_tui.loopback import is_loopback
from retrovue_tui.own_addresses import own_addresses
from retrovue_tui.tui.text.glyphs import FULL, LOWER_HALF, UPPER_HALF

QUIET: Final = (4, 3, 2)
"""The widths of the white quiet zone to try (modules): four is the standard (ISO/IEC 18004), two is for small
terminals."""
PATIENCE_S: Final = 1.0
"""How long a test connection to one of this machine's own addresses may take (s)."""
STYLE: Final = "#000000 on #ffffff"
"""Dark modules on white in every theme, because some phones cannot read an inverted code."""


def modules(text: str) -> list[list[bool]]:
    """Return the modules of the smallest code for a text, row by row; True is dark. The code has as much error
    correction as fits in its size."""
    return [[bool(module) for module in row] for row in segno.make(text, error="l", micro=False).matrix]


def lines(text: str, rows: int, columns: int, *, ascii_only: bool = False) -> list[str]:
    """Return the code with its quiet zone as lines of block characters, to be drawn in `STYLE`; empty if it does not
    fit into `rows` × `columns` cells. In ASCII, a module is one line high and two cells wide."""
    code = modules(text)
    for quiet in QUIET:
        size = len(code) + 2 * quiet
        if (size if ascii_only else (size + 1) // 2) <= rows and (2 * size if ascii_only else size) <= columns:
            blank = [[False] * size for _ in range(quiet)]
            side = [False] * quiet
            framed = [*blank, *([*side, *row, *side] for row in code), *blank]
            return _wide(framed) if ascii_only else _halved(framed)
    return []


def _wide(framed: list[list[bool]]) -> list[str]:
    return ["".join("##" if dark else "  " for dark in row) for row in framed]


def _halved(framed: list[list[bool]]) -> list[str]:
    if len(framed) % 2:
        framed = [*framed, [False] * len(framed[0])]
    blocks = {(True, True): FULL, (True, False): UPPER_HALF, (False, True): LOWER_HALF, (False, False): " "}
    pairs = zip(framed[::2], framed[1::2], strict=True)
    return ["".join(blocks[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]


def only_here(url: str) -> str:
    """Return the host of an address that no other machine can reach; empty if other machines can reach it."""
    host = urlsplit(url).hostname or ""
    return host if is_loopback(host) or host in ("0.0.0.0", "::") else ""


async def reachable(url: str) -> str:
    """Return the address under which other machines reach the station at `url`; empty if there is none.

    If `url` is valid on this machine only, try this machine's network addresses: the station may listen there, too.
    """
    if not only_here(url):
        return url
    parts = urlsplit(url)
    for address in await asyncio.to_thread(own_addresses):
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                _, writer = await asyncio.open_connection(address, parts.port or 80)
            writer.close()
            host = f"[{address}]" if ":" in address else address
            return urlunsplit(parts._replace(netloc=f"{host}:{parts.port}" if parts.port else host))
    return ""
