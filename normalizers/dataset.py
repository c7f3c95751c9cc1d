"""Tables → Arrow → Parquet: checked, sorted by key, byte-identical on repetition; each file whole or not there.

For tables of a few pages in a folder of the user's. Builds of a store are published by `normalizers.publish`.
"""

import json
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from normalizers.parquet import ROW_GROUP_ROWS, WRITE_OPTIONS
from registry.errors import StoreError, TableError
from registry.labels import PageKind
from registry.tables import TABLES, Column, Row, Table, TableRows, Type, arrow_schema
from registry.vocabularies import codes
from registry.wording import STEERING

_PYTHON: dict[Type, type | tuple[type, ...]] = {
    Type.TEXT: str,
    Type.INTEGER: int,
    Type.DECIMAL: float,
    Type.BOOLEAN: bool,
    Type.DATE: date,
    Type.TIME: datetime,
    Type.TEXTS: list,
}
_OF_PAGES = frozenset({"pages", "problems"})  # one row a page version; all others: one version of each trial
_KINDS: list[object] = list(PageKind)  # the one that says most first


class Written(NamedTuple):
    """One file that was written."""

    table: str
    path: Path
    rows: int


def to_json_line(tables: TableRows) -> str:
    """Return one page's tables as one line of JSON: every table and column; times in UTC as YYYY-MM-DDTHH:MM:SSZ.

    Characters that steer a terminal are escaped, which changes no value.
    """
    text = json.dumps(tables, ensure_ascii=False, default=_json_value)
    return STEERING.sub(lambda match: json.dumps(match[0])[1:-1], text)


def _json_value(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def merge(pages: Iterable[TableRows]) -> TableRows:
    """Return the tables of several pages as one set: each trial once, each page version once.

    Two answers of one address in the same second are one version.

    Of several pages of a trial the one read for its tables is a details page before a summary before references, a
    complete one before one that may be cut, then the newest, then the last given. Citations that it lacks come from
    the references page.
    """
    distinct: dict[tuple[object, ...], TableRows] = {}
    for tables in pages:
        distinct.pop(_identity(tables), None)  # a page given again counts where it was given last
        distinct[_identity(tables)] = tables
    best: dict[object, TableRows] = {}
    references: dict[object, TableRows] = {}
    for tables in distinct.values():
        (page,) = tables["pages"]
        nct_id = page["nct_id"]
        if page["kind"] == PageKind.REFERENCES and _rank(tables) >= _rank(references.get(nct_id, tables)):
            references[nct_id] = tables
        if nct_id not in best or _rank(tables) >= _rank(best[nct_id]):
            best[nct_id] = tables
    merged: TableRows = {}
    for table in TABLES:
        chosen = distinct.values() if table.name in _OF_PAGES else best.values()
        merged[table.name] = [row for tables in chosen for row in tables[table.name]]
    with_citations = {row["nct_id"] for row in merged["study_references"]}
    merged["study_references"] += [
        row
        for nct_id, tables in references.items()
        if nct_id not in with_citations
        for row in tables["study_references"]
    ]
    return merged


def _identity(tables: TableRows) -> tuple[object, ...]:
    (page,) = tables["pages"]
    of_a_fetch = page["fetched_at"] is not None
    return page["url"], page["fetched_at"], None if of_a_fetch else page["body_sha256"]


def _rank(tables: TableRows) -> tuple[int, bool, float]:
    (page,) = tables["pages"]
    fetched_at = page["fetched_at"]
    newest = fetched_at.timestamp() if isinstance(fetched_at, datetime) else 0.0
    return -_KINDS.index(page["kind"]), bool(page["complete"]), newest


def arrow_table(table: Table, rows: Sequence[Row]) -> pa.Table:
    """Return the rows as an Arrow table sorted by key; TableError if they break its columns or its key."""
    names = {column.name for column in table.columns}
    for row in rows:
        if row.keys() != names:
            raise TableError(f"A row of {table.name} has other columns than the table: {sorted(row.keys() ^ names)}.")
    for column in table.columns:
        _check_column(table, column, rows)
    _check_key(table, rows)
    ordered = sorted(rows, key=lambda row: _place(table, row))
    return pa.Table.from_pylist(ordered, schema=arrow_schema(table))


def _check_column(table: Table, column: Column, rows: Sequence[Row]) -> None:
    allowed = codes(column.vocabulary) if column.vocabulary else None
    for row in rows:
        value = row[column.name]
        if value is None:
            if not column.nullable:
                raise TableError(f"{table.name}.{column.name} is null, and it never may be.")
        elif not isinstance(value, _PYTHON[column.type]):
            raise TableError(f"{table.name}.{column.name} holds {type(value).__name__}, not {column.type.value}.")
        elif allowed is not None and value not in allowed:
            raise TableError(
                f"{table.name}.{column.name} holds {value!r}, which is no code of {column.vocabulary}.csv."
            )


def _check_key(table: Table, rows: Sequence[Row]) -> None:
    """A key with a null (a page read from a file has no address) is not compared."""
    seen: set[tuple[object, ...]] = set()
    for row in rows:
        key = tuple(row[name] for name in table.key)
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


def write_parquet(tables: Mapping[str, Sequence[Row]], directory: Path) -> list[Written]:
    """Write every table to `directory/<table>.parquet` and return what was written.

    All files are complete on disk before the first takes its name; if anything fails before that, what stood in the
    directory stays. They take their names one by one, within milliseconds: a process that is killed just then, or a
    machine without power, leaves some tables of this run beside some of the one before, each of them whole. Contacts
    are readable by the owner only. StoreError if the disk refuses.
    """
    built = {table.name: arrow_table(table, tables[table.name]) for table in TABLES}
    temporary = {name: directory / f".{name}.parquet.{os.getpid()}" for name in built}
    renamed = 0
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _check_targets(directory, built)
        for table in TABLES:
            _write(built[table.name], temporary[table.name], private=any(c.personal for c in table.columns))
        with _undisturbed():
            for name, path in temporary.items():
                path.replace(directory / f"{name}.parquet")
                renamed += 1
            _sync(directory)
    except OSError as error:
        changed = (
            f"{renamed} of {len(built)} tables are of this run" if renamed else "nothing that stood there was changed"
        )
        raise StoreError(
            f"Cannot write the tables to {str(directory)!r} ({error.strerror or error}): {changed}. "
            "Free space or choose another folder, and run it again."
        ) from error
    finally:
        for path in temporary.values():
            with suppress(OSError):
                path.unlink()
    return [Written(name, directory / f"{name}.parquet", table.num_rows) for name, table in built.items()]


def _check_targets(directory: Path, names: Iterable[str]) -> None:
    for name in names:
        if (directory / f"{name}.parquet").is_dir():
            raise IsADirectoryError(21, f"{name}.parquet is a folder")


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold back Ctrl-C and termination for as long as files take their names: a few milliseconds.

    Blocking them for this thread would not do: a thread of Arrow's takes them, and Python then handles them here.
    """
    if threading.current_thread() is not threading.main_thread():  # where signals are not handled
        yield
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda caught, _: came.append(caught))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for caught in came[:1]:
            signal.raise_signal(caught)


def _write(table: pa.Table, path: Path, *, private: bool) -> None:
    path.touch(mode=0o600 if private else 0o666)
    with path.open("wb") as file:
        pq.write_table(table, file, row_group_size=ROW_GROUP_ROWS, **WRITE_OPTIONS)
        file.flush()
        os.fsync(file.fileno())


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
