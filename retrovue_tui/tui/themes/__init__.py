"""Themes: reads them from files, checks them, and switches between them."""
