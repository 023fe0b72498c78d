"""How values are shown as text: formats, glyphs, tally."""
