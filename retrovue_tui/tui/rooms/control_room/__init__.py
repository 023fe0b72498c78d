"""The control room: all channels at a glance."""
