"""Figures and statistics of the audience. Pure: no file, no database, no clock."""
