"""AACT's schemas in a DuckDB database that holds our tables: views, so that nothing is stored twice.

`ctgov` has the tables, columns, types and codes of AACT since 2024, `ctgov_legacy` the spellings from before.
"""

import duckdb

from registry.tables import TABLES, Table, Type
from trials.aact.legacy import NEW_SINCE, VALUES, VOCABULARIES, spellings
from trials.aact.macros import MACROS
from trials.aact.mapping import COUNTED_IN, JOINED, AactColumn, source, tables

CTGOV, LEGACY = "ctgov", "ctgov_legacy"
_LIKE_POSTGRES = ("SET integer_division = true", "SET default_null_order = 'postgres'")

DUCKDB_TYPES = {
    Type.TEXT: "VARCHAR",
    Type.INTEGER: "BIGINT",
    Type.DECIMAL: "DOUBLE",
    Type.BOOLEAN: "BOOLEAN",
    Type.DATE: "DATE",
    Type.TIME: "TIMESTAMP_S",
    Type.TEXTS: "VARCHAR[]",
}


def add_ctgov(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the schemas `ctgov` and `ctgov_legacy`, and functions of Postgres, beside the tables in schema `main`.

    Of ours there may be tables or views; a table that is not there is empty, a column null. Once more changes nothing.
    """
    for name, macro in MACROS.items():
        connection.execute(f"CREATE OR REPLACE MACRO main.{name}{macro}")
    there = _columns_there(connection)
    ours = {table.name: _ours(table, there.get(table.name, set())) for table in TABLES}
    missing = {table.name for table in TABLES} - there.keys()
    for schema in (CTGOV, LEGACY):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for name, columns in tables().items():
        connection.execute(f"CREATE OR REPLACE VIEW {CTGOV}.{name} AS {_view(name, columns, ours, missing)}")
        connection.execute(f"CREATE OR REPLACE VIEW {LEGACY}.{name} AS {_legacy_view(name, columns)}")
    for schema in (CTGOV, LEGACY):
        for name in JOINED:
            connection.execute(f"CREATE OR REPLACE VIEW {schema}.{name} AS {_joined_view(schema, name)}")


def prefer(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Let names without a schema be those of `ctgov` or `ctgov_legacy`; divide integers and sort nulls as Postgres."""
    for setting in (*_LIKE_POSTGRES, f"SET search_path = '{schema},main'"):
        connection.execute(setting)


def _columns_there(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return the columns of the tables and views in schema `main`, by the name of the table."""
    found = connection.execute(
        "SELECT table_name, list(column_name) FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = 'main' GROUP BY table_name"
    )
    return {name: set(columns) for name, columns in found.fetchall()}


def _ours(table: Table, there: set[str]) -> str:
    """Return what has all columns of a table of ours: the table, or a query that puts nulls for what is not there."""
    if there >= {column.name for column in table.columns}:
        return f"main.{table.name}"
    columns = ", ".join(
        f'"{column.name}"' if column.name in there else f'NULL::{DUCKDB_TYPES[column.type]} AS "{column.name}"'
        for column in table.columns
    )
    return f"(SELECT {columns} FROM main.{table.name})" if there else f"(SELECT {columns} WHERE false)"


def _view(name: str, columns: tuple[AactColumn, ...], ours: dict[str, str], missing: set[str]) -> str:
    """Return the query of one table of AACT; a table that pages cannot fill has no rows."""
    values = ", ".join(f"CAST({_value(column, missing)} AS {column.type}) AS {column.name}" for column in columns)
    taken_from = source(name)
    if taken_from is None:
        return f"SELECT {values} WHERE false"
    for table, where in ours.items():
        taken_from = taken_from.replace(f"{{{table}}}", where)
    return f"SELECT {values} FROM ({taken_from})"


def _value(column: AactColumn, missing: set[str]) -> str:
    is_unknown = column.table == "calculated_values" and COUNTED_IN.get(column.name) in missing
    return "NULL" if is_unknown or not column.value else column.value


def _legacy_view(name: str, columns: tuple[AactColumn, ...]) -> str:
    """Return the query of one table as it was before 2024."""
    kept = [column.name for column in columns if column.name not in NEW_SINCE.get(name, ())]
    values = ", ".join(f"{_legacy_value(name, column)} AS {column}" for column in kept)
    return f"SELECT {values} FROM {CTGOV}.{name}"


def _legacy_value(table: str, column: str) -> str:
    if vocabulary := VOCABULARIES.get((table, column)):
        cases = " ".join(f"WHEN '{code}' THEN '{text}'" for code, text in spellings(vocabulary).items())
        return f"CASE {column} {cases} END"
    return VALUES.get((table, column), column)


def _joined_view(schema: str, name: str) -> str:
    table, column, condition = JOINED[name]
    where = f"WHERE {condition}" if condition else ""
    names = f"coalesce(string_agg(DISTINCT {column}, '|' ORDER BY {column}), '')"
    return f"SELECT nct_id, {names} AS names FROM {schema}.{table} {where} GROUP BY nct_id"
