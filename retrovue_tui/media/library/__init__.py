"""The station's media files: which files exist, their facts, and their changes."""
