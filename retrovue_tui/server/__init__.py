"""The station's HTTP face: streams, playlists and the API."""
