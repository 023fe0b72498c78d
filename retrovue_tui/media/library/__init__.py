"""The station's media files: which ones there are, what each one is, what has changed."""
