"""Dialogs that open over any room."""
