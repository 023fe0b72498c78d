"""What `check` finds: the problems of a home, and the facts of media files."""
