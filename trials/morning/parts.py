"""What the page is made of: chapters of blocks; a block says something, draws it, and has it as a table."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias
from urllib.parse import urlsplit

from registry.vocabularies import wordings


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is shown, and the command that lists what it counts; no command where it counts nothing kept."""

    text: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to a page of the registry's mirror; the address is https, or http on loopback."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Code:
    """A text as it is typed or printed: a command, a name, lines of a page."""

    text: str


Cell: TypeAlias = str | Number | Link | Code


@dataclass(frozen=True, slots=True)
class Rows:
    """A table: headings, rows of as many cells, and what is said of rows that are left out."""

    head: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    more: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """One thing the page says: sentences of cells, a chart as SVG, a table; a `folded` table opens on demand.

    `legend` has texts with the classes of the style sheet that have their colours.
    """

    heading: str
    says: Sequence[tuple[Cell, ...]] = ()
    chart: str = ""
    legend: Sequence[tuple[str, str]] = ()
    table: Rows | None = None
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Chapter:
    """Blocks under one heading; `anchor` is where the page's contents lead."""

    anchor: str
    heading: str
    says: Sequence[tuple[Cell, ...]] = ()
    blocks: Sequence[Block] = field(default_factory=list)


TITLE = "coalesce(brief_title, official_title, seen_title, '')"
"""A trial's title in SQL: its own, else what other pages call it."""

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def link(text: str, url: object) -> Cell:
    """Return a text that leads to a page of the mirror; the text alone where the address is none to follow.

    >>> link("a", "javascript:alert(1)"), link("a", "http://127.0.0.1:8000/a").url
    ('a', 'http://127.0.0.1:8000/a')
    """
    if not isinstance(url, str) or not url.isprintable():
        return text
    try:
        parts = urlsplit(url)
    except ValueError:
        return text
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    return Link(text, url) if is_safe and parts.hostname else text


def count(number: int, command: str = "") -> Number:
    """Return a count with its command."""
    return Number(f"{number:,}", command)


def share(part: float, whole: float, command: str = "") -> Number:
    """Return a share in percent; one that is not all is never shown as 100 %, nor one that is not none as 0 %.

    >>> [share(part, 10_000).text for part in (0, 1, 5_000, 9_999, 10_000)]
    ['0 %', '<0.1 %', '50 %', '>99.9 %', '100 %']
    >>> share(0, 0).text
    'none'
    """
    if not whole:
        return Number("none", command)
    percent = 100 * part / whole
    if 0 < percent < 0.1 or 99.9 < percent < 100:
        return Number("<0.1 %" if percent < 1 else ">99.9 %", command)
    return Number(f"{percent:.1f}".removesuffix(".0") + " %", command)


def sql(query: str) -> str:
    r"""Return the command that answers a query, as a shell takes it.

    >>> print(sql("SELECT '$1'"))
    trials sql "SELECT '\$1'"
    """
    inside = query.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
    return f'trials sql "{inside}"' if "!" not in query else f"trials sql {shlex.quote(query)}"


def literal(text: str | None) -> str:
    """Return a text as a literal of SQL."""
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


@cache
def _words(vocabulary: str) -> Mapping[str, str]:
    said: dict[str, str] = {}
    for wording, code in wordings(vocabulary):
        said.setdefault(code, wording)
    return said


def said(vocabulary: str, code: str) -> str:
    """Return the usual wording of a code; a code that has none is its own."""
    return _words(vocabulary).get(code, code)


def sorted_counts(counts: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Yield names with their counts, the largest first."""
    yield from sorted(counts.items(), key=lambda each: (-each[1], each[0]))
