"""Pages made bad on purpose: `make fuzz`."""
