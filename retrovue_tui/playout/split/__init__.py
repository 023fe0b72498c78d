"""Splits: spots of which each group of viewers sees another version, on one channel, at the same time."""
