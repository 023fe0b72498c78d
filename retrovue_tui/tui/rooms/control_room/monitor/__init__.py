"""The monitor of the control room: picture and sound of one channel, and the pictures of all."""
