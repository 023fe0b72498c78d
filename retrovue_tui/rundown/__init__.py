"""What a channel intends to air: entries, the ffconcat file that holds them, the air list compiled from them."""
