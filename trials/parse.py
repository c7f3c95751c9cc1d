"""`trials parse`: saved pages and text extractions → cards, JSON or Parquet. No network."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.progress import Progress

from normalizers.dataset import merge, to_json_line, write_parquet
from normalizers.tidy import tidy
from parsers import parse
from registry.errors import PageError, Reason
from registry.record import Page
from registry.tables import TableRows
from scraper.site import read_address
from trials.card import card
from trials.screen import deliver, say, show, stderr

_STDIN = "-"
_MANY = 20  # files from which on a progress bar helps


def parse_files(files: Sequence[str], *, as_json: bool, parquet: Path | None) -> bool:
    """Deliver every file that is a trial page; return whether all of them were.

    The tables go to stdout as JSON lines, or to a folder as Parquet, or a card to stdout where neither is asked for.
    StoreError if the folder cannot be written.
    """
    kept: list[TableRows] = []
    delivered = 0
    for tables in _read_all(files):
        delivered += 1
        if as_json:
            deliver(f"{to_json_line(tables)}\n")
        if parquet is not None:
            kept.append(tables)
        if not as_json and parquet is None:
            show(card(tables))
    if parquet is not None and kept:
        written = write_parquet(merge(kept), parquet)
        rows = sum(file.rows for file in written)
        where = f"{rows:,} rows in {len(written)} tables written to {str(parquet)!r}"
        say(f"{delivered} of {len(files)} pages read; {where}.")
    elif parquet is not None:
        say("No file could be read; no table was written.")
    return delivered == len(files)


def _read_all(files: Sequence[str]) -> Iterator[TableRows]:
    with Progress(console=stderr(), transient=True, disable=len(files) < _MANY or not sys.stderr.isatty()) as progress:
        for name in progress.track(files, description="Reading pages"):
            tables = _read_or_say(name)
            if tables is not None:
                yield tables


def _read_or_say(name: str) -> TableRows | None:
    try:
        return read_file(name)
    except PageError as error:
        say(f"{_shown(name)}: {error}")
    except IsADirectoryError:
        say(f"{_shown(name)}: It is a folder. Name the pages in it, such as {str(Path(name) / '*.html')!r}.")
    except FileNotFoundError:
        say(f"{_shown(name)}: There is no such file. Check the path.")
    except (OSError, ValueError) as error:
        say(f"{_shown(name)}: Cannot be read ({getattr(error, 'strerror', None) or error}). Check its permissions.")
    return None


def _shown(name: str) -> str:
    return "standard input" if name == _STDIN else name


def read_file(name: str) -> TableRows:
    """Return the tables of one saved page; PageError if it is none, OSError if it cannot be read."""
    page = Page(sys.stdin.buffer.read() if name == _STDIN else Path(name).read_bytes())
    record = parse(page)
    address = read_address(record.url) if record.url else None
    if address and address.nct_id != record.nct_id:
        message = f"Its canonical address is of {address.nct_id}, but its 'NCT number' is {record.nct_id}."
        raise PageError(Reason.ID_MISMATCH, f"{message} Save the page again.")
    return tidy(page, record)
