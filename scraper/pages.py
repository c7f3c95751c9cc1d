"""What the ledger knows of every trial and its pages: a state with its reason, addresses, aliases, sightings.

Every id ever seen has a state. Times are those of the answers, not of the writing: a ledger that is rebuilt from the
archive says the same.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from registry.labels import PageKind
from scraper.ledger import Ledger, Request, as_text, as_time
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
    DEFERRED = "deferred"  # the site asked to come back later than the run lasts; `due` says when


class Source(StrEnum):
    """How an address was found."""

    GIVEN = "given"
    SITEMAP = "sitemap"
    SEE_ALSO = "see_also"
    IMPORT = "import"


_RANK = "CASE found_by " + " ".join(f"WHEN '{source}' THEN {rank}" for rank, source in enumerate(Source)) + " END"


class KnownAddress(NamedTuple):
    """An address that is known for a trial."""

    url: str
    kind: PageKind
    found_by: Source


class Sighting(NamedTuple):
    """What the See also table of one trial says of another; each text as a canonical code or as printed, or None."""

    nct_id: str
    status: str | None
    phase: str | None
    title: str | None
    url: str | None


class Version(NamedTuple):
    """A good version of a page: its answer, the hash of what it says, and whether it is known to be whole."""

    request: int
    record_sha256: str
    complete: bool


class KnownPage(NamedTuple):
    """What is known of one page of one trial; times as in the archive, None for never."""

    nct_id: str
    kind: PageKind
    url: str | None
    state: State
    reason: str | None
    first_seen: datetime
    last_tried: datetime | None
    last_ok: datetime | None
    last_changed: datetime | None
    due: datetime | None
    version: int | None
    record_sha256: str | None
    complete: bool | None


_COLUMNS = ", ".join(KnownPage._fields)


class Pages:
    """The pages of a ledger. Writing methods belong into one of its transactions."""

    def __init__(self, ledger: Ledger, forgotten: frozenset[str] = frozenset()) -> None:
        """What sitemaps and other trials' pages say of `forgotten` ids is passed over."""
        self._ledger = ledger
        self._forgotten = forgotten

    # --- pages --------------------------------------------------------------------------------------------------

    def known(self, nct_id: str, kind: PageKind) -> KnownPage | None:
        """Return what is known of a page, or None if it was never heard of."""
        query = f"SELECT {_COLUMNS} FROM pages WHERE nct_id = ? AND kind = ?"  # noqa: S608
        row = self._ledger.one(query, (nct_id, kind))
        return _known(row) if row else None

    def of_trial(self, nct_id: str) -> list[KnownPage]:
        """Return what is known of all pages of a trial."""
        query = f"SELECT {_COLUMNS} FROM pages WHERE nct_id = ? ORDER BY kind"  # noqa: S608
        return [_known(row) for row in self._ledger.all(query, (nct_id,))]

    def version_of(self, nct_id: str, kind: PageKind) -> Request | None:
        """Return the answer that holds the newest good version of a page, or None if there is none."""
        page = self.known(nct_id, kind)
        return self._ledger.request(page.version) if page and page.version is not None else None

    def settle(self, nct_id: str, kind: PageKind, state: State, at: datetime, reason: str | None = None) -> None:
        """Note the state of a page after it was asked for at a time, unless a later one is known.

        Deferred pages are noted by `defer`, good ones by `take`.
        """
        self._ledger.write(
            """
            INSERT INTO pages (nct_id, kind, state, reason, first_seen, last_tried)
            VALUES (:id, :kind, :state, :reason, :at, :at)
            ON CONFLICT DO UPDATE SET state = :state, reason = :reason, last_tried = :at, due = NULL
                WHERE coalesce(last_tried, '') <= :at
            """,
            {"id": nct_id, "kind": kind, "state": state, "reason": reason, "at": as_text(at)},
        )

    def defer(self, nct_id: str, kind: PageKind, at: datetime, due: datetime, reason: str) -> None:
        """Note that a page is not to be asked for before a time."""
        self.settle(nct_id, kind, State.DEFERRED, at, reason)
        self._ledger.write("UPDATE pages SET due = ? WHERE nct_id = ? AND kind = ?", (as_text(due), nct_id, kind))

    def take(self, nct_id: str, kind: PageKind, state: State, at: datetime, version: Version) -> None:
        """Note a good version of a page that came at a time, fetched or unchanged.

        A version that may be cut never replaces a whole one, nor an older one a newer one.
        """
        page = self.known(nct_id, kind)
        self.settle(nct_id, kind, state, at)
        is_held = page is not None and page.version is not None
        if page and is_held and (bool(page.complete), page.last_ok or at) > (version.complete, at):
            return
        is_new = not page or page.record_sha256 != version.record_sha256
        self._ledger.write(
            """
            UPDATE pages SET url = (SELECT url FROM requests WHERE request = :version), version = :version,
                last_ok = max(coalesce(last_ok, ''), :at), record_sha256 = :sha256, complete = :complete,
                last_changed = iif(:is_new, :at, last_changed)
            WHERE nct_id = :id AND kind = :kind
            """,
            {
                "id": nct_id, "kind": kind, "version": version.request, "at": as_text(at),
                "sha256": version.record_sha256, "complete": version.complete, "is_new": is_new,
            },
        )  # fmt: skip

    # --- addresses ----------------------------------------------------------------------------------------------

    def add_addresses(self, urls: Iterable[str], found_by: Source, at: datetime) -> None:
        """Note addresses of trials' pages; others are left out, and how an address was found first stays."""
        found = [(url, address) for url in urls if (address := read_address(url))]
        found = [(url, address) for url, address in found if address.nct_id not in self._forgotten]
        seen = as_text(at)
        self._ledger.write_all(
            "INSERT INTO addresses VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [(url, address.nct_id, address.kind, found_by, seen) for url, address in found],
        )
        self._ledger.write_all(
            "INSERT INTO pages (nct_id, kind, state, first_seen) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [(address.nct_id, address.kind, State.NEVER_TRIED, seen) for _, address in found],
        )

    def addresses_of(self, nct_id: str) -> list[KnownAddress]:
        """Return the addresses known for a trial, those that the user or the sitemap gave first."""
        query = f"SELECT url, kind, found_by FROM addresses WHERE nct_id = ? ORDER BY {_RANK}, url"  # noqa: S608
        rows = self._ledger.all(query, (nct_id,))
        return [KnownAddress(url, PageKind(kind), Source(found_by)) for url, kind, found_by in rows]

    # --- aliases ------------------------------------------------------------------------------------------------

    def set_alias(self, nct_id: str, kind: PageKind, trial: str, at: datetime) -> None:
        """Note to which trial a page of an id leads; to its own: it is no alias, whatever was seen before."""
        self._ledger.write("DELETE FROM aliases WHERE alias = ? AND kind = ?", (nct_id, kind))
        if trial != nct_id:
            self._ledger.write("INSERT INTO aliases VALUES (?, ?, ?, ?)", (nct_id, kind, trial, as_text(at)))

    def alias_of(self, nct_id: str, kind: PageKind) -> str | None:
        """Return the trial to which a page of an obsolete id leads, or None."""
        row = self._ledger.one("SELECT nct_id FROM aliases WHERE alias = ? AND kind = ?", (nct_id, kind))
        return row[0] if row else None

    def trials_behind(self, nct_id: str) -> frozenset[str]:
        """Return the trials to which the pages of an obsolete id lead."""
        return frozenset(each for (each,) in self._ledger.all("SELECT nct_id FROM aliases WHERE alias = ?", (nct_id,)))

    def aliases_to(self, nct_id: str) -> list[str]:
        """Return the obsolete ids that lead to a trial."""
        rows = self._ledger.all("SELECT DISTINCT alias FROM aliases WHERE nct_id = ? ORDER BY 1", (nct_id,))
        return [alias for (alias,) in rows]

    # --- sightings ----------------------------------------------------------------------------------------------

    def see(self, seen_on: str, sightings: Iterable[Sighting], at: datetime) -> None:
        """Note what the See also of a trial's page says of others; it takes the place of what the page said before.

        A page that is older than what is known is passed over.
        """
        row = self._ledger.one("SELECT max(seen_at) FROM sightings WHERE seen_on = ?", (seen_on,))
        if row[0] is not None and row[0] > as_text(at):
            return
        self._ledger.write("DELETE FROM sightings WHERE seen_on = ?", (seen_on,))
        self._ledger.write_all(
            "INSERT OR REPLACE INTO sightings (nct_id, status, phase, title, url, seen_on, seen_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(*each, seen_on, as_text(at)) for each in sightings if each.nct_id not in self._forgotten],
        )

    def sightings_of(self, nct_id: str) -> list[tuple[Sighting, str, datetime | None]]:
        """Return where a trial was seen: what was said of it, on which trial's page, and when; the newest first."""
        rows = self._ledger.all(
            "SELECT nct_id, status, phase, title, url, seen_on, seen_at FROM sightings WHERE nct_id = ? "
            "ORDER BY seen_at DESC, seen_on",
            (nct_id,),
        )
        return [(Sighting(*row[:5]), row[5], as_time(row[6])) for row in rows]

    # --- sitemaps -----------------------------------------------------------------------------------------------

    def sitemap_read_at(self, url: str) -> datetime | None:
        """Return when a sitemap was last read whole, or None; a site's own address stands for all of its sitemaps."""
        row = self._ledger.one("SELECT read_at FROM sitemaps WHERE url = ?", (url,))
        return as_time(row[0]) if row else None

    def note_sitemap(self, url: str, at: datetime) -> None:
        """Note that a sitemap was read whole."""
        self._ledger.write("INSERT OR REPLACE INTO sitemaps VALUES (?, ?)", (url, as_text(at)))


def _known(row: tuple[str, ...]) -> KnownPage:
    known = dict(zip(KnownPage._fields, row, strict=True))
    times = {name: as_time(known[name]) for name in ("first_seen", "last_tried", "last_ok", "last_changed", "due")}
    return KnownPage(**{**known, **times, "kind": PageKind(known["kind"]), "state": State(known["state"])})  # type: ignore[arg-type]
