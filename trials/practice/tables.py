"""The truth of a whole world as tables: `trials practice --truth`."""

from pathlib import Path

from normalizers.dataset import merge, write_parquet
from registry.labels import PageKind
from registry.tables import TABLES, TableRows
from trials.practice.pages import trial_truth
from trials.practice.server import HOST
from trials.practice.world import World
from trials.screen import progress_bar, say


def write_truth(world: World, port: int, folder: Path) -> None:
    """Write what the details pages of all trials say, as the site on that port prints them."""
    with progress_bar(wanted=world.count > 1000) as progress:
        places = progress.track(range(world.count), description="Writing the truth")
        pages = [trial_truth(world, place, PageKind.DETAILS, f"http://{HOST}:{port}") for place in places]
    written = write_parquet(_whole(merge(pages)), folder)
    say(f"{sum(file.rows for file in written):,} rows in {len(written)} tables written to {str(folder)!r}.")


def _whole(tables: TableRows) -> TableRows:
    """Return the rows with every column: what a page does not settle is null, `confidence` is 1; no row of `pages`."""
    defaults = {"confidence": 1.0}
    return {
        table.name: [
            {column.name: row.get(column.name, defaults.get(column.name)) for column in table.columns}
            for row in (tables[table.name] if table.name != "pages" else [])
        ]
        for table in TABLES
    }
