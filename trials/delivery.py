"""Where pages that were read go: a card each or JSON lines to stdout, or tables to a folder at the end."""

import sys
from pathlib import Path

from rich.console import Group
from rich.text import Text

from normalizers.dataset import merge, to_json_line, write_parquet
from registry.tables import TableRows
from trials.card import card
from trials.screen import deliver, say, show


class Delivery:
    """Takes the tables of one page after the other; `finish` writes the folder, if one was asked for.

    `count` is the number of pages taken. `wanted` is false once the reader of stdout has left and nothing else waits.
    """

    def __init__(self, *, as_json: bool = False, parquet: Path | None = None, silent: bool = False) -> None:
        """`silent`: nothing is delivered, what was fetched is for a build."""
        self._silent = silent
        self._as_json = as_json
        self._parquet = parquet
        self._kept: list[TableRows] = []
        self.count = 0
        self.wanted = True

    @property
    def allows_bar(self) -> bool:
        """Whether a progress bar may stand below what is delivered: on a terminal it would wrap the lines of JSON."""
        return not (self._as_json and sys.stdout.isatty())

    def take(self, tables: TableRows) -> None:
        """Deliver the tables of one page."""
        self.count += 1
        has_reader = True
        if self._as_json:
            has_reader = deliver(f"{to_json_line(tables)}\n")
        elif self._parquet is None and not self._silent:
            has_reader = show(Group(Text(), card(tables)) if self.count > 1 else card(tables))
        if self._parquet is not None:
            self._kept.append(tables)
        else:
            self.wanted = has_reader

    def finish(self, asked: int) -> None:
        """Write the folder and say so; StoreError if it cannot be written."""
        if self._parquet is None:
            return
        if not self._kept:
            say("No page could be read; no table was written.")
            return
        written = write_parquet(merge(self._kept), self._parquet)
        rows = sum(file.rows for file in written)
        where = f"{rows:,} rows in {len(written)} tables written to {str(self._parquet)!r}"
        say(f"{self.count} of {asked} pages read; {where}.")
