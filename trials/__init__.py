"""The application: one module per command of the `trials` program."""
