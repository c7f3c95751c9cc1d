"""Pages are read in a process of their own, so that a hostile page costs one page and not the run.

One process reads page after page. Each may take the CPU time, the time and the memory of `registry.limits`; a page that
takes more, or breaks the process, is refused, and the next page gets a new process. It contains what a page costs; it
is no sandbox for code. Threads of the program do not matter to it: it is started from scratch, not forked, and loads
the parser alone. It ends with the program however that ends: then nobody can give it pages.
"""

import gc
import math
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, NoReturn, Self

from parsers import parse
from registry.errors import PageError, Reason, StoreError
from registry.limits import CPU_SECONDS, MEMORY_BYTES, WALL_SECONDS
from registry.record import Page, Record

_START = "import sys; sys.path[:] = sys.argv[1:]; from trials.contained import serve; serve()"
_SIZE = Path("/proc/self/statm")  # pages of memory: the first number is the address space

_Reply = Record | tuple[Reason, str] | str
"""What came of a page: its record, why it was refused, or the traceback of a fault of the program."""


class _Running(NamedTuple):
    """A process that reads pages, and the line to it."""

    process: subprocess.Popen[bytes]
    line: socket.socket
    replies: IO[bytes]  # what comes over the line


class ContainedReader:
    """Reads pages in a process of its own; `with` ends it. One page at a time."""

    def __init__(self) -> None:
        self._running: _Running | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def read(self, page: Page) -> Record:
        """Return what the page says, as `parsers.parse` does; PageError also if reading it costs too much.

        StoreError if no process can be started.
        """
        reply = self._ask(page)
        match reply:
            case Record():
                return reply
            case (reason, message):
                raise PageError(reason, message)
            case str():
                raise RuntimeError(f"The process that reads pages failed:\n{reply}")

    def _ask(self, page: Page) -> _Reply:
        running = self._running = self._running or _started()
        try:
            running.line.sendall(_sent(page))
            reply: _Reply = pickle.load(running.replies)  # noqa: S301 - what our own process wrote
        except (EOFError, OSError, pickle.UnpicklingError):  # OSError: it has ended, or it takes too long
            self.end()
            return Reason.TOO_COSTLY, f"{_cause(running.process.returncode)} Look at the page by eye."
        return reply

    def end(self) -> None:
        """End the process; the next page gets a new one."""
        running, self._running = self._running, None
        if running is None:
            return
        running.process.kill()  # it holds nothing that could be lost; does nothing if it has ended
        running.process.wait()
        running.replies.close()
        running.line.close()


def _started() -> _Running:
    """Return a new process; in a session of its own Ctrl-C reaches only the program, which then ends it."""
    command = [sys.executable, "-c", _START, *sys.path]
    ours, theirs = socket.socketpair()
    ours.settimeout(WALL_SECONDS)  # for each piece of a page or a reply: no thread has to watch
    with theirs:
        try:
            process = subprocess.Popen(  # noqa: S603 - this program's own interpreter
                command,
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            why = error.strerror or error
            raise StoreError(
                f"Cannot start the process that reads pages ({why}). Free memory or end other programs, and try again."
            ) from error
    return _Running(process, ours, ours.makefile("rb"))


def _sent(page: Page) -> bytes:
    """Return what the parser needs of a page."""
    return pickle.dumps(
        Page(page.body, page.url, page.requested_id, headers=dict(page.headers), truncated=page.truncated)
    )


def _cause(code: int | None) -> str:
    """Say why a process ended that was reading a page."""
    if code == -signal.SIGXCPU:
        return f"Reading it takes more than {CPU_SECONDS} seconds."
    return f"Reading it takes more than {WALL_SECONDS} seconds, or breaks the parser (code {code})."


# --- the process that reads -------------------------------------------------------------------------------------


def serve() -> None:
    """Answer each page on stdin with a reply on stdout, until the program closes or ends."""
    pages, replies = sys.stdin.buffer, sys.stdout.buffer
    sys.excepthook = _reply_with_traceback
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.freeze()  # what is loaded stays; the collector need not look at it again after every page
    _limit_memory()
    while True:
        try:
            page = pickle.load(pages)  # noqa: S301 - what the program wrote
        except EOFError:
            return
        _allow_cpu_seconds()
        pickle.dump(_reply(page), replies)
        replies.flush()


def _reply(page: Page) -> _Reply:
    try:
        return parse(page)
    except PageError as error:
        return error.reason, str(error)
    except MemoryError:
        message = f"Reading it takes more than {MEMORY_BYTES // 2**20} MiB of memory. Look at the page by eye."
        return Reason.TOO_COSTLY, message


def read_limited(page: Page) -> Record:
    """Return what the page says, as `parsers.parse` does, in this process: it ends if the page takes too much CPU time.

    For a process that exists for nothing else, and whose end somebody notices.
    """
    before = resource.getrlimit(resource.RLIMIT_CPU)
    _allow_cpu_seconds()
    try:
        return parse(page)
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, before)


def _limit_memory() -> None:
    """Allow the memory of a page on top of what the loaded parser has, where the system tells that."""
    if _SIZE.exists():
        loaded = int(_SIZE.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        _lower(resource.RLIMIT_AS, loaded + MEMORY_BYTES)


def _allow_cpu_seconds() -> None:
    """Allow the CPU time of one page on top of what was used; at its end the system ends the process."""
    _lower(resource.RLIMIT_CPU, math.ceil(time.process_time()) + CPU_SECONDS)


def _lower(which: int, limit: int) -> None:
    """Set a soft limit, no higher than the hard one that the program was started with."""
    _, hard = resource.getrlimit(which)
    resource.setrlimit(which, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _reply_with_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> NoReturn:
    """Tell the program of a fault of ours, which is no fault of the page."""
    pickle.dump("".join(traceback.format_exception(kind, error, trace)), sys.stdout.buffer)
    sys.stdout.buffer.flush()
    os._exit(1)
