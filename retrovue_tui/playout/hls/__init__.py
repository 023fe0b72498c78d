"""The channels as HLS: segments cut from the bus, and their playlists (RFC 8216)."""
