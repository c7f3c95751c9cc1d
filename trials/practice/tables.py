"""The truth of a whole world as tables: `trials practice --truth`."""

from collections.abc import Sequence
from pathlib import Path

from normalizers.dataset import write_parquet
from registry.labels import PageKind
from registry.tables import TABLES, Row, Table, TableRows
from trials.practice.pages import trial_truth
from trials.practice.server import HOST
from trials.practice.world import World
from trials.screen import progress_bar, say


def write_truth(world: World, port: int, folder: Path) -> None:
    """Write what the details pages of all trials say, as the site on that port prints them."""
    with progress_bar(wanted=world.count > 1000) as progress:
        there = [place for place in range(world.count) if world.is_listed(place)]
        places = progress.track(there, description="Writing the truth")
        pages = [trial_truth(world, place, PageKind.DETAILS, f"http://{HOST}:{port}") for place in places]
    written = write_parquet(_whole(pages), folder)
    say(f"{sum(file.rows for file in written):,} rows in {len(written)} tables written to {str(folder)!r}.")


def _whole(pages: Sequence[TableRows]) -> TableRows:
    """Return the rows with every column: what a page does not settle is null, `confidence` is 1; no row of `pages`."""
    return {table.name: [_row(table, row) for page in pages for row in page[table.name]] for table in TABLES} | {
        "pages": []
    }


def _row(table: Table, row: Row) -> Row:
    defaults = {"confidence": 1.0}
    return {column.name: row.get(column.name, defaults.get(column.name)) for column in table.columns}
