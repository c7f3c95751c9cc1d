"""Where the tasks of a build are carried out: in processes of this machine; `trials/cluster.py` is the other engine.

Results come in the order of the tasks, and only a few wait at a time, so that memory does not grow with the archive.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Protocol

from registry.errors import StoreError
from trials.batches import Done, Task, carry_out, carry_out_apart
from trials.child import Child, Ended, cannot_start
from trials.worker import START

Engine = Callable[[Iterable[Task]], Generator[Done, None, None]]
"""Carries out tasks, and ends at once whatever it has begun when it is closed."""
_AHEAD = 2  # tasks a worker that are handed out before their turn


def in_processes(tasks: Iterable[Task], *, workers: int) -> Generator[Done, None, None]:
    """Carry out tasks in processes of this machine."""
    processes, threads = Workers(workers), ThreadPoolExecutor(workers)
    try:
        yield from in_order(tasks, lambda task: _submitted(threads, processes.carry_out, task), workers)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        processes.end()
        threads.shutdown()


def _submitted(threads: ThreadPoolExecutor, carry_out: Callable[[Task], Done], task: Task) -> Future[Done]:
    try:
        return threads.submit(carry_out, task)
    except RuntimeError as error:  # the system has no thread left
        raise cannot_start(error) from error


class Promised(Protocol):
    """A task that was handed out."""

    def result(self) -> Done:
        """Wait for what becomes of it, and return that or raise its error."""


def in_order(tasks: Iterable[Task], submit: Callable[[Task], Promised], workers: int) -> Iterator[Done]:
    """Hand out a few tasks for each worker, and yield what becomes of them in their order."""
    waiting: deque[Promised] = deque()
    left = iter(tasks)
    while True:
        while len(waiting) < workers * _AHEAD and (task := next(left, None)):
            waiting.append(submit(task))
        if not waiting:
            return
        yield waiting.popleft().result()


class Workers:
    """Processes that carry out tasks: as many as there are threads to ask them."""

    def __init__(self, count: int) -> None:
        self._all = [Child(START) for _ in range(count)]
        self._idle: SimpleQueue[Child] = SimpleQueue()
        for worker in self._all:
            self._idle.put(worker)

    def carry_out(self, task: Task) -> Done:
        """Return what became of a task.

        A page that breaks the process costs that one page: the task is carried out again, each page in a process of its
        own. StoreError if it breaks again.
        """
        worker = self._idle.get()
        try:
            return _carried_out(task, worker)
        finally:
            self._idle.put(worker)

    def rest(self) -> None:
        """End the processes that have nothing at hand; each is started again when it is needed."""
        idle: list[Child] = []
        with suppress(Empty):
            while True:
                idle.append(self._idle.get_nowait())
        for worker in idle:
            worker.rest()
            self._idle.put(worker)

    def end(self) -> None:
        """End the processes at once, for good: what they have at hand can be made again."""
        for worker in self._all:
            worker.end()


def _carried_out(task: Task, worker: Child) -> Done:
    with suppress(Ended, MemoryError):
        return worker.call(carry_out, task)
    try:
        return worker.call(carry_out_apart, task)
    except (Ended, MemoryError) as error:
        first, last = task.trials[0].history.nct_id, task.trials[-1].history.nct_id
        raise StoreError(
            f"The process that makes the tables of {first} to {last} breaks again and again "
            f"({str(error) or 'out of memory'}). Free memory, or try --workers 1."
        ) from error
