"""The page of clients: addresses for players and media servers, and who is connected."""
