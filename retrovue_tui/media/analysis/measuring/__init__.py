"""Measures where picture and sound change: in packet sizes, in a pass over the sound, in windows of pictures."""
