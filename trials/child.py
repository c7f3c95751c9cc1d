"""A process of the program's own that does one call after another: what breaks it costs that one call.

It is started from scratch, not forked: threads of the program do not matter to it, and it loads what its calls need. In
a session of its own Ctrl-C reaches only the program, which then ends it. It ends with the program however that ends.
Calls and what comes of them are pickles: the process is contained in what it costs, not distrusted.
"""

import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from threading import Thread
from typing import IO, NamedTuple, TypeVar

from registry.errors import RegistryError, StoreError

_T = TypeVar("_T")
_LINE = 0  # its stdin; what its libraries print goes nowhere


class Ended(Exception):  # noqa: N818 - an event that is answered, no error of the tree
    """The process ended amid a call, or was too slow and was ended; `code` is that of `subprocess`."""

    def __init__(self, code: int, *, is_slow: bool = False) -> None:
        super().__init__(f"code {code}")
        self.code = code
        self.is_slow = is_slow


class _Running(NamedTuple):
    """A process, and the line to it."""

    process: subprocess.Popen[bytes]
    line: socket.socket
    replies: IO[bytes]  # what comes over the line


class Child:
    """A process that `start`, a line of Python that ends in `serve`, makes ready; it is started when it is needed.

    So is another in the place of one that broke. `patience` is how many seconds each piece of a call or of a reply may
    take; no thread has to watch.
    """

    def __init__(self, start: str, patience: float | None = None) -> None:
        self._start = start
        self._patience = patience
        self._running: _Running | None = None
        self._is_over = False

    def call(self, function: Callable[..., _T], *arguments: object) -> _T:
        """Return what a function of a module returns there, or raise what it raises of `registry.errors`.

        Ended if it breaks the process, and after `end`. MemoryError if it runs out of it, StoreError if no process can
        be started, RuntimeError with the traceback for a fault of the program.
        """
        running = self._ready()
        try:
            running.line.sendall(pickle.dumps((function, arguments), pickle.HIGHEST_PROTOCOL))
            is_returned, came = pickle.load(running.replies)  # noqa: S301 - what our own process wrote
        except (EOFError, OSError, ValueError, pickle.UnpicklingError) as error:  # ValueError: ended by another thread
            self.rest()
            raise Ended(running.process.wait(), is_slow=isinstance(error, TimeoutError)) from None
        except BaseException:  # the rest of the reply would be taken for the next one
            self.rest()
            raise
        if is_returned:
            return came  # type: ignore[no-any-return]  # what the function returns
        raise came

    def end(self) -> None:
        """End the process at once, and start no other: it holds nothing that could be lost.

        Another thread may call this amid a call, also while the process is being started.
        """
        self._is_over = True
        self.rest()

    def rest(self) -> None:
        """End the process, if there is one, until the next call."""
        running, self._running = self._running, None
        if running is None:
            return
        running.process.kill()  # does nothing if it has ended
        running.process.wait()
        running.replies.close()
        running.line.close()

    def _ready(self) -> _Running:
        running = self._running
        if not running and not self._is_over:
            running = self._running = _started(self._start, self._patience)
        if not running or self._is_over:  # `end` may have come while it was being started
            self.rest()
            raise Ended(-signal.SIGKILL)
        return running


def _started(start: str, patience: float | None) -> _Running:
    with ExitStack() as opened:
        try:
            ours, theirs = map(opened.enter_context, socket.socketpair())
            process = subprocess.Popen(  # noqa: S603 - this program's own interpreter
                [sys.executable, "-c", f"import sys; sys.path[:] = sys.argv[1:]; {start}", *sys.path],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise cannot_start(error) from error
        opened.pop_all()
        theirs.close()
    ours.settimeout(patience)
    return _Running(process, ours, ours.makefile("rb"))


def cannot_start(error: OSError | RuntimeError) -> StoreError:
    """Return the error that the system refuses a process, or a thread that waits for one."""
    why = getattr(error, "strerror", None) or error
    return StoreError(f"Cannot start a process ({why}). Free memory or end other programs, and try again.")


# --- the process itself -------------------------------------------------------------------------------------------


def serve(prepare: Callable[[], None]) -> None:
    """Get ready, then carry out calls until the program ends."""
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)  # ends a page that takes too much, whoever ignored it before
    Thread(target=_end_with_program, daemon=True).start()
    prepare()
    with socket.socket(fileno=_LINE) as line, line.makefile("rb") as calls, line.makefile("wb") as replies:
        while True:
            pickle.dump(_outcome(calls), replies, pickle.HIGHEST_PROTOCOL)
            replies.flush()


def _outcome(calls: IO[bytes]) -> tuple[bool, object]:
    """Return what came of the next call: whether it returned, and what; else what it raised."""
    try:
        function, arguments = pickle.load(calls)  # noqa: S301 - what the program wrote
        return True, function(*arguments)
    except (RegistryError, MemoryError) as error:
        return False, error
    except Exception:
        return False, RuntimeError(f"A process of the program failed:\n{traceback.format_exc()}")


def _end_with_program() -> None:
    """End this process when nobody is left at the other end of the line."""
    waiting = select.poll()
    waiting.register(_LINE, 0)
    waiting.poll()
    os._exit(1)
