"""The station as an HDHomeRun network tuner, for Plex, Jellyfin, Emby and Channels DVR."""
