"""Help with text: what may be printed, what is secret, and what was probably meant."""
