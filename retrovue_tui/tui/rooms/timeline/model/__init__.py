"""The model of the timeline room, independent of the screen: positions, the plan, staged edits, and the drawing of
lanes."""
