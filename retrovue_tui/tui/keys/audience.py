"""The keys of the audience room."""

from __future__ import annotations

from typing import Final

from retrovue_tui.tui.keys.pane import Pane, key

AUDIENCE: Final = Pane(
    "Audience",
    (
        key("up,k", "step(-1)", "Row above", "audience.up", "Go to the row above"),
        key("down,j", "step(1)", "Row below", "audience.down", "Go to the row below"),
        key("pageup", "page(-1)", "Page up", "audience.page_up", "Go up a page"),
        key("pagedown", "page(1)", "Page down", "audience.page_down", "Go down a page"),
        key("home,g", "step(-1000000)", "All rows", "audience.first", "Go to the first row: all airings together"),
        key("end,G", "step(1000000)", "Last row", "audience.last", "Go to the last row"),
        key("left,h", "turn(-1)", "Previous dimension", "audience.dimension_before", "Group by the previous dimension"),
        key("right,l", "turn(1)", "Group by", "audience.dimension", "Group by the next dimension", show=True,
            display="→"),
        key("enter", "look_closer", "Closer", "audience.closer",
            "Show only the spot, the advertiser or the channel of this row", show=True),
        key("p", "next_period", "Period", "audience.period",
            "Change the period: today, 24 hours, 7 days, 30 days, all", show=True),
        key("P", "type_period", "Own period", "audience.own_period", "Type a period"),
        key("a", "every_channel", "Channel/all", "audience.channels", "Count this channel, or all channels", show=True),
        key("s", "next_order", "Sort", "audience.sort", "Sort by another column", show=True),
        key("b", "breaks", "Spot/break", "audience.breaks",
            "Draw who stays during one airing, or through the whole breaks", show=True),
        key("slash", "filter", "Filter", "audience.filter", "Show only rows with these words", display="/"),
        key("x", "reset", "Reset", "audience.reset", "Drop all filters: period, spot, advertiser, words"),
        key("r", "refresh", "Fetch again", "audience.refresh", "Fetch the figures now"),
        key("e", "export", "Export", "audience.export",
            "Write the figures, or every airing (proof of play), to a file", show=True),
        key("y", "copy_row", "Copy row", "audience.copy", "Copy this row's figures"),
    ),
)  # fmt: skip
