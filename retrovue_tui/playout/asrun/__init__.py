"""The as-run log: what really aired."""
