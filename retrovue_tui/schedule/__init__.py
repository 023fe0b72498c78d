"""The schedule of a channel that plans itself: where breaks go, which spots fill them, and what airs when. It is pure:
nothing here reads a file or a clock."""
