"""The station's HTTP server: streams, playlists and the API."""
