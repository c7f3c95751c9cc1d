"""A table's file read from its beginning to its end, trial after trial: what a build copies of the one before."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from normalizers.contacts import Groups
from registry.tables import Table, arrow_schema


class Rows:
    """The rows of a file from the first to the last, trial after trial; there are none where there is no file.

    `held` are the columns in which the row group of the rows yielded last holds contacts, None where nobody knows.
    """

    held: frozenset[str] | None = None

    def __init__(
        self, path: Path | None, of: Table, held: Groups | None = None, *, without: Collection[str] = ()
    ) -> None:
        """`held` says which row groups hold contacts, None if that is not known; `without`: codes passed over."""
        self._file = pq.ParquetFile(path) if path else None
        self._schema = arrow_schema(of)  # a file has milliseconds, the schema has seconds
        self._held_of = held
        self._without = pa.array(without, pa.string()) if without else None
        self._groups = iter(range(self._file.num_row_groups if self._file else 0))
        self._rows: pa.Table | None = None  # of a row group
        self._begin = 0  # those before were yielded
        self._next()

    def before(self, nct_id: str) -> Iterator[pa.Table]:
        """Yield the rows of all trials before one."""
        while self._rows is not None:
            yield from self._until(self._place(bisect_left, nct_id))
            if self._begin < self._rows.num_rows:
                return
            self._next()

    def of(self, nct_id: str) -> Iterator[pa.Table]:
        """Yield the rows of the trial that comes next, if it is this one."""
        while self._rows is not None:
            yield from self._until(self._place(bisect_right, nct_id))
            if self._begin < self._rows.num_rows:
                return
            self._next()

    def rest(self) -> Iterator[pa.Table]:
        """Yield all rows that are left."""
        while self._rows is not None:
            yield from self._until(self._rows.num_rows)
            self._next()

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()

    def _place(self, bisect: Callable[..., int], nct_id: str) -> int:
        """Return the place of a trial in the row group; a list of its ids would take more memory than their column."""
        assert self._rows is not None
        ids: Any = self._rows.column("nct_id")
        return bisect(range(len(ids)), nct_id, self._begin, key=lambda place: ids[place].as_py())

    def _until(self, place: int) -> Iterator[pa.Table]:
        """Yield the rows up to a place, if there are any."""
        assert self._rows is not None
        begin, self._begin = self._begin, place
        if begin < place:
            yield self._rows.slice(begin, place - begin)

    def _next(self) -> None:
        self._rows, self._begin = None, 0
        for group in self._groups if self._file else ():
            rows = self._file.read_row_group(group, use_threads=False)  # type: ignore[union-attr]  # which costs half
            if self._without is not None:
                rows = rows.filter(pc.invert(pc.is_in(rows.column("code"), self._without)))
            if rows.num_rows:
                self._rows = rows.cast(self._schema)
                self.held = self._held_of[group] if self._held_of is not None else None
                return
