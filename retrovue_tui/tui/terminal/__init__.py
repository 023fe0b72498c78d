"""The terminal and programs beside it: ASCII output, clipboard, QR codes, external players."""
