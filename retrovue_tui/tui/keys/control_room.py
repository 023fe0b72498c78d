"""The keys of the control room."""

from __future__ import annotations

from typing import Final

from retrovue_tui.tui.keys.pane import Pane, key

CHANNELS: Final = Pane(
    "Channels",
    (
        key("up,k", "step(-1)", "Channel", "channels.up", "Choose the channel above", show=True, display="↑↓"),
        key("down,j", "step(1)", "Channel below", "channels.down", "Choose the channel below"),
        key("home,g", "step(-10000)", "First channel", "channels.first", "Choose the first channel"),
        key("end,G", "step(10000)", "Last channel", "channels.last", "Choose the last channel"),
    ),
)
MULTIVIEWER: Final = Pane(
    "Multiviewer",
    (
        key(
            "up,k",
            "move(0, -1)",
            "Channel",
            "wall.up",
            "Choose the channel in the row above",
            show=True,
            display="↑↓←→",
        ),
        key("down,j", "move(0, 1)", "Row below", "wall.down", "Choose the channel in the row below"),
        key("left,h", "move(-1, 0)", "Previous channel", "wall.left", "Choose the previous channel"),
        key("right,l", "move(1, 0)", "Next channel", "wall.right", "Choose the next channel"),
        key("home,g", "end(-10000)", "First channel", "wall.first", "Choose the first channel"),
        key("end,G", "end(10000)", "Last channel", "wall.last", "Choose the last channel"),
    ),
)
EVENTS: Final = Pane(
    "Events",
    (
        key("up,k", "scroll_up", "Older", "events.older", "Scroll to older events", show=True, display="↑↓"),
        key("down,j", "scroll_down", "Newer", "events.newer", "Scroll to newer events"),
        key("pageup", "page_up", "Page older", "events.page_older", "Scroll back a page of events"),
        key("pagedown", "page_down", "Page newer", "events.page_newer", "Scroll forward a page of events"),
        key("home,g", "scroll_home", "Oldest", "events.oldest", "Scroll to the oldest event kept"),
        key("end,G", "scroll_end", "Newest", "events.newest", "Scroll to the newest event, and follow new events"),
    ),
)
DETAIL: Final = Pane(
    "Channel detail",
    (
        key(
            "up,k",
            "scroll_up",
            "Scroll",
            "detail.up",
            "Scroll up, if the terminal is small",
            show=True,
            display="↑↓",
        ),
        key("down,j", "scroll_down", "Scroll down", "detail.down", "Scroll down"),
        key("home,g", "scroll_home", "Top", "detail.top", "Scroll the channel's details to the top"),
        key("end,G", "scroll_end", "End", "detail.end", "Scroll the channel's details to the end"),
    ),
)
