"""The program's exit codes, in one place."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, as `docs/runbook.md` explains them."""

    DONE = 0
    INTERNAL = 1
    USAGE = 2
    SITE = 3  # the site refused, or cannot be reached
    STORE = 4
    PARTIAL = 5
    GATES = 6  # a build failed its gates, and nothing was published
    BUSY = 75  # another run holds the store
    INTERRUPTED = 130
    TERMINATED = 143
