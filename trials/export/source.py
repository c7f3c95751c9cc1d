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

from normalizers.contacts import Held
from normalizers.manifest import file_sha256, read_contacts
from normalizers.masking import differs, is_free_text, masked
from registry.tables import TABLES, Column, Table, columns_of
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
        self._known = {} if contacts else read_contacts(build)
        self._checked: dict[str, bool] = {}  # whether a table's file is the one of which it is known
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
        if not self._is_whole(table):
            return None
        held = self._held(table)
        found = self._unsure(table) if held else self._found(table)
        return None if found else self._path(table)

    def stored(self, table: Table) -> Iterator[pa.Table]:
        """Yield the rows of a table as a build has them; where it is known what holds contacts, only that is masked."""
        held = self._held(table) if self._is_whole(table) else None
        if held is None:
            for batch in self.batches(table, lambda _, sql: sql):
                yield pa.Table.from_batches([batch])
            return
        with pq.ParquetFile(self._path(table)) as file:
            for number, columns in enumerate(held.groups):
                rows = file.read_row_group(number, use_threads=False)
                yield self._without_contacts(rows, [c for c in table.columns if c.name in columns])
                self.step(rows.num_rows)

    def passed(self, table: Table) -> None:
        """Count the rows of a table that was taken as a file."""
        self.step(self._count(table.name))

    def _is_whole(self, table: Table) -> bool:
        return self._ids is None and table.name != WIDE_NAME and table.columns == tuple(columns_of(table.name).values())

    def _path(self, table: Table) -> Path:
        return self._build / f"{table.name}.parquet"

    def _held(self, table: Table) -> Held | None:
        """Return what the build knows of contacts in a table; None if it does not, or if the file is another now."""
        known = self._known.get(table.name)
        if known and table.name not in self._checked:
            self._checked[table.name] = file_sha256(self._path(table)) == known.sha256
        return known if known and self._checked[table.name] else None

    def _unsure(self, table: Table) -> list[Column]:
        """Return the columns of a table that may hold a contact, and are masked."""
        if self._contacts:
            return []
        free = [column for column in table.columns if is_free_text(column)]
        held = self._held(table) if self._ids is None else None
        return free if held is None else [column for column in free if column.name in held.columns]

    def _found(self, table: Table) -> bool:
        """Look through a table for contacts."""
        differ = " OR ".join(differs(c, quoted(c.name)) for c in self._unsure(table)) or "false"
        return bool(self._connection.execute(f"SELECT 1 FROM {quoted(table.name)} WHERE {differ} LIMIT 1").fetchall())

    def _without_contacts(self, rows: pa.Table, columns: list[Column]) -> pa.Table:
        """Return rows with some columns masked."""
        if not columns:
            return rows
        self._connection.register("rows", rows.select([column.name for column in columns]))
        values = ", ".join(f"{masked(c, quoted(c.name))} AS {quoted(c.name)}" for c in columns)
        found = self._connection.sql(f"SELECT {values} FROM rows").to_arrow_table()
        self._connection.unregister("rows")
        for name in found.column_names:
            place = rows.schema.get_field_index(name)
            rows = rows.set_column(place, rows.schema.field(place), found.column(name))
        return rows

    def _selected(self, table: Table, columns: str) -> Iterator[pa.RecordBatch]:
        """Yield columns made of the values of a table, which are masked before: a pattern is looked for once."""
        unsure = self._unsure(table)
        values = ", ".join(_valued(c, masks=c in unsure) for c in table.columns)
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


def _valued(column: Column, *, masks: bool) -> str:
    name = quoted(column.name)
    return f"{masked(column, name) if masks else name} AS {name}"


def _in_order(name: str) -> str:
    return f"{quoted(name)} NULLS FIRST"
