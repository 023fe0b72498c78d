"""The keys of the as-run room."""

from __future__ import annotations

from typing import Final

from retrovue_tui.tui.keys.pane import Pane, key

ASRUN: Final = Pane(
    "As-run",
    (
        key("up,k", "step(-1)", "Row above", "asrun.up", "The row above"),
        key("down,j", "step(1)", "Row below", "asrun.down", "The row below"),
        key("pageup", "page(-1)", "Page up", "asrun.page_up", "A page of older rows"),
        key("pagedown", "page(1)", "Page down", "asrun.page_down", "A page of newer rows"),
        key("home,g", "step(-1000000)", "Oldest", "asrun.first", "The oldest row; older ones are fetched"),
        key(
            "end,G",
            "step(1000000)",
            "Newest",
            "asrun.last",
            "The newest row; new ones are followed",
            show=True,
            display="G",
        ),
        key("slash", "filter", "Filter", "asrun.filter", "Show only rows with these words", show=True, display="/"),
        key("c", "every_channel", "Channel/all", "asrun.channels", "Only this channel, or all channels", show=True),
        key("f", "next_kind", "Kind", "asrun.kind", "Everything, only programmes, only spots, only slates", show=True),
        key(
            "n",
            "last_trouble",
            "Last trouble",
            "asrun.trouble",
            "The last row that did not air as planned; again: the one before",
            show=True,
        ),
        key("e", "export", "Export", "asrun.export", "Write the rows shown to a CSV or JSON file", show=True),
        key("d", "details", "Event details", "asrun.details", "Show or hide events of decks, joins and renders"),
        key("y", "copy_row", "Copy row", "asrun.copy", "Copy this row's facts"),
    ),
)
EXPORT: Final = Pane(
    "Export dialog",
    (
        key("escape", "cancel", "Cancel", "export.cancel", "Back; nothing is written"),
        key("up", "app.focus_previous", "Previous field", "export.previous", "The field or button before"),
        key("down", "app.focus_next", "Next field", "export.next", "The next field or button"),
    ),
)
