"""Eligibility criteria as the mirror prints them, and as items."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trials.practice.mirror import flattened, squeezed
from trials.practice.prose import Criterion

_HEADINGS = {"inclusion": "Inclusion Criteria:", "exclusion": "Exclusion Criteria:"}


@dataclass(frozen=True, slots=True)
class Item:
    """One criterion: its side, its number or bullet as printed, its text, and the ordinal of the one it is part of."""

    side: str
    marker: str
    text: str
    parent: int | None


@dataclass(frozen=True, slots=True)
class Criteria:
    """The whole text, and its items in order."""

    text: str
    items: tuple[Item, ...]


def printed_criteria(criteria: Sequence[Criterion], *, numbered: bool, newer: bool) -> Criteria:
    """Return the criteria with their headings: numbered or with bullets, a newer record's in one paragraph."""
    items = tuple(_items(criteria, numbered=numbered))
    lines = []
    for number, item in enumerate(items):
        if number == 0 or items[number - 1].side != item.side:
            lines.append(_HEADINGS[item.side])
        lines.append(f"{item.marker} {item.text}")
    return Criteria(flattened(lines) if newer else "\n".join(lines), items)


def _items(criteria: Sequence[Criterion], *, numbered: bool) -> Iterator[Item]:
    """Yield the items; their parts have bullets in a numbered list."""
    number, parent, side = 0, None, ""
    for ordinal, criterion in enumerate(criteria, start=1):
        if criterion.side != side:
            number, side = 0, criterion.side
        if criterion.depth == 0:
            number += 1
            parent = ordinal
        marker = f"{number}." if numbered and criterion.depth == 0 else "-"
        yield Item(criterion.side, marker, squeezed(criterion.text), None if criterion.depth == 0 else parent)
