"""SQL that a user typed, over the tables of a build: it may read them and do nothing else.

DuckDB sees the tables as Arrow datasets, so that it needs no file at all, and is then locked: it can open no file, load
no extension, see no variable of Python, and its settings stay. Of the statements only those that read are carried out;
what a statement could still change (`WITH x AS (INSERT …)`) is not there, for all tables are views.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from normalizers.masking import masked
from registry.errors import SettingsError, StoreError
from registry.tables import TABLES, Column, Table
from trials.aact.views import add_ctgov, prefer

_LOCKS = (
    "SET python_enable_replacements = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET TimeZone = 'UTC'",
    "SET temp_directory = ''",  # which would stay open for COPY … TO
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
_ROWS_AT_ONCE = 1_024
_READING = frozenset({duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN})


def locked(
    build: Path, tables: Sequence[Table] = TABLES, *, contacts: bool = True, aact: bool = False, schema: str = ""
) -> duckdb.DuckDBPyConnection:
    """Return a connection that sees these tables of a build and nothing else.

    Without `contacts` emails and telephone numbers in free text are masked, before a statement sees them. With `aact`
    or a `schema` the schemas `ctgov` and `ctgov_legacy` are there, too; names without a schema are those of `schema`.
    """
    import pyarrow.dataset as ds  # which loads pandas, half a second that no other command should take

    connection = duckdb.connect()
    for table in tables:
        rows = connection.from_arrow(ds.dataset(build / f"{table.name}.parquet"))
        rows = rows if contacts else rows.project(", ".join(map(_masked, table.columns)))
        rows.create_view(table.name)
    if aact or schema:
        add_ctgov(connection)
    if schema:
        prefer(connection, schema)
    for lock in _LOCKS:
        connection.execute(lock)
    return connection


def _masked(column: Column) -> str:
    name = f'"{column.name}"'
    return f"{masked(column, name)} AS {name}"


@contextmanager
def refusals_said(sql: str) -> Iterator[None]:
    """Turn what DuckDB has against a user's SQL into a SettingsError, and a lack of memory into a StoreError."""
    try:
        yield
    except duckdb.PermissionException as error:
        raise SettingsError(
            f"{sql!r} wants more than to read the tables, which is all that it may: {_told(error)}"
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise StoreError(f"{sql!r} needs more memory than there is. Ask for less at once.") from error
    except duckdb.Error as error:
        raise SettingsError(f"{sql!r} cannot be answered: {_told(error)}") from error


def _told(error: duckdb.Error) -> str:
    """Return DuckDB's sentence on one line, without the SQL that it repeats."""
    return " ".join(str(error).split("\n\nLINE ")[0].split())


def answer(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.RecordBatchReader:
    """Return the rows of one statement that reads; SettingsError for any other, and for one that DuckDB refuses."""
    with refusals_said(sql):
        statements = connection.extract_statements(sql)
        if len(statements) != 1:
            raise SettingsError(f"One statement is answered at a time, not {len(statements)}.")
        if statements[0].type not in _READING:
            kind = statements[0].type.name.replace("_", " ")
            raise SettingsError(f"The tables are read-only: {kind} is refused, SELECT is answered.")
        reader: pa.RecordBatchReader = connection.sql(statements[0]).to_arrow_reader(_ROWS_AT_ONCE)
        return reader
