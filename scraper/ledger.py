"""The ledger: every run, every request and its place in the archive, in one SQLite file (WAL, synchronous=FULL).

What it says of an answer is written after the archive holds the answer, never before. What it knows of trials and their
pages is in `scraper/pages.py`, the tables in `scraper/schema.py`.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from registry.errors import StoreError
from scraper.answer import Answer
from scraper.archive import Kept, Place
from scraper.files import fsync_folder, seal_of, sha256_line, write_whole
from scraper.schema import check_version, migrate

_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Request(NamedTuple):
    """One request: its answer's place in the archive, or why there is none. See `scraper/schema.py`."""

    request: int
    run: str
    url: str
    at: datetime
    asked_for: str | None
    status: int | None
    why: str | None
    place: Place | None
    original: int | None
    etag: str | None
    last_modified: str | None
    outcome: str | None
    reason: str | None


_COLUMNS = (
    "request, run, url, at, asked_for, status, why, warc_file, warc_offset, original, etag, last_modified, outcome, "
    "reason"
)


class ArchiveFile(NamedTuple):
    """One file of the archive: `state` and `sha256` as in `scraper/schema.py`, `end` behind its last known exchange."""

    warc_file: str
    state: str
    sha256: str | None
    end: int


class Site(NamedTuple):
    """What is remembered of a site: the answer that its robots.txt gave last, and until when it wants no requests."""

    robots: int | None
    robots_at: datetime | None
    closed_at: datetime | None
    closed_until: datetime | None


