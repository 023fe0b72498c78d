"""Themes: loading, checking, switching."""
