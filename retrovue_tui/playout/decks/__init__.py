"""Decks: FFmpeg processes that play air lists, and the queue in which they wait."""
