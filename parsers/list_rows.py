"""Rows as lists in lists: an entry with a column and its value is of all rows in the lists below it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from parsers.elements import LISTS
from parsers.nesting import value_lines
from parsers.nodes import Node, first_link, lines
from parsers.outline import Outline, Table
from registry.labels import SPONSORS
from registry.wording import label_key


@dataclass(frozen=True, slots=True)
class _Entry:
    """A column with its value, and the entries of the lists inside."""

    label: str
    value: str
    link: str | None
    inside: "list[_Entry]" = field(default_factory=list)


def take_nested(unit: Node, page: Outline) -> bool:
    """Add the rows of a list that has lists inside its entries; False, and nothing added, if it is none."""
    if unit.tag not in LISTS or unit.holds or page.here.name == SPONSORS or not _has_inner(unit):
        return False
    entries = _entries(unit, page)
    if not _are_rows(entries):
        return False
    for row in _rows(entries, ()):
        header = tuple(entry.label for entry in row)
        last = page.here.blocks[-1] if page.here.blocks else None
        if not isinstance(last, Table) or last.header != header:
            page.here.blocks.append(Table(header))
        page.add_row(tuple(entry.value for entry in row), next((e.link for e in row if e.link), None))
    return True


def _has_inner(unit: Node) -> bool:
    """Whether an entry has text, and a list behind it."""
    entries = (entry for entry in unit.children if entry.tag == "li" and not entry.is_leaf)
    return any(entry.children[0].tag not in LISTS and entry.children[-1].tag in LISTS for entry in entries)


def _entries(unit: Node, page: Outline) -> list[_Entry]:
    return [_entry(child, page) for child in unit.children if child.short != ""]


def _entry(unit: Node, page: Outline) -> _Entry:
    """Return an entry; its label is blank where it begins with no name of a column here."""
    own = [node for node in unit.children if node.tag not in LISTS]
    label, value = _label_and_value(own, page) if unit.tag == "li" and own else ("", "")
    below = [node for node in unit.children if node.tag in LISTS] if label else []  # without one it is no part of a row
    return _Entry(label, value, first_link(own), [entry for node in below for entry in _entries(node, page)])


def _label_and_value(nodes: Sequence[Node], page: Outline) -> tuple[str, str]:
    """Return what the first element holds and what stands behind it, or what stands before and behind a colon."""
    fields = page.here.fields
    if label_key(nodes[0].short or "") in fields:
        return nodes[0].short or "", "\n".join(value_lines(nodes[1:]))
    first, *others = lines(nodes) or [""]
    label, _, value = first.partition(":")
    return (label, "\n".join(filter(None, [value.strip(), *others]))) if label_key(label) in fields else ("", "")


def _are_rows(entries: Sequence[_Entry]) -> bool:
    """Whether entries are all of one column, and what is inside each is the rest of its row, or rows."""
    if len({label_key(entry.label) for entry in entries}) != 1 or not entries[0].label:
        return False
    return all(_is_rest(entry.inside) or _are_rows(entry.inside) for entry in entries)


def _is_rest(entries: Sequence[_Entry]) -> bool:
    """Whether entries are cells of one row: each of another column, nothing inside."""
    labels = {label_key(entry.label) for entry in entries}
    return "" not in labels and len(labels) == len(entries) and not any(entry.inside for entry in entries)


def _rows(entries: Sequence[_Entry], above: tuple[_Entry, ...]) -> Iterator[tuple[_Entry, ...]]:
    """Yield the cells of each row, those that it shares first."""
    for entry in entries:
        if _is_rest(entry.inside):
            yield (*above, entry, *entry.inside)
        else:
            yield from _rows(entry.inside, (*above, entry))
