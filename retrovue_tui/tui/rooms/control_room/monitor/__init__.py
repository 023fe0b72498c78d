"""The control room's monitor: picture and audio of one channel, or the pictures of all channels."""
