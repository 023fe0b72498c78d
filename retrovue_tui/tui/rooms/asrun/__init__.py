"""The as-run room: shows what has aired."""
