"""Ids of trials as a user hands them over: in any spelling, as addresses, or as a list on standard input.

A list holds any number of ids a line. Where its first line names columns and one is that of the ids, or where ids stand
beside something else, it is a table, of which one column counts: the named one, else the one with the most ids.
"""

import codecs
import csv
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from io import StringIO
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from registry.labels import PageKind
from registry.nct_id import PLACEHOLDER, read_nct_id, split_ids
from trials.screen import say

_STDIN = "-"
_SHOWN = 80  # characters of a spelling that is none
_SEPARATORS = "\t;,"  # of the columns of a table
_LARGEST_CELL = 2**24  # characters; csv takes 131,072, and a cell of one's notes may be longer
_ID_COLUMNS = frozenset(
    {"nct", "nctid", "nctno", "nctnumber", "trialid", "clinicaltrialsgovid", "clinicaltrialsgovidentifier", "ctgovid"}
)
"""Names of the column of ids, letters only: those of AACT, ClinicalTrials.gov's downloads, and people's own tables."""


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
    found = [one for text in _joined(given) for one in (_of_list() if text == _STDIN else _of_argument(text))]
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
    if Path(spelling[:_SHOWN]).is_file():
        return f", but a file: trials fetch - < {spelling}"
    if spelling.strip().isdigit():
        return ": write NCT before the digits"
    if digits:
        return f": it has {len(digits[1])} digits, and an id has 8"
    return ": NCT and eight digits"


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


def _of_list() -> list[Given]:
    """Return the ids of standard input: of a list, or of a table."""
    text = _text(sys.stdin.buffer.read())
    lines = text.splitlines()
    pieces = [(number, split_ids(line)) for number, line in enumerate(lines, start=1)]
    kinds = [{read_nct_id(piece) is not None for piece in found} for _, found in pieces]  # of piece: id, or none
    if lines and not any(True in kind for kind in kinds):
        say(f"Standard input has {len(lines):,} line{'s' * (len(lines) > 1)} and no id of a trial in any.")
        return []
    if any(len(kind) > 1 for kind in kinds) or _is_named(lines):
        return list(_of_table(text))
    if len(pieces) > 1 and not any(character.isdigit() for character in lines[0]):
        pieces = pieces[1:]  # the name of the column
    return [Given(piece, read_nct_id(piece), number) for number, found in pieces for piece in found]


def _text(content: bytes) -> str:
    """Return the text of a list; spreadsheets write UTF-16 where they call it Unicode, with a mark."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "replace")


def _is_named(lines: Sequence[str]) -> bool:
    """Whether the first line names several columns, one of them that of the ids."""
    names = re.split(f"[{_SEPARATORS}]", lines[0]) if lines else []
    return len(names) > 1 and any(map(_names_ids, names))


def _names_ids(name: str) -> bool:
    return re.sub("[^a-z]", "", name.casefold()) in _ID_COLUMNS


def _of_table(text: str) -> Iterator[Given]:
    """Yield the cells of the column of ids, and say which one that is."""
    numbers, rows = zip(*_rows(text), strict=True)
    columns = list(zip_longest(*rows, fillvalue=""))
    counts = [sum(map(bool, map(read_nct_id, column))) for column in columns]
    chosen = max(range(len(columns)), key=lambda place: (_names_ids(columns[place][0]) * counts[place], counts[place]))
    name = columns[chosen][0]
    called = f"number {chosen + 1}" if read_nct_id(name) or not name.strip() else repr(name[:_SHOWN])
    say(f"Of the table on standard input the column {called} was read: {counts[chosen]:,} ids.")
    for place, (number, cell) in enumerate(zip(numbers, columns[chosen], strict=True)):
        nct_id = read_nct_id(cell)
        if cell.strip() and (nct_id or place):  # the first line may be the header
            yield Given(cell, nct_id, number)


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Return the number of each row's last line, and its cells; quotes that do not match are text."""
    csv.field_size_limit(_LARGEST_CELL)
    separator = max(_SEPARATORS, key=text.count)
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        reader = csv.reader(StringIO(text, newline=""), delimiter=separator, quoting=quoting, strict=True)
        with suppress(csv.Error):
            return [(reader.line_num, row) for row in reader if row]
    return [(number, [line]) for number, line in enumerate(text.splitlines(), start=1)]
