"""Tells whether this process still has its terminal."""

from __future__ import annotations

import sys
import termios


def terminal_is_there() -> bool:
    """Return whether the terminal of the standard input still exists."""
    try:
        termios.tcgetattr(sys.__stdin__.fileno() if sys.__stdin__ else 0)
    except (termios.error, OSError, ValueError):
        return False
    return True
