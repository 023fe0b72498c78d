"""What is on air: decks, splicer, bus, channel, station."""
