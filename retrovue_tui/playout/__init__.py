"""Everything that runs on air: decks, splicer, bus, channel, station."""
