"""The keys of the bin."""

from __future__ import annotations

from typing import Final

from retrovue_tui.tui.keys.pane import Pane, key

BIN: Final = Pane(
    "Bin",
    (
        key("up,k", "step(-1)", "Row above", "bin.up", "Go to the row above"),
        key("down,j", "step(1)", "Row below", "bin.down", "Go to the row below"),
        key("pageup", "page(-1)", "Page up", "bin.page_up", "Go up a page"),
        key("pagedown", "page(1)", "Page down", "bin.page_down", "Go down a page"),
        key("home,g", "step(-1000000)", "First row", "bin.first", "Go to the first row"),
        key("end,G", "step(1000000)", "Last row", "bin.last", "Go to the last row"),
        key("b", "insert", "Insert", "bin.insert", "Put the marked files, or this one, into the rundown", show=True),
        key("space", "mark", "Mark", "bin.mark", "Mark or unmark this file", show=True, display="space"),
        key("asterisk", "mark_all", "Mark all", "bin.mark_all", "Mark or unmark all files shown"),
        key("P", "prepare", "Prepare", "bin.prepare", "Prepare the marked files, or this one, now", show=True),
        key("p,enter", "preview", "Preview", "bin.preview", "Show or hide this file's picture", show=True, display="p"),
        key("left", "frames(-1)", "Frame back", "bin.frame_back", "Step the preview back one frame"),
        key("right", "frames(1)", "Frame on", "bin.frame_on", "Step the preview forward one frame"),
        key("shift+left", "seconds(-1)", "Second back", "bin.second_back", "Step the preview back one second"),
        key("shift+right", "seconds(1)", "Second on", "bin.second_on", "Step the preview forward one second"),
        key("ctrl+left", "seconds(-60)", "Minute back", "bin.minute_back", "Step the preview back one minute"),
        key("ctrl+right", "seconds(60)", "Minute on", "bin.minute_on", "Step the preview forward one minute"),
        key(
            "i",
            "trim('in')",
            "Mark in",
            "bin.trim_in",
            "Begin the file with the frame in the preview when it is inserted",
        ),
        key(
            "o",
            "trim('out')",
            "Mark out",
            "bin.trim_out",
            "End the file with the frame in the preview when it is inserted",
        ),
        key(
            "x",
            "clear_trim",
            "Clear in and out",
            "bin.trim_clear",
            "Insert the whole file: forget the first and last frame",
        ),
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
        key("up,k,left", "choose(-1)", "Place above", "insert.up", "Choose the place above"),
        key("down,j,right,tab", "choose(1)", "Place below", "insert.down", "Choose the place below"),
        key("enter", "insert", "Insert", "insert.insert", "Insert the files there; u undoes it"),
        key("escape,q", "cancel", "Cancel", "insert.cancel", "Go back to the bin without sending anything"),
    ),
)
