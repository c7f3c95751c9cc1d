"""The store: one folder with archive and ledger, and the lock that lets one run write at a time.

`<folder>/archive/<run>.warc.gz` holds the answers of a run, `<folder>/ledger.sqlite` what is known, `<folder>/lock` the
lock, which dies with its process, `<folder>/forgotten.txt` the ids that may not come back, `<folder>/given.txt` those
that were given in a list, which no answer in the archive tells. Order of every write:
archive, fsync, ledger. What the archive holds beyond the ledger's last word is the torn end of a run that was killed;
it is cut off when the store is opened.
"""

import fcntl
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from registry.errors import StoreBusy, StoreError
from scraper import archive
from scraper.answer import Answer
from scraper.archive import Archive, Original, Place
from scraper.doubts import doubt, note_doubts
from scraper.files import sha256_of, write_whole
from scraper.ledger import ArchiveFile, Ledger, Request
from scraper.pages import Pages
from scraper.scan import scan

LEDGER = "ledger.sqlite"
ARCHIVE = "archive"
DAMAGED = "ledger.sqlite.damaged"
"""What a ledger is called that was made anew: the one before."""
FORGOTTEN = "forgotten.txt"
GIVEN = "given.txt"
_POLL_SECONDS = 0.1
_RUN_TIME = "%Y%m%dT%H%M%SZ"


class Got(NamedTuple):
    """An answer that is kept: its number in the ledger and its place in the archive.

    `same_as` is the number of the answer whose payload it repeats, be it by a 304; else None.
    """

    answer: Answer
    request: int
    place: Place
    same_as: int | None


class Holdings:
    """Archive, ledger and pages of a store together, to be read, and told what became of an answer."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self.archive = folder / ARCHIVE
        self.ledger = ledger
        self.pages = Pages(ledger, read_forgotten(folder))

    def read(self, request: Request) -> Answer:
        """Return an answer from the archive, of one that repeats another that one; StoreError if it is damaged."""
        payload = request if request.original is None else self.ledger.request(request.original)
        if payload.place is None:
            raise StoreError(f"The archive has no answer of {payload.url}.")
        return archive.read(self.archive, payload.place)


class Store:
    """A store opened for writing; close it, or use it in a `with` statement."""

    def __init__(self, folder: Path, command: str, wait_seconds: float, waiting: Callable[[], None]) -> None:
        """Wait for the lock up to `wait_seconds`, calling `waiting` once if it is held; StoreBusy after that."""
        self.folder = folder
        self._lock = lock(folder, wait_seconds, waiting)
        try:
            _check_ledger(folder)
            self.ledger = Ledger(folder / LEDGER)
            self.holdings = Holdings(folder, self.ledger)
            self.pages = self.holdings.pages
            self.recovered = _recover(folder / ARCHIVE, self.ledger)
            note_doubts(folder / ARCHIVE, self.ledger)
            self.forgotten = read_forgotten(folder)
            self.run = _new_run(self.ledger)
            self.ledger.begin_run(self.run, command)
        except BaseException:
            os.close(self._lock)
            raise
        self._archive = Archive(folder / ARCHIVE, self.run)

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Seal the archive of this run, end the run and let go of the lock."""
        try:
            if self._archive.is_open:
                self._seal()
            self.ledger.end_run(self.run)
            self.ledger.close()
        finally:
            os.close(self._lock)

    def _seal(self) -> None:
        """Seal the file of this run; an answer that never came into the ledger (a signal, a full disk) is cut off."""
        (end,) = self.ledger.one("SELECT max(warc_end) FROM requests WHERE warc_file = ?", (self._archive.name,))
        if end:
            self._archive.seal(end)
            _note_sealed(self.folder / ARCHIVE, self._archive.name, self.ledger)
        else:
            self._archive.close()
            archive.remove(self.folder / ARCHIVE / self._archive.name)
            self.ledger.drop_archive(self._archive.name)

    def keep(
        self,
        answer: Answer,
        asked_for: str | None,
        about: Iterable[tuple[str, str]] = (),
        held: Request | None = None,
    ) -> Got:
        """Archive an answer, then note it.

        `held` is the answer that a conditional request was about. A payload that the archive has is not written again.
        """
        same, original = self._repeated(answer, held)
        notes = [("asked-for", asked_for)] if asked_for else []
        self._note_file()
        kept = self._archive.append(answer, [*notes, *about], original)
        same_as = same.request if same else None
        request = self.ledger.add_request(self.run, answer, asked_for, kept, same_as)
        return Got(answer, request, kept.place, same_as)

    def _repeated(self, answer: Answer, held: Request | None) -> tuple[Request, Original] | tuple[None, None]:
        """Return the answer whose payload another repeats, as the ledger and as the archive know it."""
        same = None
        if answer.status == HTTPStatus.NOT_MODIFIED:
            same = held
        elif answer.status == HTTPStatus.OK and answer.body and not answer.truncated:
            same = self.ledger.same_payload(answer.url, archive.digest(answer.body))
        if same is None or same.place is None:
            return None, None
        try:
            return same, archive.original(self.folder / ARCHIVE, same.place)
        except StoreError:  # its record is damaged: this answer is written whole
            return None, None

    def doubt(self, why: str) -> None:
        """Doubt the pages that this run brought, which an alarm stopped; see `scraper/doubts.py`."""
        doubt(self.folder / ARCHIVE, self.ledger, self.run, why)

    def note_failure(self, url: str, at: datetime, asked_for: str | None, why: str) -> None:
        """Note a request to which nothing came."""
        self.ledger.add_failure(self.run, url, at, asked_for, why)

    def keep_capture(self, answer: Answer, asked_for: str, about: Iterable[tuple[str, str]], *, is_text: bool) -> Got:
        """Archive somebody else's capture, with its own date, then note it."""
        self._note_file()
        kept = self._archive.append_capture(answer, [("asked-for", asked_for), *about], is_text=is_text)
        request = self.ledger.add_request(self.run, answer, asked_for, kept, None)
        return Got(answer, request, kept.place, None)

    def _note_file(self) -> None:
        """Note the file of this run before it is there: a run that is killed leaves no file unknown."""
        if not self._archive.is_open:
            self.ledger.note_archive(self._archive.name, "open")


