"""The control room: a Textual screen that is a client of the station."""
