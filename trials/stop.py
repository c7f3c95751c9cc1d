"""Ctrl-C, termination, a closed terminal: one sentence, the documented exit code. Light: it is loaded before all."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

from trials.exits import Exit

GRACE_SECONDS = 10  # in which the page in hand is finished
_CODES = {signal.SIGINT: Exit.INTERRUPTED, signal.SIGTERM: Exit.TERMINATED, signal.SIGHUP: Exit.TERMINATED}
_stopping: list[Exit] = []  # the code of the signal that ends the program


def stop_on_signals() -> None:
    """From now on, end the program on SIGINT, SIGTERM and SIGHUP; a second one does not disturb the first."""
    for number in _heeded():
        signal.signal(number, _stop)


def _heeded() -> list[signal.Signals]:
    """Return the signals that end the program: a closed terminal does not, if it was started by `nohup`."""
    return [each for each in _CODES if each != signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN]


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    for each in _CODES:
        signal.signal(each, signal.SIG_IGN)
    code = _CODES[signal.Signals(number)]
    _stopping.append(code)
    with suppress(OSError, ValueError, AttributeError):  # a stderr that takes nothing, or none: the signal counts
        print(f"trials: {code.name.capitalize()}; nothing half-written was left.", file=sys.stderr)
    sys.exit(code)


@contextmanager
def leaving_if_stopped() -> Iterator[None]:
    """Inside, a signal ends the program also amid a query: DuckDB raises a RuntimeError in the place of SystemExit."""
    try:
        yield
    except RuntimeError:
        if _stopping:
            sys.exit(_stopping[0])
        raise


class Stop:
    """Whether a run was told to stop: `code` is the exit code then, else None."""

    code: Exit | None = None


@contextmanager
def finishing_the_page() -> Iterator[Stop]:
    """Inside, the first signal only asks to stop; a second one, or 10 seconds, end the program at once.

    Whoever is inside looks at `Stop.code` after each page.
    """
    stop = Stop()
    heeded = _heeded()
    before = {number: signal.getsignal(number) for number in (*heeded, signal.SIGALRM)}

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.code is not None:
            _stop(number, frame)
        stop.code = _CODES[signal.Signals(number)]
        signal.signal(signal.SIGALRM, lambda _number, _frame: _stop(number, _frame))
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)
        with suppress(OSError, ValueError, AttributeError, RuntimeError):  # RuntimeError: amid a line of its own
            print("trials: The page in hand is finished; once more ends at once.", file=sys.stderr, flush=True)

    try:
        for number in heeded:
            signal.signal(number, ask)
        yield stop
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
