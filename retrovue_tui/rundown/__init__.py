"""What we intend: entries, the ffconcat file that holds them, the air list compiled from them."""
