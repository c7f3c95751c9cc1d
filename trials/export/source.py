"""The rows of an export, batch after batch: of the chosen trials, in the order of their key, masked, in bounded memory.

Tables are read from a build's Parquet by DuckDB. Where only some trials are wanted, or rows of several tables belong
together, a few thousand trials are taken at a time: no join or sort is larger, however large the registry is.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from registry.tables import TABLES, Column, Table, columns_of
from trials.export.masking import is_free_text, masked
from trials.export.wide import NAME as WIDE_NAME
from trials.export.wide import wide_sql

AsSql = Callable[[Column, str], str]
"""SQL of a column as a format writes it, from the column and the SQL of its value."""

_BATCH_ROWS = 4_096  # a text may have 30,000 characters
_TRIALS_AT_ONCE = 8_192
_MEMORY = "1GB"  # beyond it DuckDB writes aside what it sorts


def quoted(name: str) -> str:
    """Return a name as SQL: `table` and `column` are words of it."""
    return f'"{name}"'


class Source:
    """The tables of a build, or the rows of some trials in them; `step` is told how many rows came, each time."""

    step: Callable[[int], None]

    def __init__(
        self,
        build: Path,
        ids: Sequence[str] | None,
        *,
        contacts: bool,
        spill: Path,
    ) -> None:
        """`ids` are sorted, None for all trials; `spill` is a folder for what does not fit into memory."""
        self._build = build
        self._ids = ids
        self._contacts = contacts
        self.step = lambda _: None
        self._connection = duckdb.connect(config={"memory_limit": _MEMORY, "temp_directory": str(spill)})
        self._connection.execute("SET python_enable_replacements = false")
        for table in TABLES:
            path = str(build / f"{table.name}.parquet").replace("'", "''")
            self._connection.execute(f"CREATE VIEW {quoted(table.name)} AS FROM read_parquet('{path}')")

    def close(self) -> None:
        """Close the files of the build."""
        self._connection.close()

    def rows(self, tables: Sequence[Table]) -> int:
        """Return how many rows some tables have about, for a progress bar."""
        trials = self._count("studies")
        share = 1.0 if self._ids is None else len(self._ids) / max(trials, 1)
        return sum(int(share * (trials if each.name == WIDE_NAME else self._count(each.name))) for each in tables)

    def batches(self, table: Table, as_sql: AsSql) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a table, each column as a format writes it."""
        columns = ", ".join(f"{as_sql(c, quoted(c.name))} AS {quoted(c.name)}" for c in table.columns)
        yield from self._selected(table, columns)

    def objects(self, table: Table, as_sql: AsSql) -> Iterator[list[str]]:
        """Yield the rows of a table, a JSON object each."""
        members = ", ".join(f"'{c.name}': {as_sql(c, quoted(c.name))}" for c in table.columns)
        for batch in self._selected(table, f"to_json({{{members}}})::VARCHAR AS object"):
            yield list(map(str, batch.column(0).to_pylist()))

    def unchanged(self, table: Table) -> Path | None:
        """Return the table's file if all of it is wanted, and nothing in it is masked; else None."""
        if self._ids is not None or table.name == WIDE_NAME or table.columns != tuple(columns_of(table.name).values()):
            return None
        free = [] if self._contacts else [c for c in table.columns if is_free_text(c)]
        differ = " OR ".join(f"{masked(c, quoted(c.name))} != {quoted(c.name)}" for c in free) or "false"
        found = self._connection.execute(f"SELECT 1 FROM {quoted(table.name)} WHERE {differ} LIMIT 1").fetchall()
        return None if found else self._build / f"{table.name}.parquet"

    def passed(self, table: Table) -> None:
        """Count the rows of a table that was taken as a file."""
        self.step(self._count(table.name))

    def _masked(self, column: Column) -> str:
        name = quoted(column.name)
        return name if self._contacts else masked(column, name)

    def _selected(self, table: Table, columns: str) -> Iterator[pa.RecordBatch]:
        """Yield columns made of the values of a table, which are masked before: a pattern is looked for once."""
        values = ", ".join(f"{self._masked(c)} AS {quoted(c.name)}" for c in table.columns)
        for condition in self._conditions(table):
            rows = wide_sql(condition) if table.name == WIDE_NAME else f"FROM {quoted(table.name)} WHERE {condition}"
            order = "" if condition == "true" else f" ORDER BY {', '.join(map(_in_order, table.key))}"
            for batch in self._connection.sql(
                f"SELECT {columns} FROM (SELECT {values} FROM ({rows}{order}))"
            ).to_arrow_reader(_BATCH_ROWS):
                yield batch
                self.step(batch.num_rows)

    def _conditions(self, table: Table) -> Iterator[str]:
        """Yield conditions on `nct_id` that rows fit, each a few thousand trials; `true` for a whole table.

        A table alone is read as it stands, in its order.
        """
        if self._ids is None and table.name != WIDE_NAME:
            yield "true"
            return
        for number in count():
            ids = self._part(number)
            if not ids:
                return
            self._connection.register("chosen", pa.table({"nct_id": pa.array(ids, pa.string())}))
            yield f"nct_id BETWEEN '{ids[0]}' AND '{ids[-1]}' AND nct_id IN (FROM chosen)"

    def _part(self, number: int) -> Sequence[str]:
        begin = number * _TRIALS_AT_ONCE
        if self._ids is not None:
            return self._ids[begin : begin + _TRIALS_AT_ONCE]
        found = self._connection.execute(f"SELECT nct_id FROM studies OFFSET {begin} LIMIT {_TRIALS_AT_ONCE}")
        return [nct_id for (nct_id,) in found.fetchall()]

    def _count(self, table: str) -> int:
        rows: int = pq.read_metadata(self._build / f"{table}.parquet").num_rows
        return rows


def _in_order(name: str) -> str:
    return f"{quoted(name)} NULLS FIRST"
