"""Builds for tests: tables of pages, written as `trials build` writes them, and published."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from normalizers.arrow import arrow_table
from normalizers.builds import new_building
from normalizers.contacts import Finder, Groups
from normalizers.gates import load_gates
from normalizers.manifest import Counts, Inputs
from normalizers.publish import Checks, Published, publish
from normalizers.tidy import tidy
from normalizers.writing import TableWriter
from parsers import parse
from registry.record import Page
from registry.tables import TABLES, Row, TableRows
from tests.pages import BASE, FAMILIES, render

AT = datetime(2026, 11, 29, 8, 15, tzinfo=UTC)


@cache
def _one() -> TableRows:
    page = Page(render(BASE, FAMILIES["definition-list"]).encode(), url="https://inclinicaltrials.com/a", fetched_at=AT)
    return tidy(page, parse(page))


def trials(count: int, first: int = 1, **changes: Any) -> TableRows:
    """Return the tables of so many trials, all of one page; `changes` are columns of studies, alike in all."""
    tables: TableRows = {table.name: [] for table in TABLES}
    for number in range(first, first + count):
        nct_id = f"NCT{number:08}"
        for name, rows in _one().items():
            tables[name] += [_renamed(row, nct_id) for row in rows]
    for row in tables["studies"]:
        row.update(changes)
    return tables


def _renamed(row: Row, nct_id: str) -> Row:
    url = f"https://inclinicaltrials.com/{nct_id}"
    return {**row, "nct_id": nct_id, **({"url": url} if "url" in row else {})}


def write(tables: TableRows, folder: Path) -> Path:
    """Write the tables into a folder, as a build has them."""
    written(tables, folder)
    return folder


def written(tables: TableRows, folder: Path) -> dict[str, Groups]:
    """Write the tables into a folder, as a build has them; return which row groups hold contacts, by table."""
    with Finder() as finder:
        for table in TABLES:
            writer = TableWriter(table, folder / f"{table.name}.parquet", finder)
            writer.append(arrow_table(table, tables[table.name]))
            writer.close()
        return finder.held()


def published(store: Path, tables: TableRows, **options: Any) -> Published:
    """Publish the tables in a store; what is not said is as usual."""
    building = new_building(store)
    held = written(tables, building)
    count = len(tables["studies"])
    forgotten = options.pop("forgotten", frozenset())
    inputs = Inputs(len(tables["pages"]), options.pop("at", AT), "0" * 64, forgotten=forgotten)
    counts = Counts(count, changed=options.pop("changed", 0))
    accepted = options.pop("accepted", {})
    checks = Checks(options.pop("gates", load_gates(store)), inputs, counts, accepted, held)
    return publish(building, store, checks, **options)
