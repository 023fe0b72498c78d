"""The protocol between a station and its control rooms: plain data types, and the client that exchanges them."""
