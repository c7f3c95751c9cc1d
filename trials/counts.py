"""How many rows the tables of a folder have, for a person."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq
from rich.console import RenderableType
from rich.table import Table

from registry.tables import TABLES

_ACROSS = 2  # tables side by side


def grid(rows: Iterable[tuple[str, ...]]) -> Table:
    """Return rows of texts side by side, a little to the right."""
    made = Table.grid(padding=(0, 2))
    for row in rows:
        made.add_row("", *row)
    return made


def row_counts(folder: Path) -> RenderableType:
    """Return the number of rows of every table in a folder."""
    counts = [(f"{_rows(folder / f'{table.name}.parquet'):>6,}", table.name) for table in TABLES]
    deep = -(-len(counts) // _ACROSS)
    return grid(tuple(cell for count in counts[row::deep] for cell in count) for row in range(deep))


def _rows(file: Path) -> int:
    rows: int = pq.read_metadata(file).num_rows
    return rows
