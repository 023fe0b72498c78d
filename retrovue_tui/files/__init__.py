"""Files and folders of this machine: writing and watching them, their errors, and lines in TOML files."""
