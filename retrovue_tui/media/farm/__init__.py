"""Rendering on other machines: a farm of workers behind one scheduler (Dask distributed)."""
