"""What a page lost from one version to the next in the way that a changed layout loses it.

One trial may well lose a value, or half of its locations. Where most pages lose the same at once, it was not the trials
that changed: `trials harvest` stops at that. So what is told here is the same text for the same loss on any page.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from registry.labels import FIELDS
from registry.tables import TABLES, Row, TableRows

_OF_THE_READING = frozenset({"pages", "problems", "related_studies", "changes", "study_versions", "mentioned_studies"})
_FEWER, _MORE = 0.8, 1.5  # times the rows before
_LOST = 0.6  # share of the values before that are left at most
_NOT_READ = frozenset(
    {"unknown_label", "unknown_section", "unknown_column", "unknown_wording", "unread_value", "absent_section"}
    | {"label_elsewhere", "repeated_label", "unclaimed_text"}
)


class Losses(NamedTuple):
    """What a newer version of a page lost, and what it could have lost as well and did not; for people.

    `unread` is what cannot be read that could before, or more often: any page might have that.
    """

    lost: frozenset[str]
    kept: frozenset[str]
    unread: frozenset[str]


def losses(before: TableRows, now: TableRows) -> Losses:
    """Return what a newer version of a page lacks, has too often, or says in words not known."""
    found = dict([*_labels(before, now), *_rows(before, now)])
    return Losses(
        frozenset(sign for sign, is_lost in found.items() if is_lost),
        frozenset(sign for sign, is_lost in found.items() if not is_lost),
        frozenset(_unread(before, now)),
    )


def _labels(before: TableRows, now: TableRows) -> Iterator[tuple[str, bool]]:
    """Yield for each label that was on the page whether it is there no more."""
    (was,), (is_,) = before["pages"], now["pages"]
    absent, absent_before = set(_list(is_["absent_labels"])), set(_list(was["absent_labels"]))
    for label in {str(field.key) for field in FIELDS} - absent_before:
        yield f"{label!r} is not there any more", label in absent


def _list(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _rows(before: TableRows, now: TableRows) -> Iterator[tuple[str, bool]]:
    """Yield for each table with rows whether it has fewer or more, and for each column whether it lost its values."""
    for table in TABLES:
        old, new = before[table.name], now[table.name]
        if table.name in _OF_THE_READING or not old:
            continue
        yield f"{table.name} has fewer rows", len(new) < _FEWER * len(old)
        yield f"{table.name} has more rows", len(new) > _MORE * len(old)
        for column in table.columns if new else ():
            had, has = (_values(rows, column.name) / len(rows) for rows in (old, new))
            if had:
                yield f"{table.name}.{column.name} lost its values", has <= _LOST * had


def _values(rows: list[Row], column: str) -> int:
    return sum(row[column] is not None for row in rows)


def _unread(before: TableRows, now: TableRows) -> Iterator[str]:
    """Yield what could not be read that could before, or more often."""
    was, is_ = (
        Counter(_what(each) for each in tables["problems"] if each["code"] in _NOT_READ) for tables in (before, now)
    )
    yield from (what for what, count in is_.items() if count > was[what])


def _what(problem: Row) -> str:
    place = problem["label"] or ".".join(str(problem[name]) for name in ("table", "column") if problem[name])
    code = str(problem["code"]).replace("_", " ")
    return f"{code} ({place})" if place else code
