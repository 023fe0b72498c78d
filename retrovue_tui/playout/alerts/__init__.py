"""Alerts: reports problems of the station to people who do not look at the screen."""
