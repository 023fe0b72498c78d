"""The plan of one channel: what it is made from, its entries, its file, and how it is shown."""
