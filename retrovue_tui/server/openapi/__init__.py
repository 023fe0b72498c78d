"""The description of the station's HTTP interface (OpenAPI 3.1)."""
