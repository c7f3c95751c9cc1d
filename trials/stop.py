"""Ctrl-C and termination: one sentence, the documented exit code. Light: it stands before all else is loaded."""

import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from trials.exits import Exit

_CODES = {signal.SIGINT: Exit.INTERRUPTED, signal.SIGTERM: Exit.TERMINATED}


def stop_on_signals() -> None:
    """From now on, end the program on SIGINT and SIGTERM; a second one does not disturb the first."""
    for number in _CODES:
        signal.signal(number, _stop)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    for each in _CODES:
        signal.signal(each, signal.SIG_IGN)
    code = _CODES[signal.Signals(number)]
    with suppress(OSError, ValueError, AttributeError):  # a stderr that takes nothing, or none: the signal counts
        print(f"trials: {code.name.capitalize()}; nothing half-written was left.", file=sys.stderr)
    sys.exit(code)
