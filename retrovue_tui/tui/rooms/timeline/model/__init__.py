"""The model of the break timeline, without a screen: positions, the line plan, staged edits, and the drawing of
lanes."""
