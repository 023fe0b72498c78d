"""Media: the house format, FFmpeg, probing, the library, and the pieces that assets are rendered into."""
