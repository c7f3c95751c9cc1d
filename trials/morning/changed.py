"""Changes worth reading: status, phase, dates, enrollment, sponsors, primary outcomes, the largest first."""

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.errors import StoreError
from registry.tables import columns_of
from trials.dataset import Dataset
from trials.morning.parts import TITLE, Block, Cell, Rows, count, link, said, sql

_MOST_ROWS = 15
_TITLES = "SELECT nct_id, brief_title, seen_title, official_title FROM studies"
_LONGEST = 300  # characters of a text
_STOPPED = frozenset({"TERMINATED", "WITHDRAWN", "SUSPENDED"})
_ENDED = frozenset({"COMPLETED", "NO_LONGER_AVAILABLE", "UNKNOWN"})


@dataclass(frozen=True, slots=True)
class _Change:
    nct_id: str
    url: str | None
    title: str
    column: str | None
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class _Group:
    """Changes of some columns: how much one matters (the larger the earlier), and what is shown of a value."""

    heading: str
    table: str
    columns: tuple[str, ...]  # none: rows of the table
    weight: Callable[[_Change], float]
    shown: Callable[[str], str]
    only: str = ""  # a condition on the row's JSON


def changed_blocks(dataset: Dataset, since: str) -> Iterator[Block]:
    """Yield a block for each group of changes that were seen since a time (ISO 8601, UTC), then all that changed."""
    for group in _GROUPS:
        if changes := [_Change(*row) for row in dataset.sql(_query(group, since)).fetchall()]:
            yield _block(group, changes, since)
    yield _all(dataset, since)


def _all(dataset: Dataset, since: str) -> Block:
    """Return every trial that changed, the most first, and in which columns and tables."""
    query = f"""
        SELECT nct_id, any_value(c.url), any_value({TITLE}), strftime(max(seen_at), '%Y-%m-%d'),
            list_sort(list_distinct(list("table" || coalesce('.' || "column", '')))), count(*)
        FROM changes c LEFT JOIN ({_TITLES}) USING (nct_id)
        WHERE {_since(since)} GROUP BY nct_id ORDER BY 6 DESC, 1
    """
    found = dataset.sql(query).fetchall()
    rows = [
        (link(nct_id, url), title, seen, count(changes, _rows_of(nct_id, since)), ", ".join(columns))
        for nct_id, url, title, seen, columns, changes in found[:_MOST_ROWS]
    ]
    every = count(len(found), sql(f"SELECT DISTINCT nct_id FROM changes WHERE {_since(since)}"))
    left = len(found) - len(rows)
    more: tuple[Cell, ...] = (f"and {left:,} more of ", every) if left > 0 else ()
    table = Rows(("trial", "title", "seen", "changes", "where"), rows, more)
    return Block("Changed trials", [(every, " in all, the most changed first.")], table=table if rows else None)


def _rows_of(nct_id: str, since: str) -> str:
    return sql(f"SELECT * FROM changes WHERE nct_id = '{nct_id}' AND {_since(since)}")


def _since(since: str) -> str:
    """Return the condition of all changes since a time; of a date its text alone counts."""
    return f"""seen_at >= '{since[:19]}' AND NOT regexp_matches(coalesce("column", ''), '_(earliest|latest)$')"""


def _where(group: _Group, since: str) -> str:
    names = ", ".join(f"'{name}'" for name in group.columns)
    columns = f' AND c."column" IN ({names})' if names else ' AND c."column" IS NULL'
    return f"c.\"table\" = '{group.table}'{columns}{group.only} AND c.seen_at >= '{since[:19]}'"


def _query(group: _Group, since: str) -> str:
    return f"""
        SELECT c.nct_id, c.url, {TITLE}, c."column", c.old, c.new
        FROM changes c LEFT JOIN ({_TITLES}) USING (nct_id)
        WHERE {_where(group, since)}
        ORDER BY c.nct_id, c."column", c.ordinal
    """


