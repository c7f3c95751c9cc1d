"""An explorer for tests: a build's tables, served from a thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from registry.tables import TABLES, Column, Row, TableRows, Type, arrow_schema
from trials.explore.copy import copy_of, rows_of
from trials.explore.server import HOST, Copy, serving

HOSTILE = (
    "<script>window.bad=1</script>",
    '"><img src=x onerror=window.bad=1>',
    "'-window.bad=1-'{{7*7}}{% raw %}",
    "javascript:window.bad=1",
    "https://example.org/\"onmouseover='window.bad=1'",
    "\u202eesrever\u2066 \u200bnothing\x1b[2J\x07",
    "</textarea></title><svg onload=window.bad=1>",
    "x" * 20_000,
    "'; DROP TABLE studies; --",
)
"""Texts that a page may hold; each is a trial of `hostile_tables`."""


class Answer(NamedTuple):
    status: int
    headers: HTTPMessage
    text: str


def ask(base: str, path: str, *, method: str = "GET", **headers: str) -> Answer:
    """Ask the explorer over HTTP; of the headers, `host` replaces the usual one."""
    connection = HTTPConnection(base.removeprefix("http://"))
    try:
        connection.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read().decode())
    finally:
        connection.close()


@contextmanager
def explored(folder: Path, tables: TableRows) -> Iterator[str]:
    """Serve tables that are published nowhere, and may hold what no build may; yield the address."""
    build = folder / "tables" / "20261129T081500Z-00000000"
    build.mkdir(parents=True)
    for table in TABLES:
        rows = pa.Table.from_pylist(tables[table.name], arrow_schema(table))
        pq.write_table(rows, build / f"{table.name}.parquet")
    with explored_build(folder, build) as base:
        yield base


@contextmanager
def explored_build(store: Path, build: Path) -> Iterator[str]:
    path = copy_of(store, build, lambda _: lambda _: None)
    with serving(Copy(path, build.name, rows_of(build)), 0) as base:
        assert base.startswith(f"http://{HOST}:")
        yield base


def hostile_tables() -> TableRows:
    """Return a trial for each hostile text, with one row in every table: the text stands in every column of texts."""
    return {
        table.name: [
            {column.name: _hostile(column, number, text) for column in table.columns}
            for number, text in enumerate(HOSTILE, 1)
        ]
        for table in TABLES
    }


def _hostile(column: Column, number: int, text: str) -> object:
    if column.name in ("nct_id", "mentioned_nct_id"):
        return f"NCT{number:08}"
    return {
        Type.TEXT: text,
        Type.INTEGER: 1,
        Type.DECIMAL: 0.5,
        Type.BOOLEAN: True,
        Type.DATE: date(2026, 1, 31),
        Type.TIME: datetime(2026, 1, 31),
        Type.TEXTS: [text],
    }[column.type]


def change(nct_id: str, column: str, old: str, new: str) -> Row:
    """Return a row of changes, of a column of studies."""
    seen_at = datetime(2026, 11, 29, 3, tzinfo=UTC).replace(tzinfo=None)
    row: Row = {"nct_id": nct_id, "table": "studies", "column": column, "ordinal": None, "old": old, "new": new}
    return {**row, "seen_at": seen_at, "url": f"https://inclinicaltrials.com/{nct_id}"}
