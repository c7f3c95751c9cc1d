"""The lines of an archived page around a label or a wording that is not known."""

from pathlib import Path

from registry.errors import FetchError, PageError, StoreError
from scraper.answer import page_of
from scraper.ledger import Ledger
from scraper.store import Holdings
from trials.explain import lines_around
from trials.morning.unknown import Around
from trials.report import Unknown

_OK = 200


def reader_of(store: Path, ledger: Ledger) -> Around:
    """Return what finds the lines around something unknown; it finds none where the archive has the page no more."""
    held = Holdings(store, ledger)

    def around(unknown: Unknown) -> list[str]:
        found = ledger.all(
            "SELECT request FROM requests WHERE url = ? AND status = ? ORDER BY request DESC LIMIT 1", (unknown.url, _OK)
        )
        try:
            request = ledger.request(found[0][0]) if found else None
            if request is None or request.place is None:
                return []
            page = page_of(held.read(request), unknown.nct_id, *request.place)
            return lines_around(page, _looked_for(unknown))
        except (FetchError, PageError, StoreError):
            return []

    return around


def _looked_for(unknown: Unknown) -> str:
    """Return the line that is looked for: as it stands on the page, else the name of the label."""
    first = unknown.text.splitlines()[:1]
    return " ".join(first[0].split()) if first and first[0].strip() else unknown.about.rpartition("/")[2]
