"""The keys of the bin."""

from __future__ import annotations

from typing import Final

from retrovue_tui.tui.keys.pane import Pane, key

BIN: Final = Pane(
    "Bin",
    (
        key("up,k", "step(-1)", "Row above", "bin.up", "The row above"),
        key("down,j", "step(1)", "Row below", "bin.down", "The row below"),
        key("pageup", "page(-1)", "Page up", "bin.page_up", "A page up"),
        key("pagedown", "page(1)", "Page down", "bin.page_down", "A page down"),
        key("home,g", "step(-1000000)", "First row", "bin.first", "The first row"),
        key("end,G", "step(1000000)", "Last row", "bin.last", "The last row"),
        key("b", "insert", "Insert", "bin.insert", "Put the marked files, or this one, into the rundown", show=True),
        key("space", "mark", "Mark", "bin.mark", "Mark or unmark this file", show=True, display="space"),
        key("asterisk", "mark_all", "Mark all", "bin.mark_all", "Mark or unmark all files shown"),
        key("P", "prepare", "Prepare", "bin.prepare", "Prepare the marked files, or this one, now", show=True),
        key("p,enter", "preview", "Preview", "bin.preview", "Show or hide this file's picture", show=True, display="p"),
        key("left", "frames(-1)", "Frame back", "bin.frame_back", "The preview one frame back"),
        key("right", "frames(1)", "Frame on", "bin.frame_on", "The preview one frame on"),
        key("shift+left", "seconds(-1)", "Second back", "bin.second_back", "The preview one second back"),
        key("shift+right", "seconds(1)", "Second on", "bin.second_on", "The preview one second on"),
        key("ctrl+left", "seconds(-60)", "Minute back", "bin.minute_back", "The preview one minute back"),
        key("ctrl+right", "seconds(60)", "Minute on", "bin.minute_on", "The preview one minute on"),
        key("i", "trim('in')", "Mark in", "bin.trim_in", "When inserted, it begins with the frame in the preview"),
        key("o", "trim('out')", "Mark out", "bin.trim_out", "When inserted, it ends with the frame in the preview"),
        key("x", "clear_trim", "Clear in and out", "bin.trim_clear", "When inserted, all of it airs"),
        key("slash", "filter", "Filter", "bin.filter", "Show only files with these words", show=True, display="/"),
        key("s", "sort", "Sort", "bin.sort", "Sort by the next column", show=True),
        key("r", "reverse", "Reverse order", "bin.reverse", "Reverse the order"),
        key("y", "copy_path", "Copy path", "bin.copy_path", "Copy the path of the marked files, or of this one"),
        key("v", "play", "Open in player", "bin.play", "Open the file in mpv, VLC or $RETROVUE_PLAYER"),
    ),
)
INSERT: Final = Pane(
    "Insert dialog",
    (
        key("up,k,left", "choose(-1)", "Place above", "insert.up", "The place above"),
        key("down,j,right,tab", "choose(1)", "Place below", "insert.down", "The place below"),
        key("enter", "insert", "Insert", "insert.insert", "Insert there; u undoes it"),
        key("escape,q", "cancel", "Cancel", "insert.cancel", "Back to the bin; nothing is sent"),
    ),
)
