"""The control room: a screen in the terminal that watches a station over HTTP."""
