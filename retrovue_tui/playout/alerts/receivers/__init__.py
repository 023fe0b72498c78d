"""The receivers of alerts: a web address, a program, and the services of the library apprise."""
