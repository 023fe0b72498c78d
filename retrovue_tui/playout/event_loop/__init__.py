"""Keeps the event loop on time, and owns its tasks."""
