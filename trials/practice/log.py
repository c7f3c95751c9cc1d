"""The log of the practice site: what was asked, before it is answered, and what was sent.

Two entries a request, told apart by their keys. When it was asked: `at` (seconds of the monotonic clock, when the
request line had been read), `request` and `connection` (counted from 1; connections as they are accepted), `method`,
`path` (with the query; both null where the request line could not be read), `headers` (names in title case, lines of
one name joined by commas), `fault` (its kind, or null). When its answer was written: `at`, `answered` (the number of
the request), `status` (null where none was sent), `bytes` (all that was written, status line and headers too).
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedWriter
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

from registry.errors import SettingsError

Entry: TypeAlias = dict[str, Any]
Log: TypeAlias = Callable[[Entry], object]
"""What takes an entry, such as `append` of a list; one thread at a time calls it."""

_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})")
_STATUS_BYTES = 12


class Tally(BufferedWriter):
    """A file that counts what is written to it from `begin` on, and knows the status that it began with."""

    written = 0
    _start = b""

    def begin(self) -> None:
        """Count from 0."""
        self.written, self._start = 0, b""

    @property
    def status(self) -> int | None:
        """The status of the answer, or None where it has no status line."""
        match = _STATUS.match(self._start)
        return int(match[1]) if match else None

    def write(self, piece: bytes, /) -> int:  # type: ignore[override]
        """Write and count."""
        self.written += len(piece)
        self._start += piece[: max(0, _STATUS_BYTES - len(self._start))]
        return super().write(piece)


class Numbered:
    """A log that numbers requests; entries are written one at a time."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._numbers = count(1)
        self._lock = threading.Lock()

    def asked(self, entry: Entry) -> int:
        """Write that something was asked, and return the number of the request."""
        with self._lock:
            number = next(self._numbers)
            self._log({"at": entry["at"], "request": number, **entry})
        return number

    def answered(self, number: int, sent: Tally) -> None:
        """Write what was sent to a request."""
        with self._lock:
            self._log({"at": time.monotonic(), "answered": number, "status": sent.status, "bytes": sent.written})


@contextmanager
def log_file(file: Path) -> Iterator[Log]:
    """Append entries to a file, one line of JSON each, flushed; SettingsError if it cannot be written."""
    try:
        out = file.open("a", encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{file} cannot be written ({error.strerror}). Name another file for --log.") from error
    with out:

        def write(entry: Entry) -> None:
            if not out.closed:  # a client may outlive the site
                out.write(json.dumps(entry) + "\n")
                out.flush()

        yield write
