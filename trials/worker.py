"""A process of a build: what it does without, and how it ends.

Loads nothing by itself: what a worker shall not load is settled before it loads what makes tables.
"""

import atexit
import gc
import os
import sys
from multiprocessing import parent_process
from multiprocessing.connection import wait
from threading import Thread


def begin() -> None:
    """Make this process ready for tables alone; it looks for garbage between tasks only, and ends with its program."""
    sys.modules["numpy"] = None  # type: ignore[assignment]  # pyarrow can do without: a third of all that it loads
    without_pandas()
    import trials.batches  # noqa: F401 - so that it is not looked through for garbage

    gc.disable()  # pages leave no cycles, and to look for some takes a fifteenth of all time
    gc.freeze()
    atexit.register(gc.unfreeze)  # what is still frozen at the end is taken for a leak
    Thread(target=_end_with_program, daemon=True).start()


def without_pandas() -> None:
    """Let pyarrow look in vain for pandas, as it does at its first array: to load it takes a third of a second.

    For a process that makes tables and does nothing else: pyarrow does not know a frame of pandas then.
    """
    import pyarrow as pa

    path, sys.path[:] = sys.path[:], []
    pa.array(())
    sys.path[:] = path


def _end_with_program() -> None:
    """End this process when the program that started it ends, however that does."""
    program = parent_process()
    assert program is not None, "it was started by one"
    wait([program.sentinel])
    os._exit(1)
