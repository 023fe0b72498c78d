"""The keys of the control room."""

from __future__ import annotations

from typing import Final

from retrovue_tui.tui.keys.pane import Pane, key

CHANNELS: Final = Pane(
    "Channels",
    (
        key("up,k", "step(-1)", "Channel", "channels.up", "The channel above", show=True, display="↑↓"),
        key("down,j", "step(1)", "Channel below", "channels.down", "The channel below"),
        key("home,g", "step(-10000)", "First channel", "channels.first", "The first channel"),
        key("end,G", "step(10000)", "Last channel", "channels.last", "The last channel"),
    ),
)
MULTIVIEWER: Final = Pane(
    "Multiviewer",
    (
        key("up,k", "move(0, -1)", "Channel", "wall.up", "The channel in the row above", show=True, display="↑↓←→"),
        key("down,j", "move(0, 1)", "Row below", "wall.down", "The channel in the row below"),
        key("left,h", "move(-1, 0)", "Channel before", "wall.left", "The channel before"),
        key("right,l", "move(1, 0)", "Next channel", "wall.right", "The next channel"),
        key("home,g", "end(-10000)", "First channel", "wall.first", "The first channel"),
        key("end,G", "end(10000)", "Last channel", "wall.last", "The last channel"),
    ),
)
EVENTS: Final = Pane(
    "Events",
    (
        key("up,k", "scroll_up", "Older", "events.older", "Older events", show=True, display="↑↓"),
        key("down,j", "scroll_down", "Newer", "events.newer", "Newer events"),
        key("pageup", "page_up", "Page older", "events.page_older", "A page of older events"),
        key("pagedown", "page_down", "Page newer", "events.page_newer", "A page of newer events"),
        key("home,g", "scroll_home", "Oldest", "events.oldest", "The oldest event kept"),
        key("end,G", "scroll_end", "Newest", "events.newest", "The newest event; new ones are followed"),
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
        key("home,g", "scroll_home", "Top", "detail.top", "The top of the detail"),
        key("end,G", "scroll_end", "End", "detail.end", "The end of the detail"),
    ),
)
