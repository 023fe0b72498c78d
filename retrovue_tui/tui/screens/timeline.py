"""The timeline room."""

from __future__ import annotations

from retrovue_tui.tui import keys
from retrovue_tui.tui.screens.room import Room


class TimelineScreen(Room):
    """To be built."""

    @property
    def pane(self) -> keys.Pane:
        return keys.TIMELINE
