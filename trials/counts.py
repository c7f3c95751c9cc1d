"""How many rows the tables of a folder have, for a person."""

from pathlib import Path

import pyarrow.parquet as pq
from rich.columns import Columns
from rich.console import RenderableType

from registry.tables import TABLES
from trials.sheet import indented


def row_counts(folder: Path) -> RenderableType:
    """Return the number of rows of every table in a folder, in as many columns as there is room for."""
    counts = [f"{_rows(folder / f'{table.name}.parquet'):,}" for table in TABLES]
    most = max(map(len, counts))
    lines = [f"{count:>{most}}  {table.name}" for count, table in zip(counts, TABLES, strict=True)]
    return indented(Columns(lines, padding=(0, 2), column_first=True))


def _rows(file: Path) -> int:
    rows: int = pq.read_metadata(file).num_rows
    return rows
