"""The tables of the ledger, one script a version. Times are text in UTC, `YYYY-MM-DDTHH:MM:SSZ`.

`requests` has one row per request that was sent: an answer that the archive holds, with its place, or why none came.
Everything that can be read off the archive is derived from it and its dates, so that a rebuilt ledger says the same.
"""

import sqlite3

from registry.errors import StoreError

_FIRST = """
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
"""

_EVERY_REQUEST = """
CREATE TABLE archives (
    warc_file TEXT PRIMARY KEY,
    state TEXT NOT NULL,  -- open: of a run that has not ended; sealed; stale: nothing refers to it, or not yet
    sha256 TEXT  -- of a sealed file
) STRICT, WITHOUT ROWID;
INSERT INTO archives SELECT DISTINCT warc_file, 'sealed', NULL FROM requests;  -- their ends are not known: not cut
CREATE TABLE every_request (
    request INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs, url TEXT NOT NULL,
    at TEXT NOT NULL,
    asked_for TEXT,  -- an id and a kind of page, or robots.txt, or sitemap
    status INTEGER,  -- null: no answer
    why TEXT,  -- there is no answer, or it is not whole
    warc_file TEXT, warc_offset INTEGER, warc_end INTEGER, crc32 INTEGER,  -- null: nothing came
    digest TEXT,  -- of the payload, as in the archive
    original INTEGER,  -- the request whose payload this answer repeats
    etag TEXT, last_modified TEXT,
    outcome TEXT, reason TEXT  -- the state that it gave its page
) STRICT;
INSERT INTO every_request (request, run, url, at, status, warc_file, warc_offset)
    SELECT request, run, url, at, status, warc_file, warc_offset FROM requests;
DROP TABLE requests;
ALTER TABLE every_request RENAME TO requests;
CREATE INDEX requests_by_url ON requests (url);
CREATE INDEX requests_by_page ON requests (asked_for);
CREATE INDEX requests_by_place ON requests (warc_file, warc_offset);
UPDATE requests SET outcome = 'fetched' WHERE request IN (SELECT version FROM pages);
UPDATE requests SET asked_for = (SELECT nct_id || ' ' || kind FROM pages WHERE version = request);
ALTER TABLE pages ADD COLUMN last_changed TEXT;  -- the date of the version that first said what the newest says
ALTER TABLE pages ADD COLUMN due TEXT;  -- not to be asked for before; null: whenever there is time
ALTER TABLE pages ADD COLUMN record_sha256 TEXT;  -- of what the newest version says, without See also
ALTER TABLE pages ADD COLUMN complete INTEGER;  -- whether the newest version is known to be whole
UPDATE pages SET complete = 1 WHERE version IS NOT NULL;
CREATE TABLE sightings (
    nct_id TEXT NOT NULL,
    seen_on TEXT NOT NULL,  -- the trial whose See also names it
    status TEXT, phase TEXT, title TEXT, url TEXT, seen_at TEXT NOT NULL,
    PRIMARY KEY (nct_id, seen_on)
) STRICT, WITHOUT ROWID;
CREATE INDEX sightings_by_page ON sightings (seen_on);
CREATE TABLE sites (
    site TEXT PRIMARY KEY,
    robots INTEGER, robots_at TEXT,  -- the request that gave robots.txt last, and when; null: no answer
    closed_at TEXT, closed_until TEXT  -- Retry-After: when it was said, and until when
) STRICT, WITHOUT ROWID;
"""

_LOOKED_UP = """
CREATE INDEX pages_by_version ON pages (version);  -- else each request that is deleted looks through all pages
CREATE INDEX requests_by_end ON requests (warc_file, warc_end);  -- looked up when a store is opened
"""

_WHEN_TO_LOOK = """
ALTER TABLE pages ADD COLUMN found_by TEXT;  -- how it was found first
ALTER TABLE pages ADD COLUMN ways INTEGER NOT NULL DEFAULT 0;  -- all ways in which it was found: bits of `pages.BITS`
ALTER TABLE pages ADD COLUMN found_on TEXT;  -- the address, or the trial, that named it
ALTER TABLE pages ADD COLUMN depth INTEGER;  -- fewest steps of See also from a trial that was found otherwise
ALTER TABLE pages ADD COLUMN lastmod TEXT;  -- what a sitemap said last
ALTER TABLE pages ADD COLUMN first_ok TEXT;
ALTER TABLE pages ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;  -- times in a row that it could not be had
ALTER TABLE pages ADD COLUMN visits INTEGER NOT NULL DEFAULT 0;  -- good answers
ALTER TABLE pages ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;  -- of these, that said otherwise than the one before
ALTER TABLE pages ADD COLUMN status TEXT;  -- as the newest version says, as codes; of dates the last day that is meant
ALTER TABLE pages ADD COLUMN phase TEXT;
ALTER TABLE pages ADD COLUMN title TEXT;
ALTER TABLE pages ADD COLUMN start TEXT;
ALTER TABLE pages ADD COLUMN completion TEXT;
ALTER TABLE pages ADD COLUMN said_before TEXT;  -- status, phase and title before they changed last, as JSON
ALTER TABLE pages ADD COLUMN sighted TEXT;  -- what another trial's See also says otherwise, newer than our last fetch
ALTER TABLE pages ADD COLUMN sighted_at TEXT;
ALTER TABLE pages ADD COLUMN spent TEXT;  -- the sighting for which it was fetched last
UPDATE pages SET first_ok = last_ok, visits = version IS NOT NULL,
    found_by = coalesce(
        (SELECT found_by FROM addresses a WHERE a.nct_id = pages.nct_id ORDER BY first_seen LIMIT 1), 'given'
    );
INSERT INTO pages (nct_id, kind, state, first_seen, found_by)
    SELECT nct_id, 'details', 'never_tried', min(first_seen), min(found_by) FROM pages GROUP BY nct_id
    HAVING NOT max(kind = 'details');
UPDATE pages SET ways = CASE found_by WHEN 'given' THEN 1 WHEN 'sitemap' THEN 2 WHEN 'listing' THEN 4
    WHEN 'see_also' THEN 8 ELSE 16 END;
"""

_FEWER_IN_THE_INDEX = """
DROP INDEX pages_by_version;
CREATE INDEX pages_by_version ON pages (version) WHERE version IS NOT NULL;  -- pages that are only named have none
"""

MIGRATIONS = (_FIRST, _EVERY_REQUEST, _LOOKED_UP, _WHEN_TO_LOOK, _FEWER_IN_THE_INDEX)
"""`PRAGMA user_version` counts those applied. Never edit one: add another."""


def migrate(connection: sqlite3.Connection, name: str) -> None:
    """Bring a ledger to the newest version of its tables; StoreError if it is newer than this program."""
    (applied,) = connection.execute("PRAGMA user_version").fetchone()
    if applied > len(MIGRATIONS):
        raise StoreError(f"The ledger {name!r} was written by a newer version of trials. Update it.")
    for version, script in enumerate(MIGRATIONS[applied:], start=applied + 1):
        connection.executescript(f"BEGIN IMMEDIATE;{script};PRAGMA user_version={version};COMMIT;")


def check_version(connection: sqlite3.Connection, name: str) -> None:
    """Raise StoreError for a ledger whose tables are not those of this program: a reader does not change them."""
    (applied,) = connection.execute("PRAGMA user_version").fetchone()
    if applied != len(MIGRATIONS):
        raise StoreError(
            f"The ledger {name!r} is of another version of trials. Whatever writes, such as `trials fetch`, brings an "
            "older one up to date; for a newer one update trials."
        )
