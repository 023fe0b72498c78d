"""Tests of retrovue_tui.audience."""
