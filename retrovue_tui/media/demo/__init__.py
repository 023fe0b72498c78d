"""The demo station: its home, artwork and films."""
