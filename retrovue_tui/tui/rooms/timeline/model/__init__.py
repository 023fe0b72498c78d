"""The break timeline without a screen: positions, the line itself, staged edits, and how it is drawn."""
