"""Which row a problem is about, where whoever found it could not know."""

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias, cast

from normalizers.stored import printed
from registry.record import Problem
from registry.tables import Row, TableRows

_Ordinals: TypeAlias = dict[object, deque[int]]  # text → rows that hold it, in their order


def place_in_row(problems: list[Problem], noted: Iterable[int], table: str, row: Row) -> None:
    """Give the problems at these places that are about the table the ordinal of this row of it."""
    for place in noted:
        if problems[place].table == table:
            problems[place] = replace(problems[place], row_ordinal=cast(int, row["ordinal"]))


def with_rows(problems: Iterable[Problem], tables: TableRows) -> Iterator[Problem]:
    """Yield the problems of a record, those about rows whose cells ran together with the ordinal of their row.

    Two rows of the same text are taken in their order.
    """
    known: dict[str, _Ordinals] = {}
    for problem in problems:
        if problem.code != "cells_not_separable" or not problem.table or not problem.text:
            yield problem
            continue
        if problem.table not in known:
            known[problem.table] = _ordinals(tables[problem.table], str(problem.column))
        found = known[problem.table].get(printed(problem.text))
        yield replace(problem, row_ordinal=found.popleft()) if found else problem


def _ordinals(rows: Sequence[Row], column: str) -> _Ordinals:
    ordinals: _Ordinals = defaultdict(deque)
    for row in rows:
        ordinals[row.get("text") or row.get(column)].append(cast(int, row["ordinal"]))
    return ordinals


def place_in_criteria(problems: list[Problem], text: str, criteria: Sequence[Row]) -> None:
    """Give each problem about a place in the eligibility text the ordinal of the criterion that holds the place."""
    places = [n for n, each in enumerate(problems) if (each.table, each.column) == ("eligibilities", "criteria")]
    if not any(problems[place].start is not None for place in places):
        return
    spans = list(_spans(text, criteria))
    for place in places:
        start = problems[place].start
        number = bisect_right(spans, (start, len(text) + 1, 0)) - 1 if start is not None else -1
        if number >= 0 and cast(int, start) < spans[number][1]:
            problems[place] = replace(problems[place], row_ordinal=spans[number][2])


def _spans(text: str, criteria: Sequence[Row]) -> Iterator[tuple[int, int, int]]:
    """Yield start, end and ordinal of each criterion in the text that it was cut from."""
    end = 0
    for row in criteria:
        marker, said = str(row["marker"] or ""), str(row["text"])
        start = text.find(said, max(end, text.find(marker, end) + len(marker)))
        if start >= 0:
            end = start + len(said)
            yield start, end, cast(int, row["ordinal"])
