"""`trials parse`: saved pages and text extractions → cards, JSON or Parquet. No network."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from normalizers.tidy import tidy
from parsers import parse
from registry.errors import PageError, Reason, StoreError
from registry.limits import MAX_BYTES
from registry.record import Page, Record
from registry.tables import TableRows
from scraper.site import trial_of
from trials.contained import ContainedReader
from trials.delivery import Delivery
from trials.screen import progress_bar, say

_STDIN = "-"
_ENOUGH = MAX_BYTES + 1  # bytes that show a page to be too large
_MANY = 20  # files from which on a progress bar helps


def parse_files(files: Sequence[str], *, as_json: bool, parquet: Path | None) -> bool:
    """Deliver every file that is a trial page; return whether all of them were.

    The tables go to stdout as JSON lines, or to a folder as Parquet, or a card to stdout where neither is asked for.
    StoreError if the folder cannot be written.
    """
    delivery = Delivery(as_json=as_json, parquet=parquet)
    with ContainedReader() as reader:
        for tables in _read_all(files, reader, with_bar=len(files) >= _MANY and delivery.allows_bar):
            delivery.take(tables)
            if not delivery.wanted:
                return True
    delivery.finish(len(files))
    return delivery.count == len(files)


def _read_all(files: Sequence[str], reader: ContainedReader, *, with_bar: bool) -> Iterator[TableRows]:
    with progress_bar(wanted=with_bar) as progress:
        for name in progress.track(files, description="Reading pages"):
            tables = _read_or_say(name, reader)
            if tables is not None:
                yield tables


def _read_or_say(name: str, reader: ContainedReader) -> TableRows | None:
    try:
        return tables_of(Page(body_of(name)), reader.read)
    except (PageError, StoreError) as error:
        say(f"{shown(name)}: {error}")
    return None


def body_of(name: str) -> bytes:
    """Return the bytes of a file or of standard input; StoreError, which says what to do, if it cannot be read."""
    try:
        if name == _STDIN:
            return sys.stdin.buffer.read(_ENOUGH)
        with Path(name).open("rb") as file:
            return file.read(_ENOUGH)
    except IsADirectoryError as error:
        pages = str(Path(name) / "*.html")
        raise StoreError(f"It is a folder. Name the pages in it, such as {pages!r}.") from error
    except FileNotFoundError as error:
        raise StoreError("There is no such file. Check the path.") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise StoreError(f"Cannot be read ({why}). Check its permissions.") from error


def shown(name: str) -> str:
    """Return how messages name a file."""
    return "standard input" if name == _STDIN else name


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
