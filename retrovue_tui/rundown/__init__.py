"""The rundown of a channel: its entries, the ffconcat file that contains them, and the air list that is compiled from
them."""
