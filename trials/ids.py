"""Ids of trials as a user hands them over: in any spelling, as addresses, or as a list on standard input."""

import sys
from collections.abc import Iterable, Iterator

from registry.nct_id import read_nct_id, split_ids
from trials.screen import say

_STDIN = "-"
_SHOWN = 80  # characters of a spelling that is none


def read_ids(given: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """Yield each spelling with its id, None where it is none, which is said; `-` stands for standard input."""
    for spelling in _spellings(given):
        nct_id = read_nct_id(spelling)
        if nct_id is None:
            say(f"{spelling[:_SHOWN]!r} is no id of a trial: NCT and eight digits. It was left out.")
        yield spelling, nct_id


def _spellings(given: Iterable[str]) -> Iterator[str]:
    for text in given:
        if text == _STDIN:
            for line in sys.stdin.buffer:
                yield from _of_line(line.decode("utf-8-sig", "replace"))
        else:
            yield from split_ids(text) or [text]


def _of_line(line: str) -> list[str]:
    """Return the spellings in a line of a list; of a table, where one column holds the id, that one."""
    pieces = split_ids(line)
    with_ids = [piece for piece in pieces if read_nct_id(piece)]
    return with_ids if len(with_ids) == 1 else pieces
