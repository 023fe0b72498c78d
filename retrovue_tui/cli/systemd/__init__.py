"""The station as a service: its unit, the user's systemd that runs it, and what the station reports to systemd."""
