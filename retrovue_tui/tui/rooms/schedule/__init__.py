"""Room 5, schedule: the coming week as a grid, and a form for the rules of its blocks."""
