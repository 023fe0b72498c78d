"""Which spots and cards fill a break, and their rules."""
