"""Worker processes that decode foreign media, so that a crash does no harm."""
