"""The ledger: what is known of every trial and its pages, in one SQLite file (WAL, synchronous=FULL).

Every id ever seen has a state and a reason. What the ledger says of a page is written after the archive holds the page,
never before. Times are text, `YYYY-MM-DDTHH:MM:SSZ`.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from registry.errors import StoreError
from registry.labels import PageKind
from scraper.answer import Answer
from scraper.archive import Place
from scraper.site import read_address


class State(StrEnum):
    """What is known of a page of a trial; the reason stands beside it."""

    NEVER_TRIED = "never_tried"
    FETCHED = "fetched"
    UNCHANGED = "unchanged"
    UNRESOLVED = "unresolved"  # no address that was tried answered for this id
    NOT_FOUND = "not_found"  # an address that the site itself gave answered that it has no such page
    GONE = "gone"  # the page was there once
    ALIAS = "alias"  # the id is another trial's now
    REFUSED = "refused"
    SOFT_ERROR = "soft_error"  # an answer that calls itself good and is no page of a trial
    FAILED = "failed"
    QUARANTINED = "quarantined"  # a page of a trial that may not become a record
    DEFERRED = "deferred"


class Source(StrEnum):
    """How an address was found."""

    GIVEN = "given"
    SITEMAP = "sitemap"
    SEE_ALSO = "see_also"


_MIGRATIONS = (
    """
    CREATE TABLE runs (
        run TEXT PRIMARY KEY, command TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT
    ) STRICT;
    CREATE TABLE requests (
        request INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs, url TEXT NOT NULL, at TEXT NOT NULL,
        status INTEGER NOT NULL, warc_file TEXT NOT NULL, warc_offset INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE pages (
        nct_id TEXT NOT NULL, kind TEXT NOT NULL, url TEXT, state TEXT NOT NULL, reason TEXT,
        first_seen TEXT NOT NULL, last_tried TEXT, last_ok TEXT,
        version INTEGER REFERENCES requests,
        PRIMARY KEY (nct_id, kind)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE addresses (
        url TEXT PRIMARY KEY, nct_id TEXT NOT NULL, kind TEXT NOT NULL, found_by TEXT NOT NULL,
        first_seen TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX addresses_by_id ON addresses (nct_id);
    CREATE TABLE aliases (
        alias TEXT NOT NULL, kind TEXT NOT NULL, nct_id TEXT NOT NULL, seen_at TEXT NOT NULL,
        PRIMARY KEY (alias, kind)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX aliases_by_id ON aliases (nct_id);
    CREATE TABLE sitemaps (
        url TEXT PRIMARY KEY, read_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """,
)
"""One script a version of the schema; `PRAGMA user_version` counts those applied. Never edit one: add another."""

_RANK = f"CASE found_by WHEN '{Source.GIVEN}' THEN 0 WHEN '{Source.SITEMAP}' THEN 1 ELSE 2 END"


class KnownAddress(NamedTuple):
    """An address that is known for a trial."""

    url: str
    kind: PageKind
    found_by: Source


class Ledger:
    """One ledger file; close it, or use it in a `with` statement. StoreError if it cannot be read or written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._translated():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # -wal and -shm take its permissions
            self._connection = sqlite3.connect(path, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute("PRAGMA foreign_keys=ON")
            self._migrate()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside one commit; nothing of it stands if an error leaves it."""
        with self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk has ended it already
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
            raise StoreError(
                f"The ledger {str(self._path)!r} cannot be used ({error}). Free space or check its permissions; if it "
                "is damaged, move it away: the archive keeps the pages."
            ) from error

    def _migrate(self) -> None:
        (applied,) = self._connection.execute("PRAGMA user_version").fetchone()
        if applied > len(_MIGRATIONS):
            raise StoreError(f"The ledger {str(self._path)!r} was written by a newer version of trials. Update it.")
        for version, script in enumerate(_MIGRATIONS[applied:], start=applied + 1):
            self._connection.executescript(f"BEGIN IMMEDIATE;{script};PRAGMA user_version={version};COMMIT;")

    # --- runs and requests --------------------------------------------------------------------------------------

    def begin_run(self, run: str, command: str) -> None:
        """Note that a run began."""
        with self.transaction():
            self._connection.execute("INSERT INTO runs VALUES (?, ?, ?, NULL)", (run, command, _now()))

    def end_run(self, run: str) -> None:
        """Note that a run ended by itself."""
        with self.transaction():
            self._connection.execute("UPDATE runs SET ended_at = ? WHERE run = ?", (_now(), run))

    def add_request(self, run: str, answer: Answer, place: Place) -> int:
        """Note an answer that the archive holds and return its number."""
        row = (run, answer.url, _time(answer.at), answer.status, place.warc_file, place.warc_offset)
        with self.transaction():
            cursor = self._connection.execute(
                "INSERT INTO requests (run, url, at, status, warc_file, warc_offset) VALUES (?, ?, ?, ?, ?, ?)", row
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    # --- pages --------------------------------------------------------------------------------------------------

    def place_of(self, nct_id: str, kind: PageKind) -> Place | None:
        """Return where the newest good version of a page stands in the archive, or None if there is none."""
        row = self._one(
            "SELECT warc_file, warc_offset FROM pages JOIN requests ON version = request WHERE nct_id = ? AND kind = ?",
            (nct_id, kind),
        )
        return Place(str(row[0]), int(row[1])) if row else None

    def url_of(self, nct_id: str, kind: PageKind) -> str | None:
        """Return the address under which a page answered last, or None."""
        row = self._one("SELECT url FROM pages WHERE nct_id = ? AND kind = ?", (nct_id, kind))
        return row[0] if row else None

    def settle(
        self, nct_id: str, kind: PageKind, state: State, reason: str | None = None, version: int | None = None
    ) -> None:
        """Note the state of a page after it was asked for; `version` is the request that gave a good page."""
        now = _now()
        self._connection.execute(
            """
            INSERT INTO pages (nct_id, kind, url, state, reason, first_seen, last_tried, last_ok, version)
            VALUES (:id, :kind, (SELECT url FROM requests WHERE request = :version), :state, :reason, :now, :now,
                    iif(:version IS NULL, NULL, :now), :version)
            ON CONFLICT DO UPDATE SET state = :state, reason = :reason, last_tried = :now,
                url = coalesce(excluded.url, url), last_ok = coalesce(excluded.last_ok, last_ok),
                version = coalesce(:version, version)
            """,
            {"id": nct_id, "kind": kind, "state": state, "reason": reason, "now": now, "version": version},
        )

    # --- addresses ----------------------------------------------------------------------------------------------

    def add_addresses(self, urls: Iterable[str], found_by: Source) -> None:
        """Note addresses of trials' pages; others are left out, and how an address was found first stays."""
        now = _now()
        found = [(url, address) for url in urls if (address := read_address(url))]
        self._connection.executemany(
            "INSERT INTO addresses VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            ((url, address.nct_id, address.kind, found_by, now) for url, address in found),
        )
        self._connection.executemany(
            "INSERT INTO pages (nct_id, kind, state, first_seen) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            ((address.nct_id, address.kind, State.NEVER_TRIED, now) for _, address in found),
        )

    def addresses_of(self, nct_id: str) -> list[KnownAddress]:
        """Return the addresses known for a trial, those that the user or the sitemap gave first."""
        query = f"SELECT url, kind, found_by FROM addresses WHERE nct_id = ? ORDER BY {_RANK}, url"  # noqa: S608
        with self._translated():
            rows = self._connection.execute(query, (nct_id,)).fetchall()
        return [KnownAddress(url, PageKind(kind), Source(found_by)) for url, kind, found_by in rows]

    def set_alias(self, nct_id: str, kind: PageKind, trial: str) -> None:
        """Note to which trial a page of an id leads; to its own: it is no alias, whatever was seen before."""
        self._connection.execute("DELETE FROM aliases WHERE alias = ? AND kind = ?", (nct_id, kind))
        if trial != nct_id:
            self._connection.execute("INSERT INTO aliases VALUES (?, ?, ?, ?)", (nct_id, kind, trial, _now()))

    def alias_of(self, nct_id: str, kind: PageKind) -> str | None:
        """Return the trial to which a page of an obsolete id leads, or None."""
        row = self._one("SELECT nct_id FROM aliases WHERE alias = ? AND kind = ?", (nct_id, kind))
        return row[0] if row else None

    def aliases_to(self, nct_id: str) -> list[str]:
        """Return the obsolete ids that lead to a trial."""
        with self._translated():
            rows = self._connection.execute("SELECT DISTINCT alias FROM aliases WHERE nct_id = ? ORDER BY 1", (nct_id,))
            return [alias for (alias,) in rows]

    # --- sitemaps -----------------------------------------------------------------------------------------------

    def sitemap_read_at(self, url: str) -> datetime | None:
        """Return when a sitemap was last read whole, or None; a site's own address stands for all of its sitemaps."""
        row = self._one("SELECT read_at FROM sitemaps WHERE url = ?", (url,))
        return datetime.fromisoformat(row[0]) if row else None

    def note_sitemap(self, url: str) -> None:
        """Note that a sitemap was read whole."""
        self._connection.execute("INSERT OR REPLACE INTO sitemaps VALUES (?, ?)", (url, _now()))

    def _one(self, query: str, values: Sequence[object]) -> tuple[str, ...] | None:
        with self._translated():
            row: tuple[str, ...] | None = self._connection.execute(query, values).fetchone()
            return row


def _now() -> str:
    return _time(datetime.now(UTC))


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
