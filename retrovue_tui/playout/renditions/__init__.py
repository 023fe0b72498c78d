"""Lower qualities of a channel: the same pictures at the same times, with a smaller video."""
