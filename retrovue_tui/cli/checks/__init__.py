"""The checks of `check`: the problems of a home, and the facts of media files."""
