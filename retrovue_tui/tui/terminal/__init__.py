"""The terminal and the programs around it: ASCII output, clipboard, QR codes, external players."""
