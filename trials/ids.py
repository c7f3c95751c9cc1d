"""Ids of trials as a user hands them over: in any spelling, as addresses, or as a list on standard input.

Standard input is a table if its first line names a column of ids, or if what looks like ids stands in one column only,
with something else beside it; of a table that column counts. All else is a list with any number of ids a line, of which
every piece counts.
"""

import codecs
import csv
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from io import StringIO
from typing import NamedTuple

from registry.labels import PageKind
from registry.nct_id import PLACEHOLDER, read_nct_id, split_ids
from trials.screen import say

_STDIN = "-"
_SHOWN = 80  # characters of a spelling that is none
_SEPARATORS = "\t;,"  # of the columns of a table
_LIKE_AN_ID = re.compile(r"[\s\"'(]*(?:NCT[\s:#._-]*[0-9]|https?:)", re.IGNORECASE)  # and no text that mentions one
_LARGEST_CELL = 2**24  # characters; csv takes 131,072, and a cell of one's notes may be longer
_ID_COLUMNS = frozenset(
    {"nct", "nctid", "nctno", "nctnumber", "trialid", "clinicaltrialsgovid", "clinicaltrialsgovidentifier", "ctgovid"}
)
"""Names of the column of ids, letters and digits only: those of AACT, of ClinicalTrials.gov, of people's own tables."""


class Given(NamedTuple):
    """One id as given: its spelling, the id, None where it is none, and the line of the list it stands in."""

    spelling: str
    nct_id: str | None
    line: int | None = None

    def __str__(self) -> str:
        """Return the id, and its spelling where that is not plainly the same."""
        plain = self.nct_id is not None and self.nct_id in self.spelling.upper()
        return str(self.nct_id) if plain else f"{self.nct_id} (given as {self.spelling[:_SHOWN]!r})"


def read_ids(given: Iterable[str]) -> list[Given]:
    """Return each id as given; `-` stands for standard input. What is no id is said."""
    found = [one for text in _joined(given) for one in (_of_stdin() if text == _STDIN else _of_argument(text))]
    for one in found:
        if one.nct_id is None:
            where = f"Line {one.line}: " if one.line else ""
            say(f"{where}{one.spelling[:_SHOWN]!r} is no id of a trial{_hint(one.spelling)}. It was left out.")
    return found


def distinct(given: Iterable[Given]) -> list[Given]:
    """Return those that are ids, each id once, as it was given first."""
    first: dict[str, Given] = {}
    for one in given:
        if one.nct_id is not None:
            first.setdefault(one.nct_id, one)
    return list(first.values())


def _hint(spelling: str) -> str:
    digits = re.fullmatch(r"\s*NCT[\s:#._-]*([0-9]+)\s*", spelling, re.IGNORECASE)
    if spelling.strip().upper() == PLACEHOLDER:
        return ", but a placeholder that registries print"
    if spelling in list(PageKind):
        return f": kinds of page stand in one list, --kinds details,{spelling}"
    if _is_file(spelling):
        return f", but a file: trials fetch - < {spelling}"
    if spelling.strip().isdigit():
        return ": write NCT before the digits"
    if digits:
        return f": it has {len(digits[1])} digits, and an id has 8"
    return ": NCT and eight digits"


def _is_file(spelling: str) -> bool:
    with suppress(ValueError):  # a NUL
        return os.path.isfile(spelling[:_SHOWN])  # noqa: PTH113 - Path.is_file raises for a name that is too long
    return False


# --- arguments --------------------------------------------------------------------------------------------------


def _joined(arguments: Iterable[str]) -> Iterator[str]:
    """Yield the arguments; an id with a space that was not quoted comes as two, `NCT` and the rest."""
    before = ""
    for text in arguments:
        if before and text == _STDIN:
            yield before
            before = ""
        if text.upper() == "NCT":
            before = text
            continue
        yield f"{before} {text}".strip()
        before = ""
    if before:
        yield before


def _of_argument(text: str) -> list[Given]:
    return [Given(piece, read_nct_id(piece)) for piece in split_ids(text) or [text]]


# --- standard input ---------------------------------------------------------------------------------------------


class _Cell(NamedTuple):
    """One cell of a table: its column from 0, its text, and the line it ends on."""

    column: int
    text: str
    line: int


