"""The lines of an archived page around a label or a wording that is not known."""

from pathlib import Path

from registry.errors import FetchError, PageError, StoreError
from scraper.answer import page_of
from scraper.ledger import Ledger, Request
from scraper.store import Holdings
from trials.explain import lines_around
from trials.morning.unknown import Around
from trials.report import Unknown

_OK = 200
_MOST_VERSIONS = 3  # of a page that are looked through, the newest first


def reader_of(store: Path, ledger: Ledger) -> Around:
    """Return what finds the lines around something unknown; it finds none where the archive has the page no more."""
    held = Holdings(store, ledger)

    def around(unknown: Unknown) -> list[str]:
        query = "SELECT request FROM requests WHERE url = ? AND status = ? ORDER BY request DESC LIMIT ?"
        for (number,) in ledger.all(query, (unknown.url, _OK, _MOST_VERSIONS)):
            if lines := _lines(held, ledger.request(number), unknown):
                return lines
        return []

    return around


def _lines(held: Holdings, request: Request, unknown: Unknown) -> list[str]:
    if request.place is None:
        return []
    try:
        page = page_of(held.read(request), unknown.nct_id, *request.place)
        return lines_around(page, _looked_for(unknown))
    except (FetchError, PageError, StoreError):
        return []


def _looked_for(unknown: Unknown) -> str:
    """Return the line that is looked for: as it stands on the page, else the name of the label."""
    first = unknown.text.splitlines()[:1]
    return " ".join(first[0].split()) if first and first[0].strip() else unknown.about.rpartition("/")[2]
