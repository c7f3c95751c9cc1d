"""What the application makes of a page that came: its tables, what they tell the ledger, and why it may be refused.

The same for a page that was fetched just now, imported, or found in the archive when a ledger is made anew.
"""

from datetime import date

from parsers import read_listing
from registry.errors import PageError, Reason
from registry.labels import PageKind
from registry.record import Page
from registry.tables import Row, TableRows
from scraper.discovery import Listed
from scraper.fetcher import Fetcher
from scraper.judge import Fetched, Reading, note_accepted, note_rejected
from scraper.pages import Facts, State
from scraper.sightings import Sighting
from scraper.site import belongs
from scraper.store import Holdings
from trials.contained import ContainedReader
from trials.tables import tables_of_kind

_SOFT_ERRORS = frozenset({Reason.EMPTY, Reason.BINARY, Reason.SOFT_ERROR, Reason.NOT_A_TRIAL_PAGE})


def _reading_of(tables: TableRows) -> Reading:
    """Return what the tables of a page tell the ledger."""
    (page,) = tables["pages"]
    seen = [
        Sighting(str(row["related_nct_id"]), *(_text(row[name]) for name in ("status", "phase", "title", "url")))
        for row in tables["related_studies"]
        if row["related_nct_id"]
    ]
    facts = _facts_of(*tables["studies"])
    return Reading(str(page["record_sha256"]), bool(page["complete"]), facts, seen)


def _facts_of(study: Row | None = None) -> Facts:
    """Return what a study says of when its page will change."""
    if study is None:
        return Facts()
    completion = study["primary_completion_latest"] or study["completion_latest"]
    return Facts(
        _text(study["overall_status"]),
        _text(study["phase"]),
        _text(study["brief_title"]),
        _day(study["start_latest"]),
        _day(completion),
    )


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else None


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def judge_page(held: Holdings, fetched: Fetched, site: str, reader: ContainedReader) -> TableRows:
    """Read a page, note what came of it, and return its tables; PageError if it may not become a record."""
    try:
        tables = tables_of_kind(fetched.page, fetched.kind, reader.read)
    except PageError as error:
        note_rejected(held, fetched, _state_of(error), f"{error.reason}: {error}")
        raise
    reading = _reading_of(tables)
    links = [seen.url for seen in reading.sightings if seen.url and belongs(seen.url, site)]
    note_accepted(held, fetched, reading, links)
    return tables


def fetch_page(
    held: Holdings, fetcher: Fetcher, site: str, reader: ContainedReader, nct_id: str, kind: PageKind
) -> tuple[Fetched, TableRows]:
    """Fetch a page of a trial and read it; what was found out about it is in the ledger, whatever comes of it.

    Each address that answers is tried until one has a good page: else the PageError of the first, or the error of
    `Fetcher.answers`.
    """
    first_error: PageError | None = None
    for fetched in fetcher.answers(nct_id, kind):
        try:
            return fetched, judge_page(held, fetched, site, reader)
        except PageError as error:
            first_error = first_error or error
    assert first_error is not None  # without any answer `answers` raises
    raise first_error


def _state_of(error: PageError) -> State:
    """Return the state of a page that came and may not become a record."""
    return State.SOFT_ERROR if error.reason in _SOFT_ERRORS else State.QUARANTINED


def read_listed(page: Page) -> Listed:
    """Return what a listing page names; PageError if it is none."""
    listing = read_listing(page)
    urls = tuple(trial.url for trial in listing.trials if trial.url)
    return Listed(urls, tuple(trial.nct_id for trial in listing.trials), listing.next_page)
