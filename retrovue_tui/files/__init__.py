"""Files and folders of this machine: how they are written and watched, their errors, and lines in TOML."""