def _block(group: _Group, changes: Sequence[_Change], since: str) -> Block:
    command = sql(f"SELECT c.* FROM changes c WHERE {_where(group, since)}")
    ordered = sorted(changes, key=lambda change: -group.weight(change))
    rows: list[tuple[Cell, ...]] = [
        (
            link(each.nct_id, each.url),
            each.title,
            _what(group, each),
            *(_value(group, text) for text in (each.old, each.new)),
        )
        for each in ordered[:_MOST_ROWS]
    ]
    left = len(changes) - len(rows)
    more: tuple[Cell, ...] = (f"and {left:,} more of ", count(len(changes), command)) if left > 0 else ()
    trials = len({each.nct_id for each in changes})
    whose = sql(f"SELECT DISTINCT c.nct_id FROM changes c WHERE {_where(group, since)}")
    says = (count(len(changes), command), " in ", count(trials, whose), " trial." if trials == 1 else " trials.")
    return Block(group.heading, [says], table=Rows(("trial", "title", "what", "before", "now"), rows, more))


def _what(group: _Group, change: _Change) -> str:
    if change.column is None:
        return "added" if change.old is None else "removed" if change.new is None else "replaced"
    return columns_of(group.table)[change.column].meaning.split(",")[0].split(";")[0]


def _value(group: _Group, text: str | None) -> str:
    return "nothing" if text is None else group.shown(text)[:_LONGEST]


def _status_weight(change: _Change) -> float:
    return 2 * (change.new in _STOPPED) + (change.new in _ENDED) + (change.new is None)


def _days_moved(change: _Change) -> float:
    """Return by how many days a date moved; a date that came or went weighs as none."""
    old, new = _first_day(change.old), _first_day(change.new)
    return abs((new - old).days) if old and new else 0


def _first_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01"[:10]) if text else None
    except ValueError:
        return None


def _times(change: _Change) -> float:
    """Return how many times more or fewer persons there are, as a logarithm; none of either is the most."""
    old, new = (int(text) if text and _WHOLE.fullmatch(text) else 0 for text in (change.old, change.new))
    return abs(math.log(new / old)) if old and new else math.inf


def _evenly(_: _Change) -> float:
    return 0.0


def _sponsor(text: str) -> str:
    row = _row(text)
    return f"{row.get('name')} ({said('sponsor_role', str(row.get('lead_or_collaborator')))})"


def _outcome(text: str) -> str:
    row = _row(text)
    frame = f" [{row['time_frame']}]" if row.get("time_frame") else ""
    return f"{row.get('measure') or row.get('text') or 'not separable'}{frame}"


def _row(text: str) -> dict[str, Any]:
    """Return the row that a change is about; StoreError if somebody wrote another thing in its place."""
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise StoreError(
            f"`changes` holds {text[:_LONGEST]!r}, which is no row of a table. `trials build` makes it anew."
        )
    return row


_WHOLE = re.compile(r"[0-9]{1,15}")
_DATES = ("start_month_year", "primary_completion_month_year", "completion_month_year")
# the rows of other tables are no JSON, and a cast may be tried on them, too: the text is looked at as `changes` has it
_PRIMARY = """ AND (c.old LIKE '%"outcome_type": "primary"%' OR c.new LIKE '%"outcome_type": "primary"%')"""
_GROUPS = (
    _Group("Status changed", "studies", ("overall_status",), _status_weight, lambda code: said("overall_status", code)),
    _Group("Phase changed", "studies", ("phase",), _evenly, lambda code: said("phase", code)),
    _Group("Dates moved", "studies", _DATES, _days_moved, str),
    _Group("Enrollment changed", "studies", ("enrollment",), _times, str),
    _Group("Sponsors changed", "sponsors", (), _evenly, _sponsor),
    _Group("Primary outcomes changed", "design_outcomes", (), _evenly, _outcome, _PRIMARY),
)
