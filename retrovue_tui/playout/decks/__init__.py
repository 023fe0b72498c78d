"""Decks: FFmpeg processes that play air lists, and the queue they wait in."""
