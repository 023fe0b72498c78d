"""Edits of the rundown by commands: their rules, and how they reach the air."""
