"""What we have: the house format, FFmpeg, probing, the library, and the pieces that it is prepared into."""
