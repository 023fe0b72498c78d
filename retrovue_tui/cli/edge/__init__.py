"""Configurations for web servers in front of a station."""
