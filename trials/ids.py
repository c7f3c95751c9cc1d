"""Ids of trials as a user hands them over: in any spelling, as addresses, or as a list on standard input."""

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from registry.labels import PageKind
from registry.nct_id import PLACEHOLDER, read_nct_id, split_ids
from trials.screen import say

_STDIN = "-"
_SHOWN = 80  # characters of a spelling that is none
_SEPARATORS = "\t;,"  # of the columns of a table


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
    """Return each id as given; `-` stands for standard input. What is no id is said.

    Of a table on standard input the one column counts that holds the most ids.
    """
    found = [one for text in given for one in (_of_list() if text == _STDIN else _of_argument(text))]
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
    if spelling.strip().upper() == PLACEHOLDER:
        return ", but a placeholder that registries print"
    if spelling in list(PageKind):
        return f": kinds of page stand in one list, --kinds details,{spelling}"
    if Path(spelling[:_SHOWN]).is_file():
        return f", but a file: trials fetch - < {spelling}"
    if spelling.strip().isdigit():
        return ": write NCT before the digits"
    return ": NCT and eight digits"


def _of_argument(text: str) -> list[Given]:
    return [Given(piece, read_nct_id(piece)) for piece in split_ids(text) or [text]]


def _of_list() -> list[Given]:
    """Return the ids of standard input: of a list with any number of ids a line, or of a table."""
    lines = sys.stdin.buffer.read().decode("utf-8-sig", "replace").splitlines()
    pieces = [(number, split_ids(line)) for number, line in enumerate(lines, start=1)]
    if any({True, False} == {read_nct_id(piece) is not None for piece in found} for _, found in pieces):
        return list(_of_table(lines))  # ids stand beside something else
    if len(pieces) > 1 and not any(character.isdigit() for character in lines[0]):
        pieces = pieces[1:]  # the name of the column
    return [Given(piece, read_nct_id(piece), number) for number, found in pieces for piece in found]


def _of_table(lines: Sequence[str]) -> Iterator[Given]:
    separator = max(_SEPARATORS, key="\n".join(lines).count)
    rows = list(csv.reader(lines, delimiter=separator))
    columns = list(zip_longest(*rows, fillvalue=""))
    ids = max(columns, key=lambda column: sum(map(bool, map(read_nct_id, column))), default=())
    for number, cell in enumerate(ids, start=1):
        nct_id = read_nct_id(cell)
        if cell.strip() and (nct_id or number > 1):  # the first line may be the header
            yield Given(cell, nct_id, number)
