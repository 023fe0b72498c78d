"""The control room's first room: all channels at a glance."""
