"""One build in a process of its own, which loads what a build needs and no more: what it costs, as a line of JSON.

Its workers load this module, as those of the program load `trials/__main__.py`: so it loads nothing by itself.
"""

import argparse
import json
import resource
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

from trials.memory import prefer_memory_given_back

_LETTING = {"changed": "a benchmark", "fill": "a benchmark", "rows": "a benchmark"}


class Cost(NamedTuple):
    """Seconds of the CPU (the program and its workers) and of the clock, MiB of the program and of a worker."""

    cpu: float
    wall: float
    program: float
    worker: float


def cost(store: Path, *, workers: int, full: bool, scheduler: str | None) -> Cost:
    """Build and publish, and return what that cost; what was loaded before is left out."""
    from scraper.store import ARCHIVE
    from trials.build import Wanted, build
    from trials.engines import Engine, in_processes
    from trials.worker import without_pandas

    without_pandas()
    engine: Engine = partial(in_processes, workers=workers)
    if scheduler:
        from trials.cluster import on_dask

        engine = partial(on_dask, scheduler=scheduler)
    began, before = time.perf_counter(), cpu_seconds()
    build(Wanted(store, str(store / ARCHIVE), engine, full=full, accepted=_LETTING, keep=1))
    wall = time.perf_counter() - began
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return Cost(cpu_seconds() - before, wall, _peak(), worker)


def _peak() -> float:
    """Return the highest memory of this process in MiB; `ru_maxrss` would be its starter's, if higher."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and of those that it started and that ended."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--scheduler")
    chosen = parser.parse_args()
    prefer_memory_given_back()
    print(json.dumps(cost(chosen.store, workers=chosen.workers, full=chosen.full, scheduler=chosen.scheduler)))


if __name__ == "__main__":
    main()
