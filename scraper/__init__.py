"""How pages are found, got and kept. The only package that may touch the network or the clock."""
