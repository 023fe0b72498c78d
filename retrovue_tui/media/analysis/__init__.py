"""Analysis of programmes: finds the points at which a commercial break would not hurt."""
