"""The station's media: inventory and previews."""
