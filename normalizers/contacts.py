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

from normalizers.masking import differs, free_texts
from registry.tables import Table

Groups = Sequence[frozenset[str]]
"""For each row group of a file the columns that hold a contact."""


class Part(NamedTuple):
    """Some rows of a table, and the columns in which they may hold a contact; in all others they hold none."""

    rows: pa.Table
    unsure: frozenset[str]


class Finder:
    """Looks for contacts in rows that are about to be written; use it in a `with` statement."""

    def __init__(self) -> None:
        self._connection = duckdb.connect(config={"threads": 1})
        self._connection.execute("SET python_enable_replacements = false")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def held(self, table: Table, parts: Sequence[Part]) -> frozenset[str]:
        """Return the columns in which any of the rows holds a contact."""
        unsure = sorted({name for part in parts for name in part.unsure})
        if not unsure:
            return frozenset()
        self._connection.register("rows", pa.concat_tables(part.rows.select(unsure) for part in parts if part.unsure))
        (found,) = self._connection.execute(f"SELECT {_found(table, unsure)} FROM rows").fetchall()
        self._connection.unregister("rows")
        return frozenset(name for name, is_held in zip(unsure, found, strict=True) if is_held)


def _found(table: Table, names: Sequence[str]) -> str:
    free = free_texts(table)
    return ", ".join(f"bool_or({differs(free[name], _quoted(name))})" for name in names)


def _quoted(name: str) -> str:
    return f'"{name}"'


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
    by = [duckdb.__version__, _found(table, list(free_texts(table)))]
    return hashlib.sha256(json.dumps([by, sha256, count, groups], sort_keys=True).encode()).hexdigest()
