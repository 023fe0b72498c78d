"""The rundown of a channel: its entries, the ffconcat file that holds them, and the air list compiled from them."""
