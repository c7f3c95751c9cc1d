"""`trials.open`: the tables of one build, as Arrow, pandas and DuckDB have them.

A build is never changed again: what is opened stays of one build, whatever is published meanwhile. It goes only when
newer builds push it out, five later as a rule.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from difflib import get_close_matches
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Self

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from normalizers.arrow import in_utc
from normalizers.builds import AS_OF, TABLES_FOLDER, current_build
from registry.errors import NotFound, SettingsError, StoreError
from registry.nct_id import read_nct_id
from registry.tables import TABLES, Row, columns_of, table
from trials.aact.views import CTGOV, LEGACY, add_ctgov, prefer
from trials.frames import to_pandas

if TYPE_CHECKING:
    import pandas as pd

    from trials.trial import Trial

MAIN = "main"


class Dataset:
    """The tables of one build. `folder` holds its files, `name` is that of the build.

    Its connections to DuckDB are in memory and read the files; like these, a dataset is for one thread at a time.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name
        self._files = {each.name: folder / f"{each.name}.parquet" for each in TABLES}
        self._files = {name: path for name, path in self._files.items() if os.access(path, os.R_OK)}
        if not self._files:
            raise StoreError(f"{str(folder)!r} holds no tables of ours that you may read. Is it the folder of a store?")
        self._connections: dict[str, duckdb.DuckDBPyConnection] = {}

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables; without those that only another user may read."""
        return tuple(self._files)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; relations made from them are of no use then."""
        for schema in sorted(self._connections, reverse=True):
            self._connections.pop(schema).close()

    def arrow(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a table, or some of its columns, as Arrow; SettingsError for a name that is none."""
        if columns is not None:
            for column in columns:
                _check(column, columns_of(self._known(name)), f"column of {name}")
        return self._read(name, list(columns) if columns is not None else None)

    def pandas(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return a table, or some of its columns, as a frame of Arrow's types; codes are categories."""
        return to_pandas(self.arrow(name, columns), columns_of(self._known(name)))

    def relation(self, name: str) -> duckdb.DuckDBPyRelation:
        """Return a table as a relation of DuckDB, which reads what a query needs of it."""
        return self._connection(MAIN).table(f"{MAIN}.{self._known(name)}")

    def sql(
        self, query: str, parameters: Sequence[object] | Mapping[str, object] | None = None, *, schema: str = MAIN
    ) -> duckdb.DuckDBPyRelation:
        """Return the answer to a query as a relation; errors in it are DuckDB's own.

        Tables without a schema are ours, or those of `ctgov` or `ctgov_legacy` if `schema` says so: then integers are
        divided and nulls are sorted as Postgres does, too. Parameters stand as `$1` or `$name` in the query.
        """
        given = dict(parameters) if isinstance(parameters, Mapping) else parameters
        return self._connection(schema).sql(query, params=given)

    def trial(self, nct_id: str) -> Trial:
        """Return what the build has of one trial; SettingsError for what is no id, NotFound if it has none."""
        from trials.trial import Trial

        spelled = read_nct_id(nct_id)
        if spelled is None:
            raise SettingsError(f"{nct_id!r} is no id of a trial: NCT and eight digits.")
        rows = {each.name: self._rows(each.name, spelled) for each in TABLES}
        if not rows["studies"]:
            raise NotFound(f"The build {self.name} has no trial {spelled}.")
        (study,) = rows["studies"]
        shown = [page for page in rows["pages"] if all(page[name] == study[name] for name in ("url", "fetched_at"))]
        return Trial({**rows, "pages": shown})

    def _rows(self, name: str, nct_id: str) -> list[Row]:
        if name not in self._files:
            return []
        return [in_utc(row) for row in self._read(name, None, nct_id).to_pylist()]

    def __repr__(self) -> str:
        lines = (f"  {name:<22}{rows:>12,}" for name, rows in self._counts())
        return "\n".join([f"Dataset of build {self.name}", *lines])

    def _repr_html_(self) -> str:
        """Return the names of the tables with their rows, for a notebook."""
        rows = "".join(
            f"<tr><td style='text-align:left'><code>{escape(name)}</code></td><td>{rows:,}</td>"
            f"<td style='text-align:left'>{escape(table(name).grain)}</td></tr>"
            for name, rows in self._counts()
        )
        head = "<thead><tr><th>table</th><th>rows</th><th style='text-align:left'>one per</th></tr></thead>"
        return f"<p>Build <code>{escape(self.name)}</code></p><table>{head}<tbody>{rows}</tbody></table>"

    def _counts(self) -> Iterator[tuple[str, int]]:
        for name in self._files:
            with self._reading(name):
                yield name, pq.read_metadata(self._files[name]).num_rows

    def _known(self, name: str) -> str:
        _check(name, (each.name for each in TABLES), "table")
        if name not in self._files:
            raise StoreError(f"The table {name} is not in {str(self.folder)!r}, or only its owner may read it.")
        return name

    def _connection(self, schema: str) -> duckdb.DuckDBPyConnection:
        """Return the connection for queries of a schema: a database of its own, since its settings are."""
        _check(schema, (MAIN, CTGOV, LEGACY), "schema")
        if schema not in self._connections:
            connection = duckdb.connect()
            for name in self._files:
                with self._reading(name):
                    connection.read_parquet(str(self._files[name])).create_view(name)
            add_ctgov(connection)
            if schema != MAIN:
                prefer(connection, schema)
            self._connections[schema] = connection
        return self._connections[schema]

    def _read(self, name: str, columns: list[str] | None, nct_id: str | None = None) -> pa.Table:
        of_one = pc.field("nct_id") == nct_id if nct_id else None
        with self._reading(self._known(name)):
            return pq.read_table(self._files[name], columns=columns, filters=of_one, partitioning=None)

    @contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        """Turn what goes wrong when a file is read into a StoreError."""
        try:
            yield
        except (OSError, pa.ArrowInvalid, duckdb.Error) as error:
            raise StoreError(
                f"{str(self._files[name])!r} cannot be read ({error}). If newer builds have pushed it out, open the "
                "store again; `trials verify` tells whether it is damaged."
            ) from error


def open_dataset(store: str | os.PathLike[str], as_of: str | date | None) -> Dataset:
    """Return the tables of a store, or of a folder of Parquet files; errors as `trials.open`."""
    folder = Path(store).resolve()  # a link such as `current` is followed once
    if not folder.is_dir():
        raise StoreError(f"There is no folder {os.fspath(store)!r}. Is it the folder of a store?")
    if as_of is not None:
        return Dataset(_kept(folder, as_of))
    build = current_build(folder)
    if build is None and not (folder / "studies.parquet").exists():
        raise StoreError(f"{os.fspath(store)!r} has no tables yet: `trials build` makes them of what was fetched.")
    return Dataset(build or folder)


def _kept(store: Path, as_of: str | date) -> Path:
    """Return the folder of the build that is kept for a day."""
    try:
        day = date.fromisoformat(str(as_of))
    except ValueError as error:
        raise SettingsError(f"as_of takes a day such as 2026-01-31, not {as_of!r}.") from error
    folder = store / TABLES_FOLDER / f"{AS_OF}{day}"
    if not folder.is_dir():
        raise StoreError(f"No tables are kept as of {day}: `trials build --as-of {day}` makes them.")
    return folder


def _check(name: str, known: Iterable[str], what: str) -> None:
    """Raise SettingsError, with the nearest name, for one that is not known."""
    names = tuple(known)
    if name not in names:
        near = get_close_matches(name, names, 1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(names)}."
        raise SettingsError(f"There is no {what} {name!r}. {hint}")
