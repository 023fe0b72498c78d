"""Catch-up: streams of what a channel aired in the past, made from the as-run log and the prepared pieces."""
