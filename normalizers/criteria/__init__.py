"""Eligibility text → criteria: inclusion, exclusion or unplaced, with nesting by numbers, bullets and indents.

A line begins a criterion. Inside a line a list is split only where its numbering is consecutive, or at bullets. Text is
cut, never changed: headings, markers and texts in their order give back the eligibility text but for white space.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from normalizers.criteria.confidence import LINE, confidence_inside
from normalizers.criteria.headings import side_headings
from normalizers.criteria.lists import placed
from normalizers.criteria.marks import marks_in

__all__ = ["Criterion", "Heading", "cut_criteria", "split_criteria"]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion; `parent` is the place of the one it is part of, counted from 1, None at the top level.

    `confidence` is how sure it is to be one line of the registry, 0 to 1.
    """

    parent: int | None
    criterion_type: str
    marker: str | None
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that turns the side, as it stands in the text."""

    criterion_type: str
    text: str


class _Part(NamedTuple):
    """What stands behind a heading, by offsets, and the heading; blank before the first."""

    start: int
    end: int
    side: str
    heading: str


def split_criteria(text: str) -> list[Criterion]:
    """Return the criteria in the order of the text.

    >>> split = split_criteria("Inclusion Criteria: 1. Adult; 2. Ill: (1) a; (2) b; (3) c.")
    >>> [(each.parent, each.marker, each.text) for each in split]
    [(None, '1.', 'Adult;'), (None, '2.', 'Ill:'), (2, '(1)', 'a;'), (2, '(2)', 'b;'), (2, '(3)', 'c.')]
    """
    return [piece for piece in cut_criteria(text) if isinstance(piece, Criterion)]


def cut_criteria(text: str) -> list[Heading | Criterion]:
    """Return headings and criteria in the order of the text; joined they give it back but for white space.

    >>> [piece.text for piece in cut_criteria("Inclusion Criteria: 1. Adult; 2. Ill")]
    ['Inclusion Criteria:', 'Adult;', 'Ill']
    """
    text = f"\n{text}"
    parts = list(_parts(text))
    lines_kept = any("\n" in text[part.start : part.end].strip() for part in parts)
    pieces: list[Heading | Criterion] = []
    headings = 0
    for part in parts:
        if part.heading:
            pieces.append(Heading(part.side, part.heading))
            headings += 1
        pieces += _criteria(text, part, len(pieces) - headings, lines_kept=lines_kept)
    return pieces


def _parts(text: str) -> Iterator[_Part]:
    start, side, heading = 1, "unplaced", ""
    for found in side_headings(text):
        yield _Part(start, found.start, side, heading)
        start, side, heading = found.end, found.side, text[found.start : found.end].strip()
    yield _Part(start, len(text), side, heading)


def _criteria(text: str, part: _Part, before: int, *, lines_kept: bool) -> Iterator[Criterion]:
    """Yield the criteria of a part; so many stand before it."""
    if not text[part.start : part.end].strip():
        return
    found = placed(marks_in(text, part.start, part.end, lines_kept=lines_kept), text)
    ends = [*(each.mark.at for each in found[1:]), part.end]
    for (mark, parent), end in zip(found, ends, strict=True):
        said = text[mark.text_at : end].strip()
        marker = text[mark.at : mark.text_at].strip() or None
        place = None if parent is None else parent + before
        last = end == part.end
        own_line = lines_kept and mark.indent is not None
        sure = LINE if own_line else confidence_inside(mark, said, alone=len(found) == 1, last=last)
        yield Criterion(place, part.side, marker, said, sure)
