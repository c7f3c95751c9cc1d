"""The copy of a build that is looked at: its sqlite export, with indexes, a full-text search, and the dictionary.

    <store>/explore/<build>.<form>.sqlite

It is made once a build: written aside, then given its name. `<form>` is a hash of all that a copy is made by, so that
one of another version of this program is made anew. Contacts are not in it; emails and telephone numbers in free text
are masked, as in every export.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq

from normalizers.builds import TABLES_FOLDER
from normalizers.masking import masked
from registry import VERSION
from registry.tables import Table
from trials.explore.looks import DICTIONARY, SHOWN, indexed_columns
from trials.export.databases import write_sqlite
from trials.export.placing import put, whole_or_not
from trials.export.source import Source, quoted

FOLDER = "explore"
SEARCH = "trial_search"
"""The full-text index; a row has the `rowid` of its trial in `studies`."""

_EXPORTED = tuple(table for table in SHOWN if table is not DICTIONARY)
_ROWS_AT_ONCE = 2_048  # trials that the search takes up between two looks at Ctrl-C


def _names(column: str, table: str) -> str:
    return f"(SELECT group_concat({column}, ' · ') FROM {table} t WHERE t.nct_id = s.nct_id)"


def _texts(*texts: str) -> str:
    return " || ' · ' || ".join(f"coalesce({text}, '')" for text in texts)


_SEARCHED = {
    "nct_id": "s.nct_id",
    "title": _texts("s.brief_title", "s.official_title", "s.seen_title", "s.acronym"),
    "conditions": _texts(_names("name", "conditions"), _names("mesh_term", "browse_conditions")),
    "interventions": _names("name", "interventions"),
    "sponsors": _texts("s.source", _names("name", "sponsors")),
    "ids": _names("id_value", "id_information"),
    "summary": _names("description", "brief_summaries"),
}
_CREATE_SEARCH = (
    f"CREATE VIRTUAL TABLE {SEARCH} USING fts5({', '.join(_SEARCHED)}, content='', "
    "tokenize='unicode61 remove_diacritics 2')"
)
_FILL_SEARCH = (
    f"INSERT INTO {SEARCH} (rowid, {', '.join(_SEARCHED)}) SELECT s.rowid, {', '.join(_SEARCHED.values())} "
    "FROM studies s WHERE s.rowid > ? AND s.rowid <= ?"
)


def copy_of(store: Path, build: Path, begin: Callable[[int], Callable[[int], None]]) -> Path:
    """Return the copy of a build, made now if it is not there; copies of other builds and forms go.

    `begin` is told how many rows there are to write, and what it returns how many came each time. StoreError if the
    disk refuses; then, and after Ctrl-C, nothing of it is left.
    """
    target = store / FOLDER / f"{build.name}.{_form()}.sqlite"
    if not target.is_file():
        with whole_or_not(target) as aside:
            made = aside / target.name
            _make(build, made, aside / "spill", begin)
            put([(made, target)])
    for path in target.parent.glob("*.sqlite"):
        if path != target:
            path.unlink(missing_ok=True)
    return target


def remove_orphans(store: Path) -> None:
    """Remove the copies of builds that are no more: what was forgotten must not stay in one."""
    for path in (store / FOLDER).glob("*.sqlite"):
        if not (store / TABLES_FOLDER / path.name.split(".")[0]).is_dir():
            path.unlink(missing_ok=True)


def rows_of(build: Path) -> dict[str, int]:
    """Return how many rows each table of the copy has."""
    exported = {each.name: pq.read_metadata(build / f"{each.name}.parquet").num_rows for each in _EXPORTED}
    return {**exported, DICTIONARY.name: sum(len(each.columns) for each in _EXPORTED)}


def _form() -> str:
    made_by = (VERSION, SHOWN, list(_indexes()), _CREATE_SEARCH, _FILL_SEARCH, [*map(_masks, _EXPORTED)])
    return hashlib.sha256(repr(made_by).encode()).hexdigest()[:8]


def _masks(table: Table) -> list[str]:
    return [masked(column, column.name) for column in table.columns]


def _indexes() -> Iterator[tuple[str, str]]:
    """Yield each index: its table, and the SQL that makes it."""
    for table in SHOWN:
        for column in indexed_columns(table):
            name = quoted(f"{table.name}_by_{column}")
            yield table.name, f"CREATE INDEX {name} ON {quoted(table.name)} ({quoted(column)})"


def _make(build: Path, made: Path, spill: Path, begin: Callable[[int], Callable[[int], None]]) -> None:
    rows = rows_of(build)
    indexes = list(_indexes())
    step = begin(sum(rows.values()) + sum(rows[name] for name, _ in indexes) + rows["studies"])
    source = Source(build, None, contacts=False, spill=spill)
    with closing(source):
        source.step = step
        write_sqlite(source, [(table, made) for table in _EXPORTED], raw=False)
    with closing(sqlite3.connect(made, isolation_level=None)) as connection:
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
            connection.execute(f"PRAGMA {setting}")
        connection.execute("BEGIN")
        _write_dictionary(connection, rows)
        for name, statement in indexes:
            connection.execute(statement)
            step(rows[name])
        _fill_search(connection, rows["studies"], step)
        connection.execute("COMMIT")
        connection.execute("PRAGMA analysis_limit = 1000")
        connection.execute("ANALYZE")


def _fill_search(connection: sqlite3.Connection, trials: int, step: Callable[[int], None]) -> None:
    connection.execute(_CREATE_SEARCH)
    for first in range(0, trials, _ROWS_AT_ONCE):
        connection.execute(_FILL_SEARCH, (first, first + _ROWS_AT_ONCE))
        step(min(_ROWS_AT_ONCE, trials - first))
    connection.execute(f"INSERT INTO {SEARCH} ({SEARCH}) VALUES ('optimize')")


def _write_dictionary(connection: sqlite3.Connection, rows: dict[str, int]) -> None:
    columns = ", ".join(quoted(column.name) for column in DICTIONARY.columns)
    connection.execute(
        f"CREATE TABLE {DICTIONARY.name} ({columns}, PRIMARY KEY ({', '.join(map(quoted, DICTIONARY.key))}))"
    )
    places = ", ".join("?" * len(DICTIONARY.columns))
    for table in _EXPORTED:
        counts = ", ".join(f"count({quoted(column.name)})" for column in table.columns)
        filled = connection.execute(f"SELECT {counts} FROM {quoted(table.name)}").fetchone()
        for column, count in zip(table.columns, filled, strict=True):
            share = round(100 * count / rows[table.name], 2) if rows[table.name] else None
            said = (
                column.type.value,
                column.unit or None,
                column.meaning,
                column.null or None,
                column.vocabulary or None,
            )
            row = (table.name, column.name, *said, rows[table.name], count, share)
            connection.execute(f"INSERT INTO {DICTIONARY.name} VALUES ({places})", row)
