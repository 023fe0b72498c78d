"""All keys of the screen, pane by pane: the screens and the help both read them here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.tui.keys.asrun import ASRUN
from retrovue_tui.tui.keys.audience import AUDIENCE
from retrovue_tui.tui.keys.bin import BIN, INSERT
from retrovue_tui.tui.keys.clients import CLIENTS, DISCONNECT
from retrovue_tui.tui.keys.control_room import CHANNELS, DETAIL, EVENTS, MULTIVIEWER
from retrovue_tui.tui.keys.pane import Pane
from retrovue_tui.tui.keys.schedule import BLOCK_FORM, SCHEDULE
from retrovue_tui.tui.keys.shell import AIR, ALWAYS, BREAK, CUT, DISPLAY, EVERYWHERE, EXPORT, HELP, QR, QUIT
from retrovue_tui.tui.keys.timeline import PICKER, PROMPT, STEPS, TIMELINE

if TYPE_CHECKING:
    from collections.abc import Iterator

PANES: Final = (
    AIR, EVERYWHERE, ALWAYS, DISPLAY, CHANNELS, DETAIL, EVENTS, MULTIVIEWER, TIMELINE, BIN, ASRUN, SCHEDULE,
    AUDIENCE, CLIENTS, PICKER, PROMPT, STEPS, INSERT, EXPORT, BLOCK_FORM, DISCONNECT, HELP, QUIT, CUT, BREAK, QR,
)  # fmt: skip

_SHELL: Final = (AIR, EVERYWHERE, ALWAYS)
_DIALOGS: Final = (PICKER, PROMPT, STEPS, INSERT, EXPORT, BLOCK_FORM, DISCONNECT, HELP, QUIT, CUT, BREAK, QR)
_OF_THE_CONTROL_ROOM: Final = (CHANNELS, DETAIL, EVENTS, MULTIVIEWER)


def together() -> Iterator[tuple[Pane, ...]]:
    """Yield the groups of panes that are active at the same time. Within a group each key has one meaning."""
    for pane in PANES:
        if pane is BREAK:
            yield CUT, pane, ALWAYS
        elif pane in _DIALOGS:
            yield pane, ALWAYS
        elif pane in _OF_THE_CONTROL_ROOM:
            yield *_SHELL, DISPLAY, pane
        elif pane not in _SHELL:
            yield *_SHELL, pane


__all__ = [
    "AIR", "ALWAYS", "ASRUN", "AUDIENCE", "BIN", "BLOCK_FORM", "BREAK", "CHANNELS", "CLIENTS", "CUT", "DETAIL",
    "DISCONNECT", "DISPLAY", "EVENTS",
    "EVERYWHERE", "EXPORT", "HELP", "INSERT", "MULTIVIEWER", "PANES", "PICKER", "PROMPT", "QR", "QUIT", "SCHEDULE",
    "STEPS", "TIMELINE", "Pane", "together",
]  # fmt: skip
