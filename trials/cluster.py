"""A build on a dask cluster, whose workers have this package and reach the archive.

A worker of dask may have several threads, and holds work of others too: each thread hands its tasks to a process of its
own, as on this machine. Those processes are started for a build, and end with it; where its program is killed, they
wait idle until the next build begins or the worker ends.
"""

from collections.abc import Generator, Iterable
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any
from uuid import uuid4

from distributed import Client, KilledWorker, Worker, WorkerPlugin, get_worker
from distributed.comm.core import CommClosedError

from registry.errors import StoreError
from trials.batches import Done, Task
from trials.engines import Workers, in_order


def on_dask(tasks: Iterable[Task], *, scheduler: str) -> Generator[Done, None, None]:
    """Carry out tasks on a dask cluster; StoreError if the scheduler does not answer or its workers end."""
    try:
        client: Any = Client(scheduler, set_as_default=False)
    except (OSError, ValueError) as error:
        raise StoreError(f"The scheduler {scheduler!r} does not answer ({error}). Check its address.") from error
    with client:
        build = f"trials-{uuid4()}"  # another build on this cluster has processes of its own
        client.register_plugin(_Processes(), name=build)
        threads = sum(client.nthreads().values()) or 1
        try:
            yield from in_order(tasks, lambda task: client.submit(_carry_out, task, build, pure=False), threads)
        except KilledWorker as error:
            raise StoreError(f"Workers of the cluster end again and again ({error}). Give them more memory.") from error
        except (CancelledError, CommClosedError) as error:
            raise StoreError(
                f"The scheduler {scheduler!r} does not answer any more. Look at it, and build again."
            ) from error
        finally:
            with suppress(OSError):  # it does not answer: then its workers have ended, too
                client.unregister_worker_plugin(build)


def _carry_out(task: Task, build: str) -> Done:
    plugin: Any = get_worker().plugins[build]
    done: Done = plugin.workers.carry_out(task)
    return done


class _Processes(WorkerPlugin):
    """The processes of a build that a worker of dask has."""

    def setup(self, worker: Worker) -> None:
        self.workers = Workers(worker.state.nthreads)
        for plugin in worker.plugins.values():
            if isinstance(plugin, _Processes):  # of a build that goes on, or of one that was killed
                plugin.workers.rest()

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - as dask calls it
        self.workers.end()
