"""Makes a home for existing media: looks at the folders, lines up the channels, writes the files."""
