"""Writes the rundowns of channels that have a plan: gathers what can be planned, plans ahead, and applies the
result."""
