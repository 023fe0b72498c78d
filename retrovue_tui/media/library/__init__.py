"""The station's media files: which there are, what each one is, what has changed."""
