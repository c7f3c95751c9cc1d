"""Which allocator Arrow takes: one that gives memory back to the machine. Loads nothing of Arrow, which looks once."""

import os
import platform

POOL = "ARROW_DEFAULT_MEMORY_POOL"
"""The variable of the environment by which Arrow is told; what it says already stays."""


def prefer_memory_given_back() -> None:
    """Let Arrow take jemalloc, here and in processes that are started: a build has a quarter less memory then.

    Its own choice keeps what the largest row group of each table once took. Only where Arrow's wheels are known to have
    it: Arrow warns at each start if it is told of an allocator that it lacks.
    """
    if platform.system() == "Linux" and platform.machine() == "x86_64":
        os.environ.setdefault(POOL, "jemalloc")
