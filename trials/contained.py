"""Pages are read in a process of their own, so that a hostile page costs one page and not the run.

One process reads page after page. Each may take the CPU time, the time and the memory of `registry.limits`; a page that
takes more, or breaks the process, is refused, and the next page gets a new process. It contains what a page costs; it
is no sandbox for code.
"""

import gc
import math
import resource
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from parsers import parse
from registry.errors import PageError, Reason, StoreError
from registry.limits import CPU_SECONDS, MEMORY_BYTES, WALL_SECONDS
from registry.record import Page, Record
from trials import child
from trials.child import Child, Ended

_START = "from trials.contained import serve; serve()"
_TRIES = 2  # where the machine, out of memory, kills the process, or a limit of its whole CPU time does
_SIZE = Path("/proc/self/statm")  # pages of memory: the first number is the address space


class ContainedReader:
    """Reads pages in a process of its own, inside `with`. One page at a time."""

    _child: Child

    def __enter__(self) -> Self:
        self._child = Child(_START, WALL_SECONDS)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._child.end()

    def read(self, page: Page) -> Record:
        """Return what the page says, as `parsers.parse` does; PageError also if reading it costs too much.

        StoreError if no process can be started, or somebody else kills it twice: that is no fault of the page.
        """
        for _ in range(_TRIES):
            try:
                return self._child.call(_parse, _needed(page))
            except Ended as ended:
                if ended.code == -signal.SIGKILL and not ended.is_slow:
                    continue
                why = _cause(ended.code)
            except MemoryError:
                why = f"Reading it takes more than {MEMORY_BYTES // 2**20} MiB of memory."
            raise PageError(Reason.TOO_COSTLY, f"{why} Look at the page by eye.")
        raise StoreError("The process that reads pages was killed, and so was the next. Free memory, and try again.")


def _needed(page: Page) -> Page:
    """Return what the parser needs of a page."""
    return Page(page.body, page.url, page.requested_id, headers=dict(page.headers), truncated=page.truncated)


def _cause(code: int) -> str:
    """Say why a process ended that was reading a page."""
    if code == -signal.SIGXCPU:
        return f"Reading it takes more than {CPU_SECONDS} seconds."
    return f"Reading it takes more than {WALL_SECONDS} seconds, or breaks the parser (code {code})."


# --- the process that reads -------------------------------------------------------------------------------------


def serve() -> None:
    """Read pages until the program ends."""
    child.serve(_prepare)


def _prepare() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.freeze()  # what is loaded stays; the collector need not look at it again after every page
    _limit_memory()


def _parse(page: Page) -> Record:
    _allow_cpu_seconds()
    return parse(page)


def read_limited(page: Page) -> Record:
    """Return what the page says, as `parsers.parse` does, in this process: it ends if the page takes too much CPU time.

    MemoryError if it takes too much memory. For a process that exists for nothing else, and whose end somebody notices.
    """
    before = [(which, resource.getrlimit(which)) for which in (resource.RLIMIT_CPU, resource.RLIMIT_AS)]
    _allow_cpu_seconds()
    _limit_memory()
    try:
        return parse(page)
    finally:
        for which, limits in before:
            resource.setrlimit(which, limits)


def _limit_memory() -> None:
    """Allow the memory of a page on top of what this process has, where the system tells that."""
    if _SIZE.exists():
        held = int(_SIZE.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        _lower(resource.RLIMIT_AS, held + MEMORY_BYTES)


def _allow_cpu_seconds() -> None:
    """Allow the CPU time of one page on top of what was used; at its end the system ends the process."""
    _lower(resource.RLIMIT_CPU, math.ceil(time.process_time()) + CPU_SECONDS)


def _lower(which: int, limit: int) -> None:
    """Set a soft limit, no higher than the hard one that the program was started with."""
    _, hard = resource.getrlimit(which)
    resource.setrlimit(which, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
