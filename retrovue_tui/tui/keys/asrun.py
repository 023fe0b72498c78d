"""The keys of the as-run room."""

from __future__ import annotations

from typing import Final

from retrovue_tui.tui.keys.pane import Pane, key

ASRUN: Final = Pane(
    "As-run",
    (
        key("up,k", "step(-1)", "Row above", "asrun.up", "Go to the row above"),
        key("down,j", "step(1)", "Row below", "asrun.down", "Go to the row below"),
        key("pageup", "page(-1)", "Page up", "asrun.page_up", "Go a page of rows back"),
        key("pagedown", "page(1)", "Page down", "asrun.page_down", "Go a page of rows forward"),
        key("home,g", "step(-1000000)", "Oldest", "asrun.first", "Go to the oldest row; older rows are fetched"),
        key(
            "end,G",
            "step(1000000)",
            "Newest",
            "asrun.last",
            "Go to the newest row, and follow new rows",
            show=True,
            display="G",
        ),
        key("slash", "filter", "Filter", "asrun.filter", "Show only rows with these words", show=True, display="/"),
        key(
            "a", "every_channel", "Channel/all", "asrun.channels", "Show only this channel, or all channels", show=True
        ),
        key(
            "f",
            "next_kind",
            "Kind",
            "asrun.kind",
            "Show everything, only programmes, only spots, or only slates",
            show=True,
        ),
        key(
            "n",
            "last_trouble",
            "Last trouble",
            "asrun.trouble",
            "Go to the last row that did not air as planned; again: to the one before it",
            show=True,
        ),
        key("e", "export", "Export", "asrun.export", "Write the rows shown to a CSV or JSON file", show=True),
        key("d", "details", "Event details", "asrun.details", "Show or hide events of decks, joins and renders"),
        key("y", "copy_row", "Copy row", "asrun.copy", "Copy this row's facts"),
    ),
)
