"""Where the tasks of a build are carried out: in processes of this machine, or on a dask cluster.

Results come in the order of the tasks, and only a few wait at a time, so that memory does not grow with the archive.
"""

import atexit
import gc
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from typing import Any

from registry.errors import SettingsError, StoreError
from trials.batches import Done, Task, carry_out

Engine = Callable[[Iterable[Task]], Iterator[Done]]
_AHEAD = 2  # tasks a worker that are handed out before their turn


def in_processes(tasks: Iterable[Task], *, workers: int) -> Iterator[Done]:
    """Carry out tasks in processes of this machine.

    A page that breaks its process (see `trials/contained.py`) costs that one page: the tasks at hand are carried out
    again, each page in a process of its own.
    """
    waiting: deque[tuple[Task, Future[Done]]] = deque()
    left = iter(tasks)
    pool = _pool(workers)
    try:
        while True:
            while len(waiting) < workers * _AHEAD and (task := next(left, None)):
                waiting.append((task, pool.submit(carry_out, task, careful=False)))
            if not waiting:
                return
            task, future = waiting[0]
            try:
                done = future.result()
            except (BrokenProcessPool, MemoryError):
                pool.shutdown(cancel_futures=True)
                pool = _pool(workers)
                waiting = deque((each, pool.submit(carry_out, each, careful=True)) for each, _ in waiting)
                continue
            waiting.popleft()
            yield done
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """Leave Ctrl-C to the program, which ends its workers; look at what is loaded no more when collecting garbage."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    atexit.register(gc.unfreeze)  # what is still frozen at the end is taken for a leak


def on_dask(tasks: Iterable[Task], *, scheduler: str) -> Iterator[Done]:
    """Carry out tasks on a dask cluster, whose workers have this package and reach the archive.

    SettingsError without dask, StoreError if the scheduler does not answer.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise SettingsError(f"--engine dask needs more ({error}): pip install 'tidytrials[cluster]'.") from error
    try:
        client: Any = Client(scheduler, set_as_default=False)
    except (OSError, ValueError) as error:
        raise StoreError(f"The scheduler {scheduler!r} does not answer ({error}). Check its address.") from error
    with client:
        cores = sum(client.nthreads().values()) or 1
        left = iter(tasks)
        waiting: deque[Any] = deque()
        while True:
            while len(waiting) < cores * _AHEAD and (task := next(left, None)):
                waiting.append(client.submit(partial(carry_out, careful=True), task, pure=False))
            if not waiting:
                return
            yield waiting.popleft().result()
