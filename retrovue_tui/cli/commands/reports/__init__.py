"""Commands that print what a station airs, has aired, or will air."""
