"""The control room: a Textual screen in the terminal that monitors and operates a station over HTTP."""