def _of_stdin() -> list[Given]:
    """Return the ids of standard input: of a table, or of a list."""
    text = _text(sys.stdin.buffer.read())
    lines = text.splitlines()
    pieces = [
        Given(piece, read_nct_id(piece), number) for number, line in enumerate(lines, 1) for piece in split_ids(line)
    ]
    if lines and not any(piece.nct_id for piece in pieces):
        say(f"Standard input has {len(lines):,} line{'s' * (len(lines) > 1)} and no id of a trial in any.")
        return []
    if len(lines) > 1 and not all(piece.nct_id for piece in pieces):
        cells = _cells(text)
        column = _column_of_ids(cells)
        return _of_list(pieces, lines[0]) if column is None else _of_column(column, cells, pieces)
    return pieces


def _text(content: bytes) -> str:
    """Return the text; spreadsheets write UTF-16 where they call it Unicode, with a mark."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "replace")


def _is_name(first: str) -> bool:
    """Whether what stands first is the name of a column: an id, well or badly written, has digits."""
    return not any(map(str.isdigit, first))


def _of_list(pieces: Sequence[Given], first_line: str) -> list[Given]:
    """Return every piece but the name of the column."""
    if not _is_name(first_line):
        return list(pieces)
    if first_line.strip() and not _names_ids(first_line):
        say(f"Line 1: {first_line[:_SHOWN]!r} was taken for the name of the column.")
    return [piece for piece in pieces if piece.line != 1]


# --- tables -----------------------------------------------------------------------------------------------------


def _cells(text: str) -> list[_Cell]:
    """Return the cells, cut at the sign that gives a column the most ids."""
    tables = [_cut(text, separator) for separator in _SEPARATORS if separator in text]
    return max(tables, key=_most_ids, default=[])


def _cut(text: str, separator: str) -> list[_Cell]:
    """Return the cells of a table; quotes that do not match are text."""
    csv.field_size_limit(_LARGEST_CELL)
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        reader = csv.reader(StringIO(text, newline=""), delimiter=separator, quoting=quoting, strict=True)
        with suppress(csv.Error):
            return [_Cell(column, cell, reader.line_num) for row in reader for column, cell in enumerate(row)]
    return []


def _most_ids(cells: Sequence[_Cell]) -> tuple[bool, int]:
    """Return whether the first line names a column of ids, and the ids of the column that has the most."""
    counts = Counter(cell.column for cell in cells if _LIKE_AN_ID.match(cell.text) and read_nct_id(cell.text))
    return _named(cells) is not None, max(counts.values(), default=0)


def _column_of_ids(cells: Sequence[_Cell]) -> int | None:
    """Return the one column of ids, None if there is no such column: then it is no table."""
    if (named := _named(cells)) is not None:
        return named
    columns = {cell.column for cell in cells if _LIKE_AN_ID.match(cell.text)}
    has_others = any(cell.text.strip() and cell.column not in columns for cell in cells)
    return columns.pop() if len(columns) == 1 and has_others else None


def _named(cells: Sequence[_Cell]) -> int | None:
    """Return the column that the first line names as that of the ids."""
    return next((cell.column for cell in cells if cell.line == 1 and _names_ids(cell.text)), None)


def _names_ids(name: str) -> bool:
    return re.sub("[^a-z0-9]", "", name.casefold()) in _ID_COLUMNS


def _of_column(column: int, cells: Sequence[_Cell], pieces: Sequence[Given]) -> list[Given]:
    """Return the cells of one column but for its name, and say which it is and what is left out."""
    found = [
        Given(cell.text, read_nct_id(cell.text), cell.line)
        for cell in cells
        if cell.column == column and cell.text.strip()
    ]
    name = found.pop(0).spelling if _is_name(found[0].spelling) else None
    ids = {one.nct_id for one in found if one.nct_id}
    left = len({piece.nct_id for piece in pieces if piece.nct_id} - ids)
    called = f"number {column + 1}" if name is None else repr(name[:_SHOWN])
    rest = f"; {left:,} that stand elsewhere in it were left out" if left else ""
    say(f"Of the table on standard input the column {called} was read: {len(ids):,} id{'s' * (len(ids) != 1)}{rest}.")
    return found
