"""Rows → Arrow tables: checked column by column, sorted by key."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from operator import itemgetter
from typing import Any

import pyarrow as pa

from registry.errors import TableError
from registry.tables import ARROW, Column, Row, Table, arrow_schema
from registry.vocabularies import codes

Batch = Mapping[str, pa.Table]
"""The tables of some trials, sorted by key."""


def arrow_table(table: Table, rows: Sequence[Row]) -> pa.Table:
    """Return the rows as an Arrow table sorted by key; TableError if they break its columns or its key."""
    names = [column.name for column in table.columns]
    known = set(names)
    for row in rows:
        if row.keys() != known:
            raise TableError(f"A row of {table.name} has other columns than the table: {sorted(row.keys() ^ known)}.")
    ordered = _ordered(table, rows)
    arrays = [_array(table, column, list(map(itemgetter(column.name), ordered))) for column in table.columns]
    return pa.Table.from_arrays(arrays, schema=arrow_schema(table))


def in_utc(row: Row) -> Row:
    """Return a row of a Parquet file as it was before it was written: times in Parquet name no zone."""
    return {name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for name, value in row.items()}


def _array(table: Table, column: Column, values: list[object]) -> "pa.Array[Any]":
    try:
        array = pa.array(values, ARROW[column.type])
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, OverflowError) as error:
        raise TableError(f"{table.name}.{column.name} holds what is not {column.type.value} ({error}).") from error
    if array.null_count and not column.nullable:
        raise TableError(f"{table.name}.{column.name} is null, and it never may be.")
    if column.vocabulary and (strangers := set(values) - codes(column.vocabulary) - {None}):
        wrong = sorted(map(repr, strangers))[0]
        raise TableError(f"{table.name}.{column.name} holds {wrong}, which is no code of {column.vocabulary}.csv.")
    return array


def _ordered(table: Table, rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows sorted by key; TableError if two have the same.

    A key with a null (a page read from a file has no address) is not compared, but for sorting: by all columns.
    """
    of_key = itemgetter(*table.key) if len(table.key) > 1 else lambda row: (row[table.key[0]],)
    keys = [of_key(row) for row in rows]
    if len(set(keys)) != len(keys):
        _check_keys(table, keys)
    try:
        if all(first <= second for first, second in pairwise(keys)):
            return rows
    except TypeError:  # nulls
        pass
    return sorted(rows, key=lambda row: _place(table, row))


def _check_keys(table: Table, keys: Sequence[tuple[object, ...]]) -> None:
    seen: set[tuple[object, ...]] = set()
    for key in keys:
        if None not in key and key in seen:
            raise TableError(f"{table.name} has two rows with the key {dict(zip(table.key, key, strict=True))}.")
        seen.add(key)


def _place(table: Table, row: Row) -> tuple[object, ...]:
    """Return what rows are sorted by: the key; every column where the key has a null and so is none."""
    key = [row[name] for name in table.key]
    return tuple(map(_sortable, [*key, *row.values()] if None in key else key))


def _sortable(value: object) -> tuple[bool, int | float, str]:
    if isinstance(value, int | float):
        return True, value, ""
    return value is not None, 0, "" if value is None else str(value)
