"""Tables of a build written as they come: batch after batch in the order of the trials, in row groups of a fixed size.

How the rows came makes no difference to the files: not how many at a time, not whether they were read just now or
stand in the build before. So builds of the same pages are byte-identical.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from normalizers.arrow import Batch
from normalizers.contacts import Finder, Groups, Held, Part
from normalizers.manifest import read_contacts
from normalizers.masking import free_texts
from normalizers.parquet import WRITE_OPTIONS, row_group_rows
from registry.tables import TABLES, Table, arrow_schema

_ID = "nct_id"
STAGED = frozenset({"studies", "problems"})
"""Tables that are not whole before all others are: they hold what other trials' pages say."""
_STAGED_OPTIONS = {"compression": "lz4", "compression_level": None}
OF_OTHER_PAGES = pa.array(["sighting_in_conflict"])
"""Codes of the problems that come of other trials' pages; they are found anew in each build."""


def staged(folder: Path, table: str) -> Path:
    """Return where a table waits until it is whole."""
    return folder / f".{table}.staged"


class TableWriter:
    """One Parquet file that grows."""

    def __init__(self, table: Table, path: Path, finder: Finder | None = None, **also: Any) -> None:
        """`finder` looks for contacts; `also`: options of the writer other than those of every table."""
        self._table = table
        self._finder = finder
        if finder:
            finder.begin(table)
        self._free = frozenset(free_texts(table))
        self._group = row_group_rows(table)
        self._schema = arrow_schema(table)
        self._waiting: list[Part] = []
        self._waiting_rows = 0
        path.touch(mode=0o600 if any(column.personal for column in table.columns) else 0o666)
        self._writer = pq.ParquetWriter(path, self._schema, **{**WRITE_OPTIONS, **also})

    def append(self, rows: pa.Table, unsure: frozenset[str] | None = None) -> None:
        """Take rows that sort behind all before; those of a file come with milliseconds, the schema has seconds.

        `unsure` are the columns in which they may hold a contact, None for all that hold free text.
        """
        if not rows.schema.equals(self._schema):
            rows = rows.cast(self._schema)
        self._waiting_rows += rows.num_rows
        if rows.num_rows:
            self._waiting.append(Part(rows, self._free if unsure is None else unsure))
        while self._waiting_rows >= self._group:
            self._write(self._group)

    def close(self) -> None:
        """Write what waits, and end the file."""
        if self._waiting_rows:
            self._write(self._waiting_rows)
        self._writer.close()

    def _write(self, count: int) -> None:
        group = self._take(count)
        rows = pa.concat_tables(part.rows for part in group).combine_chunks()
        self._writer.write_table(rows, row_group_size=count)
        if self._finder:
            self._finder.add(self._table, group)

    def _take(self, count: int) -> list[Part]:
        """Return the first rows that wait, so many, which wait no longer."""
        self._waiting_rows -= count
        taken: list[Part] = []
        for place, (rows, unsure) in enumerate(self._waiting):
            taken.append(Part(rows.slice(0, count), unsure))
            if rows.num_rows >= count:
                self._waiting[: place + 1] = [Part(rows.slice(count), unsure)] if rows.num_rows > count else []
                break
            count -= rows.num_rows
        return taken


class Rows:
    """The rows of a file from the first to the last, trial after trial; there are none where there is no file.

    `held` are the columns in which the row group of the rows yielded last holds contacts, None where nobody knows.
    """

    held: frozenset[str] | None = None

    def __init__(
        self, path: Path | None, held: Groups | None = None, *, without: "pa.Array[Any] | None" = None
    ) -> None:
        """`held` says which row groups hold contacts, None if that is not known; `without`: codes passed over."""
        self._file = pq.ParquetFile(path) if path else None
        self._held_of = held
        self._without = without
        self._groups = iter(range(self._file.num_row_groups if self._file else 0))
        self._rows: pa.Table | None = None  # of a row group
        self._ids: list[Any] = []
        self._begin = 0  # those before were yielded
        self._next()

    def before(self, nct_id: str) -> Iterator[pa.Table]:
        """Yield the rows of all trials before one."""
        while self._rows is not None:
            yield from self._until(bisect_left(self._ids, nct_id, self._begin))
            if self._begin < len(self._ids):
                return
            self._next()

    def of(self, nct_id: str) -> Iterator[pa.Table]:
        """Yield the rows of the trial that comes next, if it is this one."""
        while self._rows is not None:
            yield from self._until(bisect_right(self._ids, nct_id, self._begin))
            if self._begin < len(self._ids):
                return
            self._next()

    def rest(self) -> Iterator[pa.Table]:
        """Yield all rows that are left."""
        while self._rows is not None:
            yield from self._until(len(self._ids))
            self._next()

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()

    def _until(self, place: int) -> Iterator[pa.Table]:
        """Yield the rows up to a place, if there are any."""
        assert self._rows is not None
        begin, self._begin = self._begin, place
        if begin < place:
            yield self._rows.slice(begin, place - begin)

    def _next(self) -> None:
        self._rows, self._ids, self._begin = None, [], 0
        for group in self._groups if self._file else ():
            rows = self._file.read_row_group(group, use_threads=False)  # type: ignore[union-attr]  # which costs half
            if self._without is not None:
                rows = rows.filter(pc.invert(pc.is_in(rows.column("code"), self._without)))
            if rows.num_rows:
                self._rows, self._ids = rows, rows.column(_ID).to_pylist()
                self.held = self._held_of[group] if self._held_of is not None else None
                return


class DatasetWriter:
    """All tables of a build; use it in a `with` statement.

    `take` is given the trials that are made anew, in the order of their ids; those between them are copied from the
    build before.
    """

    def __init__(self, folder: Path, finder: Finder, before: Path | None = None) -> None:
        """`before` is the folder of the build that trials are copied from, None for none."""
        self._writers = {
            t.name: TableWriter(t, staged(folder, t.name), finder, **_STAGED_OPTIONS)
            if t.name in STAGED
            else TableWriter(t, folder / f"{t.name}.parquet", finder)
            for t in TABLES
        }
        held = read_contacts(before) if before else {}
        self._before = {t.name: self._rows_of(t.name, before, held) for t in TABLES}

    @staticmethod
    def _rows_of(table: str, before: Path | None, held: Mapping[str, Held]) -> Rows:
        if before is None:
            return Rows(None)
        groups = held[table].groups if table in held else None
        return Rows(before / f"{table}.parquet", groups, without=OF_OTHER_PAGES if table == "problems" else None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for before in self._before.values():
            before.close()
        if kind is None:
            for writer in self._writers.values():
                writer.close()

    def take(self, nct_ids: Sequence[str], batch: Batch) -> None:
        """Take the rows of some trials; one that has none in any table is left out of the build."""
        for name, rows in batch.items():
            writer, before = self._writers[name], self._before[name]
            ids: list[Any] = rows.column(_ID).to_pylist()
            begin = 0
            for nct_id in nct_ids:
                for old in before.before(nct_id):
                    end = bisect_left(ids, nct_id, begin)
                    writer.append(rows.slice(begin, end - begin))
                    writer.append(old, before.held)
                    begin = end
                for _ in before.of(nct_id):
                    pass  # its rows are made anew
            writer.append(rows.slice(begin))

    def copy_rest(self) -> None:
        """Copy the trials behind the last one that was taken."""
        for name, before in self._before.items():
            for old in before.rest():
                self._writers[name].append(old, before.held)
