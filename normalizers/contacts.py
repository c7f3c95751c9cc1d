"""Which row groups of a build's tables hold a contact in free text: found once, while they are written.

A column of a row group holds one if masking changes any of its texts. The manifest keeps what was found under a seal:
the hash of it, of the file that it is about, and of all that it was found by. Where another seal is due nothing is
known, and who wants to know looks through the texts.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NamedTuple, Self

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from normalizers.masking import SIGNS, differs, free_texts
from registry.tables import Table

Groups = Sequence[frozenset[str]]
"""For each row group of a file the columns that hold a contact."""

_TEXT = "text"
_WAITING_BYTES = 4 * 2**20  # of texts that are looked through at once: a query takes milliseconds, however few they are


class Part(NamedTuple):
    """Some rows of a table, and the columns in which they may hold a contact; in all others they hold none."""

    rows: pa.Table
    unsure: frozenset[str]


class Finder:
    """Looks for contacts in the row groups of tables, as they are written; use it in a `with` statement."""

    def __init__(self) -> None:
        self._database = duckdb.connect(config={"threads": 1})
        self._held: dict[str, list[set[str]]] = {}
        self._waiting: dict[str, list[pa.Table]] = {}  # texts with where they stand, by the SQL that finds contacts
        self._waiting_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._database.close()

    def begin(self, table: Table) -> None:
        """Forget what is known of a table: it is written from its beginning."""
        self._look()
        self._held[table.name] = []

    def add(self, table: Table, group: Sequence[Part]) -> None:
        """Take the parts of the next row group of a table that may hold a contact."""
        self._held[table.name].append(set())
        for name in sorted({name for part in group for name in part.unsure}):
            chunks = [chunk for part in group for chunk in part.rows.column(name).chunks]
            self._keep(table, name, pa.chunked_array(chunks).combine_chunks())
        if self._waiting_bytes > _WAITING_BYTES:
            self._look()

    def held(self) -> dict[str, Groups]:
        """Return which row groups hold contacts, by table, of all that were taken."""
        self._look()
        return {table: [frozenset(names) for names in groups] for table, groups in self._held.items()}

    def _keep(self, table: Table, name: str, texts: Any) -> None:
        """Keep those texts of the last row group that have a sign of a contact: few, most have none."""
        found = texts.filter(pc.match_substring_regex(texts, SIGNS))
        if len(found):
            where = (table.name, len(self._held[table.name]) - 1, name)
            rows = [*(pa.repeat(each, len(found)) for each in where), found]
            kept = self._waiting.setdefault(differs(table.column(name), _TEXT), [])
            kept.append(pa.table(rows, ["table_name", "number", "name", _TEXT]))
            self._waiting_bytes += found.nbytes

    def _look(self) -> None:
        for sql, waiting in self._waiting.items():
            self._database.register("waiting", pa.concat_tables(waiting))
            query = f"SELECT DISTINCT table_name, number, name FROM waiting WHERE {sql}"
            for table, number, name in self._database.execute(query).fetchall():
                self._held[table][number].add(name)
            self._database.unregister("waiting")
        self._waiting, self._waiting_bytes = {}, 0


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of a table's file: its sha256, and where it holds contacts."""

    sha256: str
    groups: Groups

    @property
    def columns(self) -> frozenset[str]:
        """The columns that hold a contact anywhere."""
        return frozenset().union(*self.groups)


def sealed(table: Table, held: Held) -> dict[str, Any]:
    """Return what is known of a table's file as the manifest has it: numbers of row groups, from 0, by column."""
    groups = {
        name: [number for number, columns in enumerate(held.groups) if name in columns] for name in sorted(held.columns)
    }
    return {"row_groups": groups, "seal": _seal(table, held.sha256, len(held.groups), groups)}


def unsealed(table: Table, entry: Mapping[str, Any]) -> Held | None:
    """Return what a table's entry of a manifest says, None if it says nothing, or its seal is another than is due.

    KeyError, TypeError or AttributeError for an entry that is none.
    """
    known = entry.get("contacts")
    if known is None or known["seal"] != _seal(table, entry["sha256"], entry["row_groups"], known["row_groups"]):
        return None
    groups = [
        frozenset(name for name, here in known["row_groups"].items() if number in here)
        for number in range(entry["row_groups"])
    ]
    return Held(entry["sha256"], groups)


def _seal(table: Table, sha256: str, count: int, groups: Mapping[str, list[int]]) -> str:
    """Return the hash of what was found in a file of so many row groups, and by which SQL of which DuckDB."""
    by = [duckdb.__version__, *(f"{name}: {differs(column, name)}" for name, column in free_texts(table).items())]
    return hashlib.sha256(json.dumps([by, sha256, count, groups], sort_keys=True).encode()).hexdigest()
