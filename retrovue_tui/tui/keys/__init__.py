"""Every key there is, pane by pane: the screens bind from here, and the help is written from here."""

from __future__ import annotations

from typing import Final

from retrovue_tui.tui.keys.asrun import ASRUN
from retrovue_tui.tui.keys.bin import BIN
from retrovue_tui.tui.keys.control_room import CHANNELS, DETAIL, EVENTS
from retrovue_tui.tui.keys.pane import Pane
from retrovue_tui.tui.keys.shell import AIR, ALWAYS, CUT, DISPLAY, EVERYWHERE, HELP, QR, QUIT
from retrovue_tui.tui.keys.timeline import TIMELINE

PANES: Final = (
    AIR, EVERYWHERE, ALWAYS, DISPLAY, CHANNELS, DETAIL, EVENTS, TIMELINE, BIN, ASRUN, HELP, QUIT, CUT, QR,
)  # fmt: skip

__all__ = [
    "AIR", "ALWAYS", "ASRUN", "BIN", "CHANNELS", "CUT", "DETAIL", "DISPLAY", "EVENTS", "EVERYWHERE", "HELP",
    "PANES", "QR", "QUIT", "TIMELINE", "Pane",
]  # fmt: skip
