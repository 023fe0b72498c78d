"""Rendering media into the house format, piece by piece."""
