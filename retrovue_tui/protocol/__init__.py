"""What is said across the wall between station and control room: plain types, and the client that speaks them."""
