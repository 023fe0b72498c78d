"""The operator's commands on a channel: live commands, edits, receipts, undo."""
