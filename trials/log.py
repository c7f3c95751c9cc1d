"""What a run does, event by event: JSON lines to a file, or text on stderr. Scraped text in it is inert.

Events are records of the loggers of `scraper` and `trials`: the message is the event's name, `extra={"fields": …}` what
belongs to it. No event holds a contact.
"""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from registry.errors import StoreError
from trials.screen import inert

_LOGGERS = ("scraper", "trials")


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Return an event as one line for a person."""
        fields = " ".join(f"{name}={value}" for name, value in _fields(record).items() if value is not None)
        return inert(f"{_at(record):%H:%M:%S} {record.getMessage()} {fields}").replace("\n", "\\n")


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Return an event as one line of JSON, in ASCII: nothing in it steers a terminal."""
        said = {"at": _at(record).isoformat(timespec="milliseconds"), "level": record.levelname.lower()}
        return json.dumps({**said, "event": record.getMessage(), **_fields(record)}, default=str)


class _ToFile(logging.StreamHandler):  # type: ignore[type-arg]
    def handleError(self, _: logging.LogRecord) -> None:  # noqa: N802 - named by the library
        """End the run, once: what happens may not go unsaid."""
        self.addFilter(lambda _: False)
        error = sys.exception()
        raise StoreError(f"The log cannot be written ({error}). Free space, or choose another --log.") from error


@contextmanager
def logging_to(file: Path | None, *, verbose: bool) -> Iterator[None]:
    """Write the events of what is inside to a file, at its end, and to stderr; StoreError if the file cannot be."""
    handlers: list[logging.Handler] = []
    if verbose:
        handlers.append(logging.StreamHandler(sys.stderr))
        handlers[-1].setFormatter(_Text())
        handlers[-1].addFilter(lambda record: record.getMessage() != "said")  # it stands on stderr already
    if file is not None:
        handlers.append(_ToFile(_opened(file)))
        handlers[-1].setFormatter(_Json())
    for logger in map(logging.getLogger, _LOGGERS):
        logger.propagate = False
        logger.setLevel(logging.DEBUG if handlers else logging.CRITICAL)
        logger.handlers[:] = handlers or [logging.NullHandler()]
    yield


def _opened(file: Path) -> TextIO:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"The log {str(file)!r} cannot be written ({error.strerror}). Choose another.") from error
    return os.fdopen(descriptor, "w", encoding="utf-8")


def _at(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields: dict[str, object] = getattr(record, "fields", {})
    return fields