def _new_run(ledger: Ledger) -> str:
    """Return a name that sorts behind those of all runs before, whatever the clock says: so they are read again."""
    at = datetime.now(UTC).replace(microsecond=0)
    row = ledger.one("SELECT max(run) FROM runs WHERE run GLOB 'trials-????????T??????Z-*'")
    if row[0] is not None:
        at = max(at, datetime.strptime(row[0][7:23], _RUN_TIME).replace(tzinfo=UTC) + timedelta(seconds=1))
    return f"trials-{at.strftime(_RUN_TIME)}-{secrets.token_hex(3)}"


def check_there(folder: Path) -> None:
    """Raise StoreError if a folder is no store that could be read or changed."""
    if not (folder / LEDGER).is_file() and not (folder / ARCHIVE).is_dir():
        raise no_store(folder)


def no_store(folder: Path) -> StoreError:
    """Return the error that a folder is no store."""
    return StoreError(f"There is no store at {str(folder)!r}. Name another with --store.")


def _check_ledger(folder: Path) -> None:
    """Raise StoreError if the folder is open to others, or has an archive and no ledger."""
    if stat.S_IMODE(folder.stat().st_mode) & stat.S_IWOTH:
        raise StoreError(f"Everybody may write to the store {str(folder)!r}. `chmod o-w` it, or choose another.")
    if not (folder / LEDGER).exists() and any((folder / ARCHIVE).glob("*.warc.gz")):
        raise StoreError(
            f"The store {str(folder)!r} has an archive and no ledger. `trials verify --rebuild-ledger` makes it anew."
        )


# --- what a run that was killed left behind -------------------------------------------------------------------------


def _recover(folder: Path, ledger: Ledger) -> list[str]:
    """Cut what runs that were killed left torn, and seal their files; return a sentence for each loss."""
    said = []
    for file in ledger.archives():
        path = folder / file.warc_file
        if file.state == "stale":
            archive.remove(path)
            ledger.drop_archive(file.warc_file)
        elif file.state == "open":
            said += _close_torn(path, file, ledger)
        elif file.sha256 is None and path.exists():  # of a version that sealed nothing
            archive.seal(path)
            _note_sealed(folder, file.warc_file, ledger)
    return said


def _close_torn(path: Path, file: ArchiveFile, ledger: Ledger) -> list[str]:
    """Cut a file to what the ledger knows, or to its last whole exchange if it is shorter than that, and seal it."""
    size = path.stat().st_size if path.exists() else 0
    end, said = file.end, []
    if size < end:
        end = scan(path).whole_end if size else 0
        lost = ledger.drop_requests_behind(file.warc_file, end)
        said.append(
            f"The archive file {file.warc_file!r} is shorter than it was: {lost} answer{'s' * (lost != 1)} lost; their "
            "pages are fetched again. Look after the disk."
        )
    if size > end > 0:
        archive.cut(path, end)
    if end:
        archive.seal(path)
        _note_sealed(path.parent, file.warc_file, ledger)
    else:  # nothing that the ledger knows of, be it empty
        archive.remove(path)
        ledger.drop_archive(file.warc_file)
    return said


def _note_sealed(folder: Path, warc_file: str, ledger: Ledger) -> None:
    ledger.note_archive(warc_file, "sealed", sha256_of(folder / warc_file))


# --- lists of ids ---------------------------------------------------------------------------------------------------


def read_forgotten(folder: Path) -> frozenset[str]:
    """Return the ids that `trials forget` removed, and that may not come back."""
    return _read_list(folder / FORGOTTEN)


def write_forgotten(folder: Path, ids: frozenset[str]) -> None:
    """Write the list of ids that may not come back."""
    _write_list(folder / FORGOTTEN, ids)


def read_given(folder: Path) -> frozenset[str]:
    """Return the ids that were given in lists."""
    return _read_list(folder / GIVEN)


def write_given(folder: Path, ids: frozenset[str]) -> None:
    """Write the ids that were given in lists, if they are others than before; StoreError if the disk refuses."""
    if ids == read_given(folder):
        return
    try:
        _write_list(folder / GIVEN, ids)
    except OSError as error:
        raise StoreError(f"{str(folder / GIVEN)!r} cannot be written ({error.strerror}). Free space.") from error


def _read_list(path: Path) -> frozenset[str]:
    try:
        return frozenset(path.read_text("ascii").split())
    except FileNotFoundError:
        return frozenset()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{str(path)!r} cannot be read ({error}). Mend it: one id a line.") from error


def _write_list(path: Path, ids: frozenset[str]) -> None:
    write_whole(path, "".join(f"{nct_id}\n" for nct_id in sorted(ids)).encode())


# --- the lock -------------------------------------------------------------------------------------------------------


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a store that is not opened; StoreBusy if another run has it."""
    descriptor = lock(folder, 0, lambda: None)
    try:
        yield
    finally:
        os.close(descriptor)


def lock(folder: Path, wait_seconds: float, waiting: Callable[[], None]) -> int:
    """Return a descriptor that holds the lock of a store; its folder is made if it is not there."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
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
