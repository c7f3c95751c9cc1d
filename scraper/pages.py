"""What the ledger knows of every trial and its pages: a state with its reason, addresses, aliases, sitemaps.

Every id ever seen has a state. Times are those of the answers, not of the writing: a ledger that is rebuilt from the
archive says the same.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from registry.labels import PageKind
from scraper.ledger import Ledger, Request, as_text, as_time, now
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
    DOUBTED = "doubted"  # its newest version came in a run that an alarm stopped: as good as none
    DEFERRED = "deferred"  # the site asked to come back later than the run lasts; `due` says when


CLOCKS_DIFFER = timedelta(hours=1)
"""A time that is further ahead was told by a clock that was wrong, and gives way to what comes later."""


class Source(StrEnum):
    """How an address was found."""

    GIVEN = "given"
    SITEMAP = "sitemap"
    LISTING = "listing"
    SEE_ALSO = "see_also"
    IMPORT = "import"


BITS = {source: 1 << number for number, source in enumerate(Source)}
"""The bit of each way in the ledger's `pages.ways`."""
_NO_FAILURE = frozenset({State.FETCHED, State.UNCHANGED, State.ALIAS, State.DEFERRED})
_RANK = "CASE found_by " + " ".join(f"WHEN '{source}' THEN {rank}" for rank, source in enumerate(Source)) + " END"


class KnownAddress(NamedTuple):
    """An address that is known for a trial."""

    url: str
    kind: PageKind
    found_by: Source


class Found(NamedTuple):
    """Where addresses and ids come from, and when: the address that named them, or the trial whose See also did.

    `depth` is the fewest steps of See also from a trial that was found otherwise; a sitemap, which may list all
    trials there are, says nothing of it.
    """

    by: Source
    at: datetime
    on: str | None = None
    depth: int | None = None


class Facts(NamedTuple):
    """What a page says that tells when it will change: codes, the title, and the last days that its dates may mean."""

    status: str | None = None
    phase: str | None = None
    title: str | None = None
    start: date | None = None
    completion: date | None = None


class Version(NamedTuple):
    """A good version of a page: its answer, the hash of what it says, whether it is surely whole, and its facts."""

    request: int
    record_sha256: str
    complete: bool
    facts: Facts = Facts()


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
    found_by: Source
    found_on: str | None
    depth: int | None
    failures: int
    sighted: str | None
    sighted_at: datetime | None


_COLUMNS = ", ".join(KnownPage._fields)
_TIMES = ("first_seen", "last_tried", "last_ok", "last_changed", "due", "sighted_at")


