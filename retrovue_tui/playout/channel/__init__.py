"""One channel: its clock tick, its planning loop, its snapshot and its events."""