class _Translated:
    """Raises a StoreError for what SQLite or the disk refuses; a page has dozens: no generator."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if isinstance(error, sqlite3.Error | OSError | UnicodeDecodeError):
            raise StoreError(
                f"The ledger {str(self._path)!r} cannot be used ({error}). Free space or check its permissions; if it "
                "is damaged, `trials verify --rebuild-ledger` makes it anew from the archive."
            ) from error


class Ledger:
    """One ledger file. StoreError if it cannot be read or written.

    `close` ends a writer; a reader, which takes no lock and changes nothing, is used in a `with` statement.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._translated = _Translated(path)
        with self._translated:
            if read_only:
                self._connection = sqlite3.connect(
                    f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None
                )
                self._connection.execute("PRAGMA query_only=ON")  # `mode=ro` would leave the log's files behind
                check_version(self._connection, str(path))
                return
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # -wal and -shm take its permissions
            fsync_folder(path.parent)
            seal_of(path).unlink(missing_ok=True)
            self._connection = sqlite3.connect(path, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute("PRAGMA secure_delete=ON")  # what is forgotten is overwritten
            migrate(self._connection, str(path))
            self._connection.execute("PRAGMA foreign_keys=ON")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def check(self) -> str | None:
        """Return what SQLite finds wrong with the file, or None."""
        found = self.one("PRAGMA integrity_check(1)")[0]
        return None if found == "ok" else str(found)

    def close(self) -> None:
        """Close the file, and write its sha256 beside it, unless a reader keeps the log from going into the file."""
        with self._translated:
            (is_held, *_) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._connection.close()
            if not is_held:
                write_whole(seal_of(self.path), sha256_line(self.path).encode())

    def vacuum(self) -> None:
        """Write the file anew: of what was deleted no byte is left."""
        self.write("VACUUM")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside one commit; nothing of it stands if an error leaves it. Inside another: part of it."""
        if self._connection.in_transaction:
            yield
            return
        with self._translated:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk has ended it already
                    with suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let everything that is read inside be of one moment, whatever others write meanwhile."""
        with self._translated:
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def all(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[Any]:
        """Return the rows of a query."""
        with self._translated:
            return self._connection.execute(query, values).fetchall()

    def each(self, query: str, values: Mapping[str, object]) -> Iterator[Any]:
        """Yield the rows of a query one after the other, as they were when it began, however many there are."""
        with self._translated:
            for row in self._connection.execute(query, values):  # noqa: UP028 - that closes a cursor: too late, if
                yield row  # whoever stops reading lets go of it after the ledger was closed

    def one(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> Any:
        """Return the first row of a query, or None."""
        with self._translated:
            return self._connection.execute(query, values).fetchone()

    def write(self, statement: str, values: Sequence[object] | dict[str, object] = ()) -> int:
        """Change something, in the transaction that is open or in one of its own; return the number of the last row."""
        with self._translated:
            return int(self._connection.execute(statement, values).lastrowid or 0)

    def write_all(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Change something once for each row; belongs into a transaction."""
        with self._translated:
            self._connection.executemany(statement, rows)

    # --- runs and the files of the archive ----------------------------------------------------------------------

    def begin_run(self, run: str, command: str) -> None:
        """Note that a run began."""
        self.write("INSERT INTO runs VALUES (?, ?, ?, NULL)", (run, command, as_text(now())))

    def end_run(self, run: str) -> None:
        """Note that a run ended by itself."""
        self.write("UPDATE runs SET ended_at = ? WHERE run = ?", (as_text(now()), run))

    def archives(self) -> list[ArchiveFile]:
        """Return what is known of every file of the archive, in the order of their names."""
        rows = self.all(
            "SELECT warc_file, state, sha256, coalesce((SELECT max(warc_end) FROM requests r "
            "WHERE r.warc_file = archives.warc_file), 0) FROM archives ORDER BY 1"
        )
        return [ArchiveFile(*row) for row in rows]

    def note_archive(self, warc_file: str, state: str, sha256: str | None = None) -> None:
        """Note the state of a file of the archive."""
        self.write("INSERT OR REPLACE INTO archives VALUES (?, ?, ?)", (warc_file, state, sha256))

    def drop_archive(self, warc_file: str) -> None:
        """Forget a file of the archive that is no more."""
        self.write("DELETE FROM archives WHERE warc_file = ?", (warc_file,))

    # --- requests -----------------------------------------------------------------------------------------------

    def add_request(self, run: str, answer: Answer, asked_for: str | None, kept: Kept, original: int | None) -> int:
        """Note an answer that the archive holds and return its number."""
        values = (run, answer.url, as_text(answer.at), asked_for, answer.status, answer.truncated, *kept.place)
        more = (kept.end, kept.crc32, kept.digest, original, answer.header("ETag"), answer.header("Last-Modified"))
        return self.write(
            "INSERT INTO requests (run, url, at, asked_for, status, why, warc_file, warc_offset, warc_end, crc32, "
            "digest, original, etag, last_modified) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values + more,
        )

    def add_failure(self, run: str, url: str, at: datetime, asked_for: str | None, why: str) -> None:
        """Note a request to which nothing came."""
        self.write(
            "INSERT INTO requests (run, url, at, asked_for, why) VALUES (?, ?, ?, ?, ?)",
            (run, url, as_text(at), asked_for, why),
        )

    def settle_request(self, request: int, outcome: str, reason: str | None) -> None:
        """Note what came of an answer."""
        self.write("UPDATE requests SET outcome = ?, reason = ? WHERE request = ?", (outcome, reason, request))

    def request(self, number: int) -> Request:
        """Return a request by its number; StoreError if its record was lost, and it with it."""
        if row := self.one(f"SELECT {_COLUMNS} FROM requests WHERE request = ?", (number,)):  # noqa: S608
            return _request(row)
        raise StoreError(f"The ledger has no request {number} any more: its record was lost. Fetch its page again.")

    def requests_for(self, asked_for: str) -> list[Request]:
        """Return every request for a page (`NCT01234567 details`), in the order in which they were sent."""
        query = f"SELECT {_COLUMNS} FROM requests WHERE asked_for = ? ORDER BY at, request"  # noqa: S608
        return [_request(row) for row in self.all(query, (asked_for,))]

    def same_payload(self, url: str, digest: str) -> Request | None:
        """Return the first whole answer that an address gave with this payload, or None."""
        query = (
            f"SELECT {_COLUMNS} FROM requests WHERE url = ? AND digest = ? AND status = 200 "  # noqa: S608
            "AND original IS NULL AND why IS NULL ORDER BY request LIMIT 1"
        )
        row = self.one(query, (url, digest))
        return _request(row) if row else None

    def last_whole(self, url: str) -> datetime | None:
        """Return when an address last gave a whole page, be it the same again; None if it never did."""
        row = self.one("SELECT max(at) FROM requests WHERE url = ? AND status = 200 AND why IS NULL", (url,))
        return as_time(row[0])

    def drop_requests_behind(self, warc_file: str, end: int) -> int:
        """Forget the answers that a file of the archive no longer holds; their pages are to be fetched again.

        Return their number. A page falls back on the newest good version before.
        """
        lost = "SELECT request FROM requests WHERE warc_file = :file AND warc_end > :end"
        values = {"file": warc_file, "end": end}
        with self.transaction():
            self.write(
                f"""
                UPDATE pages SET state = 'never_tried', reason = 'its archive record was lost', record_sha256 = NULL,
                    version = (SELECT max(request) FROM requests WHERE asked_for = nct_id || ' ' || kind
                               AND outcome = 'fetched' AND request NOT IN ({lost}))
                WHERE version IN ({lost})
                """,  # noqa: S608
                values,
            )
            self.write(f"UPDATE sites SET robots = NULL, robots_at = NULL WHERE robots IN ({lost})", values)  # noqa: S608
            count = int(self.one(f"SELECT count(*) FROM ({lost})", values)[0])  # noqa: S608
            self.write(f"DELETE FROM requests WHERE request IN ({lost})", values)  # noqa: S608
        return count

    # --- sites --------------------------------------------------------------------------------------------------

    def site(self, site: str) -> Site:
        """Return what is remembered of a site."""
        row = self.one("SELECT robots, robots_at, closed_at, closed_until FROM sites WHERE site = ?", (site,))
        if row is None:
            return Site(None, None, None, None)
        return Site(row[0], *map(as_time, row[1:]))

    def note_robots(self, site: str, request: int | None, at: datetime) -> None:
        """Note which answer a site's robots.txt gave last; None for no answer."""
        self.write(
            "INSERT INTO sites (site, robots, robots_at) VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET robots = excluded.robots, robots_at = excluded.robots_at",
            (site, request, as_text(at)),
        )

    def close_site(self, site: str, at: datetime, until: datetime) -> None:
        """Note until when a site wants no requests."""
        self.write(
            "INSERT INTO sites (site, closed_at, closed_until) VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET closed_at = excluded.closed_at, closed_until = excluded.closed_until",
            (site, as_text(at), as_text(until)),
        )


def _request(row: Sequence[Any]) -> Request:
    request, run, url, at, asked_for, status, why, warc_file, warc_offset, *rest = row
    place = Place(warc_file, warc_offset) if warc_file is not None else None
    moment = as_time(at)
    assert moment is not None
    return Request(request, run, url, moment, asked_for, status, why, place, *rest)


def now() -> datetime:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def as_text(moment: datetime) -> str:
    """Return a time as the ledger keeps it."""
    return moment.strftime(_TIME)


def as_time(text: str | None) -> datetime | None:
    """Return a time that the ledger keeps; None for null."""
    return datetime.fromisoformat(text) if text else None
