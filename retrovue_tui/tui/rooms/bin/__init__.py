"""The bin: every media file of the station."""
