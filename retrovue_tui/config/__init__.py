"""The station's configuration: `retrovue.toml`."""
