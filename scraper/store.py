"""The store: one folder with archive and ledger, and the lock that lets one run write at a time."""

import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from registry.errors import StoreBusy, StoreError
from scraper.answer import Answer
from scraper.archive import Archive, Place, read
from scraper.client import MAX_WIRE_BYTES, Client
from scraper.ledger import Ledger

_POLL_SECONDS = 0.1


class Store:
    """A store opened for writing; close it, or use it in a `with` statement.

    `<folder>/archive/<run>.warc.gz` holds the answers of a run, `<folder>/ledger.sqlite` what is known, `<folder>/lock`
    the lock, which dies with its process.
    """

    def __init__(self, folder: Path, command: str, wait_seconds: float, waiting: Callable[[], None]) -> None:
        """Wait for the lock up to `wait_seconds`, calling `waiting` once if it is held; StoreBusy after that."""
        self.folder = folder
        self._lock = _lock(folder, wait_seconds, waiting)
        try:
            self.ledger = Ledger(folder / "ledger.sqlite")
            self.run = f"trials-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
            self.ledger.begin_run(self.run, command)
        except BaseException:
            os.close(self._lock)
            raise
        self._archive = Archive(folder / "archive", self.run)

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the run and let go of the lock."""
        try:
            self._archive.close()
            self.ledger.end_run(self.run)
            self.ledger.close()
        finally:
            os.close(self._lock)

    def keep(self, answer: Answer) -> tuple[int, Place]:
        """Archive an answer, then note it; return its number in the ledger and its place."""
        place = self._archive.append(answer)
        return self.ledger.add_request(self.run, answer, place), place

    def follow(self, client: Client, url: str, most_bytes: int = MAX_WIRE_BYTES) -> tuple[Answer, int, Place]:
        """Return the last answer behind an address, with its number and place; each redirect before it is kept too."""
        for answer in client.follow(url, most_bytes):
            request, place = self.keep(answer)
        return answer, request, place

    def read(self, place: Place) -> Answer:
        """Return an answer from the archive; StoreError if its record is damaged."""
        return read(self.folder / "archive", place)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a store that is not opened; StoreBusy if another run has it."""
    descriptor = _lock(folder, 0, lambda: None)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(folder: Path, wait_seconds: float, waiting: Callable[[], None]) -> int:
    """Return a descriptor that holds the lock of a store."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(
            f"The store {str(folder)!r} cannot be written ({error.strerror}). Choose another with --store or "
            "TRIALS_STORE."
        ) from error
    if _try_lock(descriptor):
        return descriptor
    waiting()
    end = time.monotonic() + wait_seconds
    while time.monotonic() < end:
        time.sleep(_POLL_SECONDS)
        if _try_lock(descriptor):
            return descriptor
    os.close(descriptor)
    raise StoreBusy(f"Another run holds the store {str(folder)!r}. Wait for its end, or choose another store.")


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
