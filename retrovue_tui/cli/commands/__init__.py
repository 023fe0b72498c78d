"""One file for each command of `retrovue-tui`."""
