"""The keys of the schedule room."""

from __future__ import annotations

from typing import Final

from retrovue_tui.tui.keys.pane import Pane, key

SCHEDULE: Final = Pane(
    "Schedule",
    (
        key("up,k", "step(-1)", "Slot above", "schedule.up", "Go to the previous slot"),
        key("down,j", "step(1)", "Slot below", "schedule.down", "Go to the next slot"),
        key("left,h", "beside(-1)", "Column left", "schedule.left", "Go to the same time of the previous day"),
        key("right,l", "beside(1)", "Column right", "schedule.right", "Go to the same time of the next day"),
        key("pageup,left_square_bracket", "turn(-1)", "Previous week", "schedule.before",
            "Show the previous week or day"),
        key("pagedown,right_square_bracket", "turn(1)", "Next week", "schedule.after", "Show the next week or day"),
        key("home,g", "now", "Now", "schedule.now", "Go to what is on air now"),
        key("end,G", "last", "End of day", "schedule.last", "Go to the last slot of the day"),
        key("enter,e", "edit", "Edit block", "schedule.edit", "Edit the rules of the block at the cursor", show=True),
        key("a", "add", "Add", "schedule.add", "Add a block that begins at the cursor", show=True),
        key("delete,D", "remove", "Delete", "schedule.remove", "Delete the block at the cursor; asks first",
            show=True, display="D"),
        key("U", "undo_save", "Undo save", "schedule.undo", "Bring back the file before the last save", show=True),
        key("n", "trouble(1)", "Next gap", "schedule.trouble", "Go to the next gap or warning", show=True),
        key("N", "trouble(-1)", "Previous gap", "schedule.trouble_before", "Go to the previous gap or warning"),
        key("w", "all_channels", "Week/channels", "schedule.channels",
            "Show a week of this channel, or one day of all channels", show=True),
        key("plus,equals_sign", "zoom(-1)", "Finer", "schedule.finer", "Show shorter rows: down to 15 minutes"),
        key("minus", "zoom(1)", "Coarser", "schedule.coarser", "Show longer rows: up to two hours"),
        key("y", "copy_slot", "Copy slot", "schedule.copy", "Copy this slot's facts"),
    ),
)  # fmt: skip
BLOCK_FORM: Final = Pane(
    "Block dialog",
    (
        key("escape", "cancel", "Cancel", "block.cancel", "Go back without writing anything"),
        key("ctrl+s", "save", "Save", "block.save", "Write the block into the configuration"),
        # With priority, text that is typed right after one of these never reaches the field before.
        key(
            "up,shift+tab",
            "app.focus_previous",
            "Previous field",
            "block.previous",
            "Go to the previous field",
            priority=True,
        ),
        key("down,tab", "app.focus_next", "Next field", "block.next", "Go to the next field", priority=True),
    ),
)
