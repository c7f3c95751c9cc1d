"""`trials demo`: the whole way once, from a site over HTTP to an answer in SQL."""

import os
import shutil
from functools import partial
from pathlib import Path

import duckdb
from rich.console import Group, RenderableType
from rich.text import Text

from normalizers.builds import CURRENT, TABLES_FOLDER
from registry.errors import StoreError
from scraper.store import ARCHIVE, locked
from trials.build import Wanted, build
from trials.counts import row_counts
from trials.delivery import Delivery
from trials.engines import in_processes
from trials.exits import Exit
from trials.fetching import Order, fetch_pages
from trials.practice.server import serving
from trials.practice.world import World
from trials.screen import say, show
from trials.settings import check
from trials.sheet import Answer, Rows, indented, text_of, title

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


def show_demo(trials: int, folder: Path) -> Exit:
    """Fetch, archive, read and write the trials of a practice site, and show what came of it."""
    tables = folder / CURRENT
    _empty(folder)
    world = World(trials=trials)
    ids = [world.nct_id(place) for place in range(world.count)]
    with serving(world) as site:
        say(f"A practice site with {world.count} made-up trials is up at {site.base}.")
        settings = check({"site": site.base, "store": folder})
        code = fetch_pages(Order(ids), settings, Delivery(silent=True))
        if code is not Exit.DONE:
            return code
        build(Wanted(folder, str(folder / ARCHIVE), partial(in_processes, workers=os.cpu_count() or 1)))
        show(Group(title(f"{trials} trials fetched, archived, read and written as tables"), row_counts(tables), Text()))
        nct_id = ids[min(_SHOWN_TRIAL, trials - 1)]
        show(title("One of them, from the archive"))
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
            (folder / CURRENT).unlink(missing_ok=True)
            for path in (folder / ARCHIVE, folder / TABLES_FOLDER):
                shutil.rmtree(path, ignore_errors=not path.exists())
            for path in folder.glob("ledger.sqlite*"):
                path.unlink()
        except OSError as error:
            why = error.strerror or error
            raise StoreError(f"Cannot empty {str(folder)!r} ({why}). Choose another --store.") from error


def _answer(folder: Path) -> list[RenderableType]:
    sql = _SQL.format(folder=str(folder).replace("'", "''"))
    found = duckdb.connect().execute(sql)
    rows = [tuple(map(str, row)) for row in found.fetchall()]
    answer = Answer([name for name, *_ in found.description], rows, numeric=frozenset({1, 2}))
    return [title(_QUESTION), indented(text_of(sql, "dim")), Text(), indented(answer)]


def _files(folder: Path) -> list[RenderableType]:
    rows = (
        (f"{folder / 'archive'}/", "every answer of the site as it was sent, as WARC"),
        (f"{folder / 'ledger.sqlite'}", "what is known of every page"),
        (f"{folder / CURRENT}/", "the tables, as Parquet, with what describes them"),
    )
    return [title("Where the files are"), Rows(rows, named=False)]


def _next(nct_id: str, folder: Path) -> list[RenderableType]:
    lines = [
        indented(text_of(text), by)
        for why, command in _NEXT
        for by, text in ((2, why), (4, f".venv/bin/trials {command.format(nct_id=nct_id, store=folder)}"))
    ]
    return [title("Try next"), *lines]
