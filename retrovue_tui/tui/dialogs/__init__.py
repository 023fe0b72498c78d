"""Dialogs over any room."""
