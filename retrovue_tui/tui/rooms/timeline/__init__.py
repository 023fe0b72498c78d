"""The break timeline."""
