"""The rooms: screens that fill the terminal, each with its dialogs."""
