"""Metadata of media files: title, series, episode and more, from `.nfo` files, embedded tags and names."""
