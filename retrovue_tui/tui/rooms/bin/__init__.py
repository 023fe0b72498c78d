"""The bin: all media files of the station."""
