"""A build on a dask cluster, whose workers have this package and reach the archive.

A worker may have several threads, and holds work of others too: pages are read in a process for each thread, which a
hostile page may break. Those processes are started for a build, and end with it.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from threading import get_ident
from typing import Any
from uuid import uuid4

from distributed import Client, KilledWorker, Worker, WorkerPlugin, get_worker

from registry.errors import StoreError
from trials.batches import Done, Task, carry_out
from trials.contained import ContainedReader
from trials.engines import AHEAD


def on_dask(tasks: Iterable[Task], *, scheduler: str) -> Iterator[Done]:
    """Carry out tasks on a dask cluster; StoreError if the scheduler does not answer or its workers end."""
    try:
        client: Any = Client(scheduler, set_as_default=False)
    except (OSError, ValueError) as error:
        raise StoreError(f"The scheduler {scheduler!r} does not answer ({error}). Check its address.") from error
    with client:
        readers = f"trials-{uuid4()}"  # another build on this cluster has its own
        client.register_plugin(_Readers(), name=readers)
        try:
            yield from _carried_out(client, readers, iter(tasks))
        finally:
            client.unregister_worker_plugin(readers)


def _carried_out(client: Any, readers: str, tasks: Iterator[Task]) -> Iterator[Done]:
    threads = sum(client.nthreads().values()) or 1
    waiting: deque[Any] = deque()
    while True:
        while len(waiting) < threads * AHEAD and (task := next(tasks, None)):
            waiting.append(client.submit(_carry_out, task, readers, pure=False))
        if not waiting:
            return
        try:
            done = waiting.popleft().result()
        except KilledWorker as error:
            raise StoreError(f"Workers of the cluster end again and again ({error}). Give them more memory.") from error
        yield done


# --- a worker of the cluster --------------------------------------------------------------------------------------


def _carry_out(task: Task, readers: str) -> Done:
    plugin: Any = get_worker().plugins[readers]
    return carry_out(task, plugin.of_this_thread().read)


class _Readers(WorkerPlugin):
    """The processes that read pages for a worker: one for each of its threads."""

    def setup(self, worker: Worker) -> None:  # noqa: ARG002 - as dask calls it
        self._of: dict[int, ContainedReader] = {}

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - as dask calls it
        while self._of:
            self._of.popitem()[1].end()

    def of_this_thread(self) -> ContainedReader:
        return self._of.setdefault(get_ident(), ContainedReader())
