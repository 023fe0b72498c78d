"""The rooms: the screens that fill the terminal, with their dialogs."""
