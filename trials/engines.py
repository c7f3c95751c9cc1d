"""Where the tasks of a build are carried out: in processes of this machine; `trials/cluster.py` is the other engine.

Results come in the order of the tasks, and only a few wait at a time, so that memory does not grow with the archive.
"""

import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context

from registry.errors import StoreError
from trials.batches import Done, Task, carry_out, carry_out_apart
from trials.worker import begin

Engine = Callable[[Iterable[Task]], Iterator[Done]]
_OF_A_TERMINAL = (signal.SIGINT, signal.SIGHUP)  # Ctrl-C, and a window that is closed
AHEAD = 2  # tasks a worker that are handed out before their turn


def in_processes(tasks: Iterable[Task], *, workers: int) -> Iterator[Done]:
    """Carry out tasks in processes of this machine.

    A page that breaks its process (see `trials/contained.py`) costs that one page: the tasks at hand are carried out
    again, each page in a process of its own.
    """
    waiting: deque[_AtHand] = deque()
    left = iter(tasks)
    pool = _pool(workers)
    try:
        while True:
            while len(waiting) < workers * AHEAD and (task := next(left, None)):
                waiting.append(_AtHand(task))
            if not waiting:
                return
            try:
                with _signals_blocked():
                    for each in waiting:
                        each.future = each.future or pool.submit(each.work, each.task)
                assert waiting[0].future, "it was submitted just now"
                done = waiting[0].future.result()
            except (BrokenProcessPool, MemoryError) as error:
                _end(pool)
                pool = _pool(workers)
                for each in waiting:
                    each.try_again(error)
                continue
            waiting.popleft()
            yield done
    finally:
        _end(pool)


@dataclass(slots=True)
class _AtHand:
    """A task that was handed out, or is to be; `careful` once its process, or that of another beside it, broke."""

    task: Task
    careful: bool = False
    future: Future[Done] | None = None

    @property
    def work(self) -> Callable[[Task], Done]:
        return carry_out_apart if self.careful else carry_out

    def try_again(self, error: Exception) -> None:
        """Be handed out again; StoreError for the second time."""
        if self.careful:
            first, last = self.task.trials[0].history.nct_id, self.task.trials[-1].history.nct_id
            raise StoreError(
                f"A process that makes the tables of {first} to {last}, or of trials beside them, breaks again and "
                "again. Free memory, or try --workers 1."
            ) from error
        self.careful, self.future = True, None


def _end(pool: ProcessPoolExecutor) -> None:
    """End the workers of a pool at once: what they have at hand can be made again."""
    workers = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for worker in workers:
        worker.kill()


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Let workers that are started here be without the signals of a terminal from their first moment.

    They inherit what is blocked, and end with their program. One that comes meanwhile is for the program, right after.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _OF_A_TERMINAL)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=begin)
