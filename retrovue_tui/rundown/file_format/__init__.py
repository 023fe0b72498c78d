"""Reads and writes rundown files."""
