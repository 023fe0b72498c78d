"""Values as text: formats, glyphs, tallies."""
