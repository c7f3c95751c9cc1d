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

from normalizers.arrow import arrow_table
from normalizers.history import OF_PAGES, state_of
from normalizers.parquet import ROW_GROUP_ROWS, WRITE_OPTIONS
from registry.errors import StoreError
from registry.tables import TABLES, Row, TableRows
from registry.wording import STEERING


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
    return text if text.isprintable() else STEERING.sub(lambda match: json.dumps(match[0])[1:-1], text)


def _json_value(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def merge(pages: Iterable[TableRows]) -> TableRows:
    """Return the tables of several pages as one set: each trial as its pages say together, each page version once.

    Two answers of one address in the same second are one version.
    """
    distinct: dict[tuple[object, ...], TableRows] = {}
    for tables in pages:
        distinct.pop(_identity(tables), None)  # a page given again counts where it was given last
        distinct[_identity(tables)] = tables
    of_trials: dict[object, list[TableRows]] = {}
    for tables in distinct.values():
        of_trials.setdefault(tables["pages"][0]["nct_id"], []).append(tables)
    states = [state_of(tables) for tables in of_trials.values()]
    return {
        table.name: [row for page in distinct.values() for row in page[table.name]]
        if table.name in OF_PAGES
        else [row for state in states for row in state.rows(table.name)]
        for table in TABLES
    }


def _identity(tables: TableRows) -> tuple[object, ...]:
    (page,) = tables["pages"]
    of_a_fetch = page["fetched_at"] is not None
    return page["url"], page["fetched_at"], None if of_a_fetch else page["body_sha256"]


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
        with undisturbed():
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
def undisturbed() -> Iterator[None]:
    """Hold back Ctrl-C, termination and a closed terminal for as long as files take their names: a few milliseconds.

    Blocking them for this thread would not do: a thread of Arrow's takes them, and Python then handles them here.
    """
    if threading.current_thread() is not threading.main_thread():  # where signals are not handled
        yield
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda caught, _: came.append(caught))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for caught in came:  # one that is ignored may come before another
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
