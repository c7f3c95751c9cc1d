"""Ids of trials as a user hands them over: in any spelling, as addresses, or as a list on standard input.

Standard input is a list, with any number of ids a line, or a table, of which one column counts: the one that its header
names, else the one that has an id in most rows while no other has many. What is left out is counted and said.
"""

import csv
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from io import StringIO
from itertools import dropwhile
from pathlib import Path
from typing import NamedTuple

from registry.charset import without_mark
from registry.errors import StoreError
from registry.labels import PageKind
from registry.nct_id import PLACEHOLDER, read_nct_id, split_ids
from trials.screen import say

_STDIN = "-"
_STANDARD_INPUT = "Standard input"
_SHOWN = 80  # characters of a spelling that is none
_SEPARATORS = "\t;,"  # of the columns of a table
_LIKE_AN_ID = re.compile(r"[\s\"'(]*(?:NCT[\s:#._-]*[0-9][0-9\s._-]*[)\"']*|https?:\S+)\Z", re.IGNORECASE)
_FEW = 0.2  # share of the ids of a table's column that another column may have: notes begin with an id here and there
_LARGEST_CELL = 2**24  # characters; csv takes 131,072, and a cell of one's notes may be longer
_ID_COLUMNS = frozenset(
    {"nct", "nctid", "nctno", "nctnr", "nctnumber", "nctnummer", "trialid", "ctgovid", "clinicaltrialsgovid"}
    | {"clinicaltrialsgovidentifier"}
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
    return _said(one for text in _joined(given) for one in (_of_list(_STDIN) if text == _STDIN else _of_argument(text)))


def read_lists(names: Iterable[str]) -> list[Given]:
    """Return each id of some files as given; `-` stands for standard input. StoreError if a file cannot be read."""
    return _said(one for name in names for one in _of_list(name))


def _said(ids: Iterable[Given]) -> list[Given]:
    """Return ids as given; what is no id is said."""
    found = list(ids)
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
    if digits and digits[1] == PLACEHOLDER[3:]:
        return ", but a placeholder that registries print"
    if spelling in list(PageKind):
        return f": kinds of page stand in one list, --kinds details,{spelling}"
    if _is_file(spelling):
        return f", but a file: trials fetch - < {spelling}"
    if spelling.strip().isdigit():
        return ": write NCT before the digits"
    if digits:
        return f": it has {_counted(len(digits[1]), 'digit')}, and an id has 8"
    return ": NCT and eight digits"


def _is_file(spelling: str) -> bool:
    with suppress(ValueError):  # a NUL
        return os.path.isfile(spelling)  # noqa: PTH113 - Path.is_file raises for a name that is too long
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


# --- lists ---------------------------------------------------------------------------------------------


def _of_list(name: str) -> list[Given]:
    """Return the ids of a file or of standard input: of a table, or of a list."""
    called = _STANDARD_INPUT if name == _STDIN else repr(name)
    try:
        text = _text(sys.stdin.buffer.read() if name == _STDIN else Path(name).read_bytes())
    except (OSError, ValueError) as error:  # ValueError: a NUL
        why = getattr(error, "strerror", None) or error
        if name != _STDIN:
            raise StoreError(f"The list of ids {called} cannot be read ({why}). Check its name.") from error
        say(f"{called} cannot be read ({why}).")
        return []
    lines = text.splitlines()
    pieces = [
        Given(piece, read_nct_id(piece), number) for number, line in enumerate(lines, 1) for piece in split_ids(line)
    ]
    if lines and not any(piece.nct_id for piece in pieces):
        say(f"{called} has {_counted(len(lines), 'line')} and no id of a trial in any.")
        return []
    if all(piece.nct_id for piece in pieces):
        return pieces
    table = _table(text)
    return _of_lines(pieces, lines) if table is None else _of_table(table, pieces, called)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _text(content: bytes) -> str:
    """Return the text; spreadsheets and shells write UTF-16, mostly with a mark."""
    rest, charset = without_mark(content)
    if charset is None and 3 * content[1::2].count(0) > len(content):  # most of every second byte: ids are ASCII
        charset = "utf-16-le"
    return rest.decode(charset or "utf-8", "replace")


def _of_lines(pieces: Sequence[Given], lines: Sequence[str]) -> list[Given]:
    """Return every piece but the name of the column, which stands on the first line that is not blank."""
    number = pieces[0].line or 0
    name = lines[number - 1]
    if not _is_name(name):
        return list(pieces)
    if not _names_ids(name):
        say(f"Line {number}: {name[:_SHOWN]!r} was taken for the name of the column.")
    return [piece for piece in pieces if piece.line != number]


def _is_name(first: str) -> bool:
    """Whether what stands first is the name of a column: an id, well or badly written, has digits."""
    return not any(map(str.isdigit, first))


def _names_ids(name: str) -> bool:
    return re.sub("[^a-z0-9]", "", name.casefold()) in _ID_COLUMNS


# --- tables -----------------------------------------------------------------------------------------------------


class _Row(NamedTuple):
    """The cells of one row, and the line it ends on."""

    cells: Sequence[str]
    line: int


class _Table(NamedTuple):
    """Rows of several cells, the column of ids from 0, how many of its cells are ids, and its name, "" without one."""

    rows: Sequence[_Row]
    column: int
    ids: int
    name: str


def _table(text: str) -> _Table | None:
    """Return the table that the text is, cut at the sign that gives its column the most ids; None if it is none."""
    cut = (_named_or_full(_rows(text, separator)) for separator in _SEPARATORS if separator in text)
    return max(filter(None, cut), key=lambda table: (table.name != "", table.ids), default=None)


def _rows(text: str, separator: str) -> list[_Row]:
    """Return the rows that are not blank; quotes that do not match are text."""
    csv.field_size_limit(_LARGEST_CELL)
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        reader = csv.reader(StringIO(text, newline=""), delimiter=separator, quoting=quoting, strict=True)
        with suppress(csv.Error):
            return [_Row([cell.strip() for cell in cells], reader.line_num) for cells in reader if any(cells)]
    return []


def _named_or_full(all_rows: Sequence[_Row]) -> _Table | None:
    """Return the table with the column that its first row names, else with the one that is full of ids."""
    rows = list(dropwhile(lambda row: sum(map(bool, row.cells)) < 2, all_rows))  # a title may stand above
    if len(rows) < 2 or 2 * sum(len(row.cells) > 1 for row in all_rows) <= len(all_rows):
        return None
    ids = Counter(column for row in rows for column, cell in enumerate(row.cells) if _is_of_ids(cell))
    names = [column for column, name in enumerate(rows[0].cells) if _names_ids(name) and ids[column]]
    if names:
        column = max(names, key=ids.__getitem__)
        return _Table(rows[1:], column, ids[column], rows[0].cells[column])
    (column, most), (_, other) = [*ids.most_common(2), (0, 0), (0, 0)][:2]
    if 2 * most < len(rows) - 1 or other > _FEW * most:
        return None
    first = rows[0].cells[column] if column < len(rows[0].cells) else ""
    return _Table(rows[1:], column, most, first) if first and _is_name(first) else _Table(rows, column, most, "")


def _is_of_ids(cell: str) -> bool:
    """Whether a cell holds ids or addresses of trials, and no text that mentions one."""
    pieces = split_ids(cell)
    return bool(pieces) and all(_LIKE_AN_ID.match(piece) and read_nct_id(piece) for piece in pieces)


def _of_table(table: _Table, pieces: Sequence[Given], where: str) -> list[Given]:
    """Return the ids of a table's column, and say which it is and what is left out."""
    found = [
        Given(piece, read_nct_id(piece), row.line)
        for row in table.rows
        for piece in split_ids(" ".join("".join(row.cells[table.column : table.column + 1]).splitlines()))
    ]
    ids = {one.nct_id for one in found if one.nct_id}
    left = len({piece.nct_id for piece in pieces if piece.nct_id} - ids)
    called = repr(table.name[:_SHOWN]) if table.name else f"number {table.column + 1}"
    rest = f"; {left:,} elsewhere in it left out" if left else ""
    where = "on standard input" if where == _STANDARD_INPUT else where
    say(f"Of the table {where} the column {called} was read: {_counted(len(ids), 'id')}{rest}.")
    return found
