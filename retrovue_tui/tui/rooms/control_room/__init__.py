"""The control room's first screen: all channels at a glance."""
