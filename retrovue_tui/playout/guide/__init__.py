"""The programme guide of a running station."""
