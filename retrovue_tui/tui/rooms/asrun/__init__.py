"""The as-run room: what aired."""
