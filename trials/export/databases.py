"""sqlite and duckdb: one file with all tables.

sqlite has dates and times as ISO 8601 texts, booleans as 0 and 1, lists as JSON; keys are primary keys, and where the
trials are in the file, every other table refers to them. duckdb has types of its own for all of them, and what columns
mean as comments.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from normalizers.links import links
from registry.tables import Column, Table, Type
from trials.aact.views import add_ctgov
from trials.export.cells import sql_text
from trials.export.outcome import Outcome
from trials.export.source import Source, quoted
from trials.export.wide import NAME as WIDE_NAME

_SQLITE = {Type.INTEGER: "INTEGER", Type.DECIMAL: "REAL", Type.BOOLEAN: "INTEGER"}
_MEMORY = "128MB"  # DuckDB keeps what it has written as long as it may; 20,000 texts of 30,000 characters take 96
_ROW_GROUP_ROWS = 16_384  # a group waits in memory until it is full,
_BATCHES_AT_ONCE = 8  # and what a transaction has written, until its end
_DUCKDB = {
    Type.TEXT: "VARCHAR",
    Type.INTEGER: "BIGINT",
    Type.DECIMAL: "DOUBLE",
    Type.BOOLEAN: "BOOLEAN",
    Type.DATE: "DATE",
    Type.TIME: "TIMESTAMP",
    Type.TEXTS: "VARCHAR[]",
}


def write_sqlite(source: Source, files: list[tuple[Table, Path]], *, raw: bool) -> Outcome:
    """Write all tables to one SQLite file."""
    del raw
    connection = sqlite3.connect(files[0][1], isolation_level=None)
    try:
        for setting in ("journal_mode = OFF", "synchronous = OFF"):  # a file that is not whole is thrown away
            connection.execute(f"PRAGMA {setting}")
        keyed = {table.name: table.key for table, _ in files if has_key(table)}
        for table, _ in files:
            _fill_sqlite(connection, source, table, keyed)
    finally:
        connection.close()
    return Outcome()


def _fill_sqlite(
    connection: sqlite3.Connection, source: Source, table: Table, keyed: Mapping[str, tuple[str, ...]]
) -> None:
    lines = [*_sqlite_columns(table), *_references(table, keyed)]
    connection.execute(f"CREATE TABLE {quoted(table.name)} ({', '.join(lines)}) STRICT")
    places = ", ".join("?" * len(table.columns))
    connection.execute("BEGIN")
    for batch in source.batches(table, _as_sqlite):
        rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        connection.executemany(f"INSERT INTO {quoted(table.name)} VALUES ({places})", rows)
    connection.execute("COMMIT")


def _sqlite_columns(table: Table) -> list[str]:
    lines = [_defined(column, _SQLITE.get(column.type, "TEXT")) for column in table.columns]
    if has_key(table):
        lines.append(f"PRIMARY KEY ({', '.join(map(quoted, table.key))})")
    return lines


def _references(table: Table, keyed: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield how a table refers to others of the file, of those whose key SQLite knows."""
    for link in links(table):
        if keyed.get(link.to) == link.columns:
            names = ", ".join(map(quoted, link.columns))
            yield f"FOREIGN KEY ({names}) REFERENCES {quoted(link.to)} ({names})"


def has_key(table: Table) -> bool:
    """Whether the key of a table is among its columns and never null."""
    known = {column.name: column for column in table.columns}
    return all(name in known and not known[name].nullable for name in table.key)


def _defined(column: Column, kind: str) -> str:
    return f"{quoted(column.name)} {kind}{'' if column.nullable else ' NOT NULL'}"


def _as_sqlite(column: Column, sql: str) -> str:
    if column.type is Type.TIME:
        return sql_text(sql)
    if column.type is Type.DATE:
        return f"{sql}::VARCHAR"
    if column.type is Type.BOOLEAN:
        return f"{sql}::TINYINT"
    return f"to_json({sql})::VARCHAR" if column.type is Type.TEXTS else sql


def write_duckdb(source: Source, files: list[tuple[Table, Path]], *, raw: bool) -> Outcome:
    """Write all tables to one DuckDB file, and AACT's schemas as views of them, unless it is the wide one."""
    del raw
    path = str(files[0][1]).replace("'", "''")
    connection = duckdb.connect(config={"memory_limit": _MEMORY, "temp_directory": f"{files[0][1]}.aside"})
    try:
        connection.execute(f"ATTACH '{path}' AS made (ROW_GROUP_SIZE {_ROW_GROUP_ROWS})")
        connection.execute("USE made")
        for table, _ in files:
            _fill_duckdb(connection, source, table)
        if all(table.name != WIDE_NAME for table, _ in files):
            add_ctgov(connection)
    finally:
        connection.close()
    return Outcome()


def _fill_duckdb(connection: duckdb.DuckDBPyConnection, source: Source, table: Table) -> None:
    name = quoted(table.name)
    columns = ", ".join(_defined(column, _DUCKDB[column.type]) for column in table.columns)
    connection.execute("BEGIN")
    connection.execute(f"CREATE TABLE {name} ({columns})")
    connection.execute(f"COMMENT ON TABLE {name} IS {_literal(f'One row per {table.grain}.')}")
    for column in table.columns:
        meaning = f"{column.meaning}. Null: {column.null}." if column.null else f"{column.meaning}."
        connection.execute(f"COMMENT ON COLUMN {name}.{quoted(column.name)} IS {_literal(meaning)}")
    for number, batch in enumerate(source.batches(table, lambda _, sql: sql), 1):
        connection.register("batch", pa.Table.from_batches([batch]))
        connection.execute(f"INSERT INTO {name} FROM batch")
        connection.unregister("batch")
        if number % _BATCHES_AT_ONCE == 0:
            connection.execute("COMMIT")
            connection.execute("BEGIN")
    connection.execute("COMMIT")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
