"""The keys of the break timeline and of its dialogs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.tui.keys.pane import Pane, key

if TYPE_CHECKING:
    from textual.binding import Binding


def _go(keys: str, action: str, name: str, identity: str, tooltip: str) -> Binding:
    return key(keys, f"screen.{action}", name, f"timeline.{identity}", tooltip)


_MOVING: Final = (
    _go("left", "step(-1)", "Frame back", "frame_back", "The frame before"),
    _go("right", "step(1)", "Frame on", "frame_on", "The next frame"),
    _go("shift+left", "step_seconds(-1)", "Second back", "second_back", "A second back"),
    _go("shift+right", "step_seconds(1)", "Second on", "second_on", "A second on"),
    _go("ctrl+left,pageup", "step_page(-1)", "Page back", "page_back", "Back by half the view"),
    _go("ctrl+right,pagedown", "step_page(1)", "Page on", "page_on", "On by half the view"),
    _go("up", "edge(-1)", "Previous edit", "edit_before", "To the edit point before the cursor"),
    _go("down", "edge(1)", "Next edit", "edit_next", "To the edit point after the cursor"),
    _go("g,home", "start", "Start", "start", "To the start of this round of the rundown"),
    _go("G,end", "end", "End", "end", "To the last frame of this round of the rundown"),
    _go("a", "air", "On air", "air", "To the frame that is on air now"),
    _go("left_square_bracket", "go_break(-1)", "Previous break", "break_before", "To the break before"),
    _go("right_square_bracket", "go_break(1)", "Next break", "break_next", "To the next break"),
    _go("n", "go_cue(1)", "Next cue", "cue_next", "To the next cue candidate: chapter, black, silence, scene"),
    _go("N", "go_cue(-1)", "Previous cue", "cue_before", "To the cue candidate before"),
    _go("equals_sign", "goto('')", "Go to", "goto", "Go to a time: 20:15, 20:15:00;12, @00:12:30 in the programme"),
    _go("plus", "goto('+')", "Go on by", "goto_on", "Go on by a length: 90, 1:30, 00:01:30;00, 12f"),
    _go("minus", "goto('-')", "Go back by", "goto_back", "Go back by a length"),
    _go("slash", "find", "Find", "find", "Find an entry by its title, from the cursor on; again: the next"),
    _go("j", "shuttle(-1)", "Reverse", "reverse", "Run backwards; again: faster"),
    _go("k", "pause", "Pause", "pause", "Stop running"),
    _go("l", "shuttle(1)", "Forward", "forward", "Run forwards; again: faster"),
)
_LOOKING: Final = (
    _go("z", "zoom(-1)", "Zoom in", "zoom_in", "A closer view, down to one frame a column"),
    _go("Z", "zoom(1)", "Zoom out", "zoom_out", "A wider view, up to a whole day"),
    _go("f", "fit", "Fit", "fit", "This round of the rundown as a whole; again: the day"),
    _go("s", "snap", "Snap", "snap", "Let dragging snap to cues, edit points and marks, or not"),
    _go("p", "preview", "Preview", "preview", "Show or hide the picture under the cursor"),
    _go("y", "copy_timecode", "Copy timecode", "copy_timecode", "Copy the timecode of the cursor"),
    _go("space", "select", "Select", "select", "Choose the whole break here; again: only its spot; again: nothing"),
    _go("h", "history", "History", "history", "The edits that can be undone and redone"),
)
_EDITING: Final = (
    key("b", "screen.add_break", "Add break", "timeline.add_break",
        "Add a break at the cursor: seconds, or spots from the bin", show=True),
    _go("enter", "open", "Open break", "open", "Replace or fill the break under the cursor, from the bin"),
    _go("comma", "nudge(-1)", "Frame earlier", "nudge_earlier", "The break one frame earlier"),
    _go("full_stop", "nudge(1)", "Frame later", "nudge_later", "The break one frame later"),
    _go("left_curly_bracket", "nudge_seconds(-1)", "Second earlier", "nudge_second_earlier",
        "The break a second earlier"),
    _go("right_curly_bracket", "nudge_seconds(1)", "Second later", "nudge_second_later", "The break a second later"),
    _go("left_parenthesis", "nudge_cue(-1)", "To cue before", "nudge_cue_before", "The break to the cue before it"),
    _go("right_parenthesis", "nudge_cue(1)", "To next cue", "nudge_cue_next", "The break to the next cue"),
    _go("shift+up", "shift(-1)", "Move before", "shift_before", "The chosen spot, or the segment, one place earlier"),
    _go("shift+down", "shift(1)", "Move after", "shift_behind", "The chosen spot, or the segment, one place later"),
    _go("i", "mark('in')", "Mark in", "mark_in", "Mark the frame under the cursor as the first"),
    _go("o", "mark('out')", "Mark out", "mark_out", "Mark the frame under the cursor as the last"),
    _go("x", "clear_marks", "Clear marks", "clear_marks", "Clear both marks"),
    _go("e", "trim", "Trim", "trim", "Trim the entry to the marks"),
    _go("c", "split", "Cut in two", "split", "Split the segment before the frame under the cursor"),
    _go("d", "lift", "Lift", "lift", "Remove it, and fill its time from the pool; what follows keeps its time"),
    _go("D", "remove", "Ripple delete", "remove", "Remove it; what follows airs earlier"),
    key("w,ctrl+s", "screen.apply", "Apply", "timeline.apply", "Apply all staged edits as one change", show=True),
    _go("u", "undo", "Undo", "undo", "Unstage the last staged edit; if none is staged, undo the last edit"),
    _go("ctrl+r,ctrl+y", "redo", "Redo", "redo", "Stage it again; if none was unstaged, redo the edit undone last"),
)  # fmt: skip

TIMELINE: Final = Pane("Break timeline", (*_MOVING, *_LOOKING, *_EDITING))
PICKER: Final = Pane(
    "Spots for a break",
    (
        key("escape", "cancel", "Cancel", "picker.cancel", "Back to the timeline; nothing is staged"),
        key("up", "step(-1)", "Up", "picker.up", "The spot above"),
        key("down", "step(1)", "Down", "picker.down", "The spot below"),
        key("pageup", "step(-10)", "Page up", "picker.page_up", "Ten spots up"),
        key("pagedown", "step(10)", "Page down", "picker.page_down", "Ten spots down"),
        key("ctrl+t,insert", "mark", "Mark", "picker.mark", "Mark this spot; marked spots air in this order"),
        key("enter", "take", "Take", "picker.take", "Use the seconds typed, the marked spots, or this one"),
    ),
)  # fmt: skip
PROMPT: Final = Pane(
    "Go to and find",
    (
        key("escape", "cancel", "Cancel", "prompt.cancel", "Back to the timeline; the cursor stays"),
        key("enter", "take", "Take", "prompt.take", "Go to the time, or find the title"),
    ),
)  # fmt: skip
STEPS: Final = Pane(
    "History",
    (
        key("escape,h,enter", "dismiss", "Close", "steps.close", "Back to the timeline", show=True, display="esc"),
        key("u", "step('undo')", "Undo", "steps.undo", "Undo the newest step"),
        key("ctrl+r,ctrl+y", "step('redo')", "Redo", "steps.redo", "Do again what was undone last"),
    ),
)
