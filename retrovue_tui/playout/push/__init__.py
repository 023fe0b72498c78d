"""Pushed outputs: FFmpeg processes that send a channel's stream to receivers."""
