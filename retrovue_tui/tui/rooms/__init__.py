"""What fills the terminal: the control room itself, and what lies over it for a moment."""
