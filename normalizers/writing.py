"""Tables of a build written as they come: batch after batch in the order of the trials, in row groups of a fixed size.

How the rows came makes no difference to the files: not how many at a time, not whether they were read just now or
stand in the build before. So builds of the same pages are byte-identical.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from normalizers.arrow import Batch
from normalizers.contacts import Finder, Held, Part
from normalizers.continuing import Continuing
from normalizers.history import OF_HISTORY
from normalizers.manifest import read_contacts
from normalizers.masking import free_texts
from normalizers.parquet import WRITE_OPTIONS, row_group_rows
from normalizers.rows import Rows
from registry.tables import TABLES, Table, arrow_schema

_ID = "nct_id"
STAGED = frozenset({"studies", "problems"})
"""Tables that are not whole before all others are: they hold what other trials' pages say."""
_PARTS = 16  # of a row group: one waits in memory
_STAGED_OPTIONS = {"compression": "lz4", "compression_level": None}
OF_OTHER_PAGES = frozenset({"sighting_in_conflict"})
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
        self._waiting = _Waiting(self._schema, path.parent, self._group // _PARTS)
        self._unsure: list[tuple[int, frozenset[str]]] = []  # of the rows that wait: how many, and what of them
        path.touch(mode=0o600 if any(column.personal for column in table.columns) else 0o666)
        self._writer = _Writer(path, self._schema, **{**WRITE_OPTIONS, **also})

    def append(self, rows: pa.Table, unsure: frozenset[str] | None = None) -> None:
        """Take rows that sort behind all before.

        `unsure` are the columns in which they may hold a contact, None for all that hold free text.
        """
        if not rows.num_rows:
            return
        if not rows.schema.equals(self._schema):
            rows = rows.cast(self._schema)
        unsure = self._free if unsure is None else unsure
        while self._waiting.rows + rows.num_rows >= self._group:
            missing = self._group - self._waiting.rows
            self._unsure.append((missing, unsure))
            self._write(self._waiting.taken(rows.slice(0, missing)))
            rows = rows.slice(missing)
        self._unsure.append((rows.num_rows, unsure))
        self._waiting.add(rows)

    def close(self) -> None:
        """Write what waits, and end the file."""
        if self._waiting.rows:
            self._write(self._waiting.taken())
        self._writer.close()
        self._waiting.close()

    def abandon(self) -> None:
        """Leave the file as it is, half-written if it was not closed."""
        self._waiting.close()

    def _write(self, group: pa.Table) -> None:
        self._writer.write_table(group, row_group_size=group.num_rows)
        if self._finder:
            self._finder.add(self._table, list(self._parts(group)))
        self._unsure.clear()

    def _parts(self, group: pa.Table) -> Iterator[Part]:
        """Yield the rows of a group that may hold a contact."""
        begin = 0
        for count, unsure in self._unsure:
            if count and unsure:
                yield Part(group.slice(begin, count), unsure)
            begin += count


class _Writer(pq.ParquetWriter):
    """Ends its file when it is told to, and not when it is let go of: a full disk would fail once more, on stderr."""

    def __del__(self) -> None:
        pass


class _Waiting:
    """Rows of a table that wait for their row group to be full: the last ones in memory, those before in a file.

    Full groups of all tables would take more than a hundred megabytes. The file has no name, so that none can be left.
    """

    def __init__(self, schema: pa.Schema, folder: Path, most: int) -> None:
        """`most` rows are kept in memory."""
        self.rows = 0
        self._schema = schema
        self._most = most
        self._last: list[pa.Table] = []
        self._last_rows = 0
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - `close` does
        self._stream: pa.ipc.RecordBatchStreamWriter | None = None

    def add(self, rows: pa.Table) -> None:
        """Add rows behind all others."""
        self._last.append(rows)
        self.rows += rows.num_rows
        self._last_rows += rows.num_rows
        if self._last_rows >= self._most:
            self._stream = self._stream or pa.ipc.new_stream(self._file, self._schema)
            self._stream.write_table(pa.concat_tables(self._last).combine_chunks())
            self._last, self._last_rows = [], 0

    def taken(self, *last: pa.Table) -> pa.Table:
        """Return all rows, and the last ones behind them, in one piece; none wait then.

        It is to be used before others are added: it may be read from the file that these are written into.
        """
        rows = pa.concat_tables([*self._in_file(), *self._last, *last]).combine_chunks()
        self.rows, self._last, self._last_rows = 0, [], 0
        return rows

    def _in_file(self) -> list[pa.Table]:
        if self._stream is None:
            return []
        self._stream.close()
        self._stream = None
        self._file.flush()
        content = pa.py_buffer(mmap(self._file.fileno(), self._file.tell(), access=ACCESS_READ))
        self._file.seek(0)  # what comes next is written over it
        return [pa.ipc.open_stream(content).read_all()]

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


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
        self._before = {t.name: self._rows_of(t, before, held) for t in TABLES}

    @staticmethod
    def _rows_of(table: Table, before: Path | None, held: Mapping[str, Held]) -> Rows:
        if before is None:
            return Rows(None, table)
        groups = held[table.name].groups if table.name in held else None
        without = OF_OTHER_PAGES if table.name == "problems" else ()
        return Rows(before / f"{table.name}.parquet", table, groups, without=without)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            for writer in self._writers.values() if kind is None else ():
                writer.close()
        finally:
            for each in self._before.values():
                each.close()
            for writer in self._writers.values():
                writer.abandon()

    def take(self, nct_ids: Sequence[str], batch: Batch, continued: Collection[str] = ()) -> None:
        """Take the rows of some trials; one that has none in any table is left out of the build.

        `continued` are those whose history goes on from the build before: the batch is without it.
        """
        continuing = Continuing(continued)
        for name in sorted(batch, key=OF_HISTORY.__contains__):  # a history comes of all other tables
            self._take(name, nct_ids, batch[name], continuing)

    def _take(self, name: str, nct_ids: Sequence[str], rows: pa.Table, continuing: Continuing) -> None:
        writer, before = self._writers[name], self._before[name]
        ids: list[Any] = rows.column(_ID).to_pylist()
        begin = 0
        for nct_id in nct_ids:
            for old in before.before(nct_id):
                end = bisect_left(ids, nct_id, begin)
                writer.append(rows.slice(begin, end - begin))
                writer.append(old, before.held)
                begin = end
            own = list(before.of(nct_id))  # they are made anew
            if nct_id not in continuing:
                continue
            first, end = bisect_left(ids, nct_id, begin), bisect_right(ids, nct_id, begin)
            if name in OF_HISTORY:
                writer.append(rows.slice(begin, first - begin))
                writer.append(continuing.history(nct_id, name, own))
                begin = end
            else:
                continuing.note(nct_id, name, own, rows.slice(first, end - first))
        writer.append(rows.slice(begin))

    def copy_rest(self) -> None:
        """Copy the trials behind the last one that was taken."""
        for name, before in self._before.items():
            for old in before.rest():
                self._writers[name].append(old, before.held)
