"""`trials parse`: saved pages, text extractions and captures of web corpora → cards, JSON or Parquet."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from registry.errors import PageError
from registry.tables import TableRows
from trials.contained import ContainedReader
from trials.delivery import Delivery
from trials.saved import Found, found_in
from trials.screen import progress_bar, say
from trials.tables import tables_of

_MANY = 20  # files from which on a progress bar helps


def parse_files(files: Sequence[str], *, as_json: bool, parquet: Path | None) -> bool:
    """Deliver every page of a trial in the files; return whether there were no others.

    The tables go to stdout as JSON lines, or to a folder as Parquet, or a card to stdout where neither is asked for.
    StoreError if the folder cannot be written.
    """
    delivery = Delivery(as_json=as_json, parquet=parquet)
    asked = 0
    with ContainedReader() as reader:
        for tables in _read_all(files, reader, with_bar=len(files) >= _MANY and delivery.allows_bar):
            asked += 1
            if tables is not None:
                delivery.take(tables)
            if not delivery.wanted:
                return True
    delivery.finish(asked)
    return delivery.count == asked


def _read_all(files: Sequence[str], reader: ContainedReader, *, with_bar: bool) -> Iterator[TableRows | None]:
    with progress_bar(wanted=with_bar) as progress:
        for name in progress.track(files, description="Reading pages"):
            for found in found_in(name):
                yield _read_or_say(found, reader)


def _read_or_say(found: Found, reader: ContainedReader) -> TableRows | None:
    if isinstance(found.page, str):
        say(f"{found.name}: {found.page}")
        return None
    try:
        return tables_of(found.page, reader.read)
    except PageError as error:
        say(f"{found.name}: {error}")
        return None
