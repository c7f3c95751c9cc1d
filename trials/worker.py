"""A process of a build: what it does without, and when it looks for garbage.

Loads nothing by itself: what a worker shall not load is settled before it loads what makes tables.
"""

import atexit
import gc
import sys

from trials import child

START = "from trials.worker import serve; serve()"


def serve() -> None:
    """Carry out tasks until the program ends."""
    child.serve(_prepare)


def _prepare() -> None:
    """Make this process ready for tables alone; it looks for garbage between tasks only."""
    sys.modules["numpy"] = None  # type: ignore[assignment]  # pyarrow can do without: a third of all that it loads
    without_pandas()
    import trials.batches  # noqa: F401 - so that it is not looked through for garbage

    gc.disable()  # pages leave no cycles, and to look for some takes a fifteenth of all time
    gc.freeze()
    atexit.register(gc.unfreeze)  # what is still frozen at the end is taken for a leak


def without_pandas() -> None:
    """Let pyarrow look in vain for pandas, as it does at its first array: to load it takes a third of a second.

    For a process that makes tables and does nothing else: pyarrow does not know a frame of pandas then.
    """
    import pyarrow as pa

    path, sys.path[:] = sys.path[:], []
    pa.array(())
    sys.path[:] = path