class Pages:
    """The pages of a ledger. Writing methods belong into one of its transactions."""

    def __init__(self, ledger: Ledger, forgotten: frozenset[str] = frozenset()) -> None:
        """What sitemaps and other trials' pages say of `forgotten` ids is passed over."""
        self._ledger = ledger
        self.forgotten = forgotten

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
        """Note the state of a page after it was asked for at a time, unless a later one is known that is not to come.

        Deferred pages are noted by `defer`, good ones by `take`.
        """
        self._ledger.write(
            """
            INSERT INTO pages (nct_id, kind, state, reason, first_seen, found_by, ways, last_tried, failures)
            VALUES (:id, :kind, :state, :reason, :at, 'given', 1, :at, :failed)
            ON CONFLICT DO UPDATE SET state = :state, reason = :reason, due = NULL, last_tried = :at,
                failures = :failed * (failures + (last_tried IS NULL OR last_tried < :hour_before))
                WHERE coalesce(last_tried, '') <= :at OR last_tried > :to_come
            """,  # several addresses of a page are tried within minutes: together they fail once
            {
                "id": nct_id, "kind": kind, "state": state, "reason": reason, "at": as_text(at),
                "hour_before": as_text(at - timedelta(hours=1)), "to_come": as_text(now() + CLOCKS_DIFFER),
                "failed": state not in _NO_FAILURE,
            },
        )  # fmt: skip

    def defer(self, nct_id: str, kind: PageKind, at: datetime, due: datetime, reason: str) -> None:
        """Note that a page is not to be asked for before a time."""
        self.settle(nct_id, kind, State.DEFERRED, at, reason)
        self._ledger.write("UPDATE pages SET due = ? WHERE nct_id = ? AND kind = ?", (as_text(due), nct_id, kind))

    def take(self, nct_id: str, kind: PageKind, state: State, at: datetime, version: Version) -> KnownPage | None:
        """Note a good version of a page that came at a time, fetched or unchanged; return what was known before.

        A version that may be cut never replaces a whole one, nor an older one a newer one.
        """
        page = self.known(nct_id, kind)
        self.settle(nct_id, kind, state, at)
        is_held = page is not None and page.version is not None
        newest = page.last_ok if page and page.last_ok and page.last_ok <= now() + CLOCKS_DIFFER else None
        if page and is_held and (bool(page.complete), newest or at) > (version.complete, at):
            return page
        is_new = not page or page.record_sha256 != version.record_sha256
        facts = version.facts
        self._ledger.write(
            """
            UPDATE pages SET url = (SELECT url FROM requests WHERE request = :version), version = :version,
                first_ok = min(coalesce(first_ok, :at), :at), last_ok = coalesce(:newest, :at),
                record_sha256 = :sha256, complete = :complete,
                last_changed = iif(:is_new, :at, last_changed), visits = visits + 1, changes = changes + :is_other,
                said_before = iif(visits AND (status IS NOT :status OR phase IS NOT :phase OR title IS NOT :title),
                    json_array(status, phase, title), said_before),
                status = :status, phase = :phase, title = :title, start = :start, completion = :completion,
                spent = iif(status IS :status AND phase IS :phase AND title IS :title,
                    coalesce(sighted, spent), sighted),
                sighted = NULL, sighted_at = NULL
            WHERE nct_id = :id AND kind = :kind
            """,
            {
                "id": nct_id, "kind": kind, "version": version.request, "at": as_text(at),
                "sha256": version.record_sha256, "complete": version.complete, "is_new": is_new,
                "newest": as_text(max(newest, at)) if newest else None,
                "is_other": is_new and is_held, "status": facts.status, "phase": facts.phase, "title": facts.title,
                "start": _day(facts.start), "completion": _day(facts.completion),
            },
        )  # fmt: skip
        return page

    # --- addresses ----------------------------------------------------------------------------------------------

    def add_addresses(self, urls: Iterable[str], found: Found) -> None:
        """Note addresses of trials' pages; others are left out, and how an address was found first stays."""
        named = [(url, address) for url in urls if (address := read_address(url))]
        named = [(url, address) for url, address in named if address.nct_id not in self.forgotten]
        at = as_text(found.at)
        self._ledger.write_all(
            "INSERT INTO addresses VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [(url, address.nct_id, address.kind, found.by, at) for url, address in named],
        )
        self._name({(each.nct_id, kind) for _, each in named for kind in (each.kind, PageKind.DETAILS)}, found)

    def add_ids(self, nct_ids: Iterable[str], found: Found) -> None:
        """Note trials, of which the details page is to be looked for; how one was found first stays."""
        self._name({(nct_id, PageKind.DETAILS) for nct_id in nct_ids if nct_id not in self.forgotten}, found)

    def _name(self, pages: Iterable[tuple[str, PageKind]], found: Found) -> None:
        """Note that pages were named; a row of which that says nothing new is not written."""
        said = (State.NEVER_TRIED, as_text(found.at), found.by, BITS[found.by], found.on, found.depth)
        self._ledger.write_all(
            "INSERT INTO pages (nct_id, kind, state, first_seen, found_by, ways, found_on, depth) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET ways = ways | excluded.ways, "
            "depth = min(coalesce(depth, excluded.depth), coalesce(excluded.depth, depth)) "
            "WHERE ways | excluded.ways <> ways OR excluded.depth < coalesce(depth, excluded.depth + 1)",
            [(*page, *said) for page in sorted(pages)],
        )

    def note_lastmods(self, lastmods: Mapping[str, str]) -> None:
        """Note what a sitemap says of when pages were changed last, by their addresses: for all pages of a trial."""
        said = sorted((at, address.nct_id) for url, at in lastmods.items() if (address := read_address(url)))
        self._ledger.write_all("UPDATE pages SET lastmod = ? WHERE nct_id = ?", said)

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
    times = {name: as_time(known[name]) for name in _TIMES}
    more = {
        "kind": PageKind(known["kind"]), "state": State(known["state"]), "found_by": Source(known["found_by"])
    }  # fmt: skip
    return KnownPage(**{**known, **times, **more})  # type: ignore[arg-type]


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
