"""A channel's output: splicer, bus, slate, measured joins."""
