"""Worker processes, in which foreign media is decoded, so that a crash does no harm."""
