"""`trials demo`: the whole way once, from a site over HTTP to an answer in SQL."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from registry.errors import StoreError
from registry.tables import TABLES
from scraper.store import locked
from trials.delivery import Delivery
from trials.exits import Exit
from trials.fetch import Order, fetch_pages
from trials.practice.server import serving
from trials.practice.world import World
from trials.screen import say, show
from trials.settings import check

_SHOWN_TRIAL = 56  # place of the trial on the card: recruiting, with arms, places, outcomes and damaged text
_MARK = ".made-by-trials-demo"
_QUESTION = "Which phases do the recruiting trials have, and how many people do they want?"
_SQL = """\
SELECT coalesce(phase, 'none') AS phase, count(*) AS trials,
       median(enrollment)::INT AS median_enrollment
FROM '{folder}/studies.parquet'
WHERE overall_status = 'RECRUITING'
GROUP BY ALL ORDER BY trials DESC, phase"""
_NEXT = (
    ("the card again, from the archive; --json for everything", "fetch {nct_id} --store {store}"),
    ("the same site, to fetch from in another terminal", "practice"),
    ("every column: its unit, and what null means", "dictionary studies"),
)
_ACROSS = 2  # tables side by side


def show_demo(trials: int, folder: Path) -> Exit:
    """Fetch, archive, read and write the trials of a practice site, and show what came of it."""
    tables = folder / "tables"
    _empty(folder)
    world = World(trials=trials)
    ids = [world.nct_id(place) for place in range(world.count)]
    with serving(world) as site:
        say(f"A practice site with {world.count} made-up trials is up at {site.base}.")
        settings = check({"site": site.base, "store": folder})
        code = fetch_pages(Order(ids), settings, Delivery(parquet=tables))
        if code is not Exit.DONE:
            return code
        show(Group(_title(f"{trials} trials fetched, archived, read and written as tables"), _counts(tables), Text()))
        nct_id = ids[min(_SHOWN_TRIAL, trials - 1)]
        show(_title("One of them, from the archive"))
        fetch_pages(Order([nct_id]), settings, Delivery())
    show(Group(Text(), *_answer(tables), Text(), *_files(folder), Text(), *_next(nct_id, folder)))
    return Exit.DONE


def _empty(folder: Path) -> None:
    """Remove what an earlier demo left; StoreError if the folder is another's: a demo leaves a mark."""
    mark = folder / _MARK
    is_new = not os.path.lexists(folder) or (folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()))
    if not is_new and (folder.is_symlink() or not mark.exists()):
        raise StoreError(f"{str(folder)!r} was not made by a demo. Choose another --store.")
    with locked(folder):
        try:
            mark.touch()
            for path in (folder / "archive", folder / "tables"):
                shutil.rmtree(path, ignore_errors=not path.exists())
            for path in folder.glob("ledger.sqlite*"):
                path.unlink()
        except OSError as error:
            why = error.strerror or error
            raise StoreError(f"Cannot empty {str(folder)!r} ({why}). Choose another --store.") from error


def _title(text: str) -> Text:
    return Text(text, style="bold")


def _grid(rows: Iterable[tuple[str, ...]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for row in rows:
        grid.add_row("", *row)
    return grid


def _counts(folder: Path) -> RenderableType:
    counts = [(f"{_rows(folder / f'{table.name}.parquet'):>6,}", table.name) for table in TABLES]
    deep = -(-len(counts) // _ACROSS)
    return _grid(tuple(cell for count in counts[row::deep] for cell in count) for row in range(deep))


def _rows(file: Path) -> int:
    rows: int = pq.read_metadata(file).num_rows
    return rows


def _answer(folder: Path) -> list[RenderableType]:
    sql = _SQL.format(folder=str(folder).replace("'", "''"))
    found = duckdb.connect().execute(sql)
    rows = [tuple(name for name, *_ in found.description), *(tuple(map(str, row)) for row in found.fetchall())]
    indented = "\n".join(f"  {line}" for line in sql.splitlines())
    return [_title(_QUESTION), Text(indented, style="dim"), Text(), _grid(rows)]


def _files(folder: Path) -> list[RenderableType]:
    rows = (
        (f"{folder / 'archive'}/", "every answer of the site as it was sent, as WARC"),
        (f"{folder / 'ledger.sqlite'}", "what is known of every page"),
        (f"{folder / 'tables'}/", "the tables, as Parquet"),
    )
    return [_title("Where the files are"), _grid(rows)]


def _next(nct_id: str, folder: Path) -> list[RenderableType]:
    lines = (f"  {why}\n    .venv/bin/trials {command.format(nct_id=nct_id, store=folder)}" for why, command in _NEXT)
    return [_title("Try next"), *map(Text, lines)]
