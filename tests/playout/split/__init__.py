"""Tests of splits: spots of which each group of viewers sees another version."""
