"""The protocol between a station and its clients: plain data types, and the client that exchanges them."""
