"""One trial as its own page shows it: its rows of every table, why a value is missing, which places look damaged."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from typing import Any, NamedTuple

from registry.labels import FIELDS
from registry.tables import Table
from trials.explore.looks import SHOWN
from trials.export.source import quoted

MOST_ROWS = 300
"""Rows of one table that a page shows; a link leads to all."""

_DEEPEST = 5  # steps that a criterion is moved in
_LONG, _AROUND = 300, 40  # characters: of a text that is not shown whole in a change, and around what differs
_WHY = (("unread_labels", "not read"), ("blank_labels", "blank"), ("absent_labels", "absent"))
_DATE = "_date"


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one table, in its order, at most `MOST_ROWS`, and how many there are."""

    rows: Sequence[Mapping[str, Any]]
    count: int


class Piece(NamedTuple):
    """A piece of a text; `message` says what looks damaged in it, empty if nothing does."""

    text: str
    message: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What the tables say of one trial; `named_by` are See also rows of other trials that name it."""

    nct_id: str
    parts: Mapping[str, Part]
    named_by: Part

    @property
    def study(self) -> Mapping[str, Any] | None:
        """The row of studies; None of a trial that only others name."""
        return self.first("studies")

    @property
    def is_known(self) -> bool:
        """Whether any row is about it."""
        return bool(self.named_by.count or any(part.count for part in self.parts.values()))

    def first(self, table: str) -> Mapping[str, Any] | None:
        """Return its row of a table that has one a trial; None without."""
        return next(iter(self.parts[table].rows), None)

    def value(self, table: str, column: str) -> Any:
        """Return a value of such a row; None if it is null, or there is no row."""
        row = self.first(table)
        return row[column] if row else None

    def why(self, table: str, column: str) -> str:
        """Return why a value is missing: absent, blank, not read, or null where the page does not settle it."""
        labels = _labels(table, column.replace("_month_year", _DATE))
        page = self._page()
        for name, word in _WHY if page else ():
            listed = set(json.loads(page[name]))  # type: ignore[index]
            if labels and (labels <= listed if word == "absent" else labels & listed):
                return word
        return "null"

    def notes(self, table: str, ordinal: int | None = None) -> list[str]:
        """Return what the problems say of a row: of its ordinal, or of a table with one row a trial."""
        rows = self.parts["problems"].rows
        return [row["message"] for row in rows if row["table"] == table and row["row_ordinal"] == ordinal]

    def pieces(self, table: str, column: str) -> Iterator[Piece]:
        """Yield a text in pieces, so that its damaged places can be marked.

        A place counts only if the text there is what the problem names: masked texts have moved.
        """
        text, done = str(self.value(table, column)), 0
        for row in sorted(self._marks(table, column), key=lambda row: int(row["start"])):
            start, end = row["start"], row["end"]
            if done <= start < end and text[start:end] == row["text"]:
                yield from (Piece(text[done:start], ""), Piece(text[start:end], row["message"]))
                done = end
        yield Piece(text[done:], "")

    def criteria(self) -> Iterator[tuple[str, list[tuple[int, Mapping[str, Any]]]]]:
        """Yield each kind of criterion with its criteria, and how deep each stands under others."""
        depths: dict[int, int] = {}
        kinds: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
        for row in self.parts["eligibility_criteria"].rows:
            depth = depths.get(row["parent_ordinal"], -1) + 1
            depths[row["ordinal"]] = depth
            kinds.setdefault(row["criterion_type"], []).append((min(depth, _DEEPEST), row))
        yield from kinds.items()

    def _page(self) -> Mapping[str, Any] | None:
        """Return the page version that the row of studies was read from."""
        study, pages = self.study, self.parts["pages"].rows
        if study is None:
            return None
        read_from = (study["url"], study["fetched_at"])
        return next((page for page in pages if (page["url"], page["fetched_at"]) == read_from), None)

    def _marks(self, table: str, column: str) -> Iterator[Mapping[str, Any]]:
        for row in self.parts["problems"].rows:
            if (row["table"], row["column"]) == (table, column) and None not in (row["start"], row["end"]):
                yield row


def around_difference(old: str | None, new: str | None) -> tuple[str | None, str | None]:
    """Return two long texts where they differ, with some characters around.

    >>> around_difference("a" * 400 + "b", "a" * 400 + "cd") == ("…" + "a" * 40 + "b", "…" + "a" * 40 + "cd")
    True
    """
    if old is None or new is None or max(len(old), len(new)) <= _LONG:
        return old, new
    same = _alike(old, new)
    same_end = min(_alike(old[::-1], new[::-1]), len(old) - same, len(new) - same)
    first, left_out = max(same - _AROUND, 0), max(same_end - _AROUND, 0)
    return _cut(old, first, left_out), _cut(new, first, left_out)


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _cut(text: str, first: int, left_out: int) -> str:
    return f"{'…' * (first > 0)}{text[first : len(text) - left_out]}{'…' * (left_out > 0)}"


def read_trial(connection: sqlite3.Connection, nct_id: str) -> Trial:
    """Read a trial from a copy whose rows are read by name."""
    parts = {
        table.name: _part(connection, table, "nct_id", nct_id)
        for table in SHOWN
        if any(column.name == "nct_id" for column in table.columns)
    }
    related = next(table for table in SHOWN if table.name == "related_studies")
    return Trial(nct_id, parts, _part(connection, related, "related_nct_id", nct_id))


def _part(connection: sqlite3.Connection, table: Table, column: str, nct_id: str) -> Part:
    which = f"FROM {quoted(table.name)} WHERE {quoted(column)} = ?"
    order = ", ".join(map(quoted, table.key))
    rows = connection.execute(f"SELECT * {which} ORDER BY {order} LIMIT {MOST_ROWS}", (nct_id,)).fetchall()
    if len(rows) < MOST_ROWS:
        return Part(rows, len(rows))
    return Part(rows, connection.execute(f"SELECT count(*) {which}", (nct_id,)).fetchone()[0])


@cache
def _labels(table: str, column: str) -> frozenset[str]:
    return frozenset(str(each.key) for each in FIELDS if (each.table, each.column) == (table, column))
