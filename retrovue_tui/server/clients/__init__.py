"""Who is connected: addresses, names of programs, and the list of clients."""
