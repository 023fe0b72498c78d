"""Routes for players, tuners and guides."""
