"""The routes: one file for each part of what clients may ask."""
