"""`python -m trials` is the `trials` program."""

from trials.cli import main

main()
