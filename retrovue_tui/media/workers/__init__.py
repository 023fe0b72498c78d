"""Worker processes: foreign media is decoded only where a crash hurts nothing."""
