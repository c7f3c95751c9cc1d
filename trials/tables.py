"""One page → its tables: what a fetch, a saved file and a build have in common.

Loads no more than that takes, since each process of a build loads it.
"""

from collections.abc import Callable

from normalizers.tidy import tidy
from parsers import parse
from registry.errors import PageError, Reason
from registry.labels import PageKind
from registry.record import Page, Record
from registry.tables import TableRows
from scraper.site import trial_of


def tables_of(page: Page, read: Callable[[Page], Record] = parse) -> TableRows:
    """Return the tables of one page; PageError if it is none of a trial, or of another than it says.

    `read` is a reader for pages that nobody vouches for, else the page is read in this process.
    """
    record = read(page)
    addressed = trial_of(record.url) if record.url else None
    if addressed not in (None, record.nct_id):
        message = f"Its canonical address is of {addressed}, but its 'NCT number' is {record.nct_id}."
        raise PageError(Reason.ID_MISMATCH, f"{message} Save the page again.")
    return tidy(page, record)


def tables_of_kind(page: Page, kind: PageKind, read: Callable[[Page], Record]) -> TableRows:
    """Return the tables of a page; PageError if it is none, or of another kind than asked for."""
    tables = tables_of(page, read)
    found = tables["pages"][0]["kind"]
    if found != kind:
        raise PageError(Reason.OTHER_KIND, f"{page.url} is a page of kind {found}, not {kind}.")
    return tables
