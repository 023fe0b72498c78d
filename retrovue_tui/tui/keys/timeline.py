"""The keys of the break timeline and of its dialogs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.tui.keys.pane import Pane, key

if TYPE_CHECKING:
    from textual.binding import Binding


def _go(keys: str, action: str, name: str, identity: str, tooltip: str) -> Binding:
    return key(keys, f"screen.{action}", name, f"timeline.{identity}", tooltip)


_MOVING: Final = (
    _go("left", "step(-1)", "Frame back", "frame_back", "Go back one frame"),
    _go("right", "step(1)", "Frame on", "frame_on", "Go forward one frame"),
    _go("shift+left", "step_seconds(-1)", "Second back", "second_back", "Go back one second"),
    _go("shift+right", "step_seconds(1)", "Second on", "second_on", "Go forward one second"),
    _go("ctrl+left,pageup", "step_page(-1)", "Page back", "page_back", "Go back half the view"),
    _go("ctrl+right,pagedown", "step_page(1)", "Page on", "page_on", "Go forward half the view"),
    _go("up", "edge(-1)", "Previous edit", "edit_before", "Go to the edit point before the cursor"),
    _go("down", "edge(1)", "Next edit", "edit_next", "Go to the edit point after the cursor"),
    _go("g,home", "start", "Start", "start", "Go to the start of the rundown"),
    _go("G,end", "end", "End", "end", "Go to the last frame of the rundown"),
    _go("a", "air", "On air", "air", "Go to the frame that is on air"),
    _go("left_square_bracket", "go_break(-1)", "Previous break", "break_before", "Go to the previous break"),
    _go("right_square_bracket", "go_break(1)", "Next break", "break_next", "Go to the next break"),
    _go("n", "go_cue(1)", "Next cue", "cue_next", "Go to the next break candidate"),
    _go("N", "go_cue(-1)", "Previous cue", "cue_before", "Go to the previous break candidate"),
    _go("equals_sign", "goto('')", "Go to", "goto", "Go to a time: 20:15, 20:15:00;12, @00:12:30 in the programme"),
    _go("plus", "goto('+')", "Go on by", "goto_on", "Go forward by 90 (seconds), 1:30, 00:01:30;00 or 12f (frames)"),
    _go("minus", "goto('-')", "Go back by", "goto_back", "Go back by 90 (seconds), 1:30, 00:01:30;00 or 12f (frames)"),
    _go("slash", "find", "Find", "find", "Find an entry by its title, after the cursor; again: the next one"),
    _go("j", "shuttle(-1)", "Reverse", "reverse", "Run the cursor backwards; again: faster"),
    _go("k", "pause", "Pause", "pause", "Stop the running cursor"),
    _go("l", "shuttle(1)", "Forward", "forward", "Run the cursor forwards; again: faster"),
)
_LOOKING: Final = (
    _go("z", "zoom(-1)", "Zoom in", "zoom_in", "Zoom in, down to one frame a column"),
    _go("Z", "zoom(1)", "Zoom out", "zoom_out", "Zoom out, up to a whole day"),
    _go("f", "fit", "Fit", "fit", "Fit the whole rundown into the view; again: the whole day"),
    _go(
        "s",
        "snap",
        "Snap",
        "snap",
        "Switch snapping on or off: clicks snap to candidates, dragged items also to edit points and marks",
    ),
    _go("p", "preview", "Preview", "preview", "Show or hide the picture under the cursor"),
    _go("y", "copy_timecode", "Copy timecode", "copy_timecode", "Copy the timecode of the cursor"),
    _go(
        "space",
        "select",
        "Select",
        "select",
        "Choose the whole break under the cursor; again: only its spot; again: nothing",
    ),
    _go("h", "history", "History", "history", "Show the edits that can be undone and redone"),
)
_REVIEWING: Final = (
    _go("A", "review('accept')", "Accept", "accept",
        "Accept the break candidate at the cursor, or set one there; plans prefer it to all that analysis finds"),
    _go("r", "review('reject')", "Reject", "reject", "Reject the candidate at the cursor; no plan uses it"),
    _go("m", "review('move')", "Move candidate", "move_cue", "Move the nearest candidate to the cursor"),
    _go("backspace", "review('forget')", "Take back", "forget", "Take back the decision about the candidate here"),
    _go("P", "cut_pictures", "Both sides", "cut_pictures",
        "Show the last frame before a break at the cursor, and the first one after it; again: only the cursor's"),
)  # fmt: skip
_EDITING: Final = (
    key("b", "screen.add_break", "Add break", "timeline.add_break",
        "Add a break at the cursor: seconds, or spots from the bin", show=True),
    _go("enter", "open", "Open break", "open", "Replace or fill the break under the cursor, from the bin"),
    _go("comma", "nudge(-1)", "Frame earlier", "nudge_earlier", "Move the break one frame earlier"),
    _go("full_stop", "nudge(1)", "Frame later", "nudge_later", "Move the break one frame later"),
    _go("left_curly_bracket", "nudge_seconds(-1)", "Second earlier", "nudge_second_earlier",
        "Move the break a second earlier"),
    _go("right_curly_bracket", "nudge_seconds(1)", "Second later", "nudge_second_later",
        "Move the break a second later"),
    _go("left_parenthesis", "nudge_cue(-1)", "To previous cue", "nudge_cue_before",
        "Move the break to the previous cue"),
    _go("right_parenthesis", "nudge_cue(1)", "To next cue", "nudge_cue_next", "Move the break to the next cue"),
    _go("shift+up", "shift(-1)", "Move earlier", "shift_before",
        "Move the chosen spot, or the segment, one place earlier"),
    _go("shift+down", "shift(1)", "Move later", "shift_behind",
        "Move the chosen spot, or the segment, one place later"),
    _go("i", "mark('in')", "Mark in", "mark_in", "Mark the frame under the cursor as the first"),
    _go("o", "mark('out')", "Mark out", "mark_out", "Mark the frame under the cursor as the last"),
    _go("x", "clear_marks", "Clear marks", "clear_marks", "Clear both marks"),
    _go("e", "trim", "Trim", "trim", "Trim the entry to the marks"),
    _go("C", "split", "Cut in two", "split", "Split the segment before the frame under the cursor"),
    _go("d", "lift", "Lift", "lift",
        "Remove the entry, and fill its time from the pool; later entries keep their times"),
    _go("D", "remove", "Ripple delete", "remove", "Remove the entry; later entries air earlier"),
    key("w,ctrl+s", "screen.apply", "Apply", "timeline.apply", "Apply all staged edits as one change", show=True),
    _go("u", "undo", "Undo", "undo", "Unstage the last staged edit; if none is staged, undo the last edit"),
    _go("ctrl+r,ctrl+y", "redo", "Redo", "redo",
        "Stage the unstaged edit again; if there is none, redo the edit undone last"),
)  # fmt: skip

TIMELINE: Final = Pane("Break timeline", (*_MOVING, *_LOOKING, *_REVIEWING, *_EDITING))
PICKER: Final = Pane(
    "Spots for a break",
    (
        key("escape", "cancel", "Cancel", "picker.cancel", "Go back to the timeline without staging anything"),
        key("up", "step(-1)", "Up", "picker.up", "Go to the spot above"),
        key("down", "step(1)", "Down", "picker.down", "Go to the spot below"),
        key("pageup", "step(-10)", "Page up", "picker.page_up", "Go up ten spots"),
        key("pagedown", "step(10)", "Page down", "picker.page_down", "Go down ten spots"),
        key("ctrl+t,insert", "mark", "Mark", "picker.mark", "Mark this spot; marked spots air in this order"),
        key("enter", "take", "Take", "picker.take", "Use the seconds typed, the marked spots, or this spot"),
    ),
)  # fmt: skip
PROMPT: Final = Pane(
    "Go to, find, and period",
    (
        key("escape", "cancel", "Cancel", "prompt.cancel", "Go back; nothing changes"),
        key("enter", "take", "Take", "prompt.take", "Go to the time, find the title, or use the period"),
    ),
)  # fmt: skip
STEPS: Final = Pane(
    "History",
    (
        key("escape,h,enter", "dismiss", "Close", "steps.close", "Go back to the timeline", show=True, display="esc"),
        key("u", "step('undo')", "Undo", "steps.undo", "Undo the newest step"),
        key("ctrl+r,ctrl+y", "step('redo')", "Redo", "steps.redo", "Redo the step undone last"),
    ),
)
