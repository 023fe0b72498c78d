"""The arguments of the FFmpeg that renders."""
