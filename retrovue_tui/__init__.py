"""A control room in the terminal for always-on TV channels made from your own media."""

from __future__ import annotations

__version__ = "0.1.0"
