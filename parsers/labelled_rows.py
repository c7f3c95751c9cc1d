"""Rows of a table whose cells say by themselves what they are: each with its column's name, or more of one value."""

from collections.abc import Sequence

from parsers.nesting import value_lines
from parsers.nodes import Node, lines, unwrap
from parsers.outline import Outline, Pair
from parsers.pairs import add_pair
from registry.labels import Layout
from registry.wording import NOTES, label_key

_PAIR = 2  # cells


def take_labelled_row(rows: Sequence[Sequence[Node]], place: int, page: Outline) -> bool:
    """Add the pairs of such a row; False, and nothing added, if it is none."""
    cells = rows[place]
    if place and _goes_on(cells, rows[place - 1], page):
        return True
    named = _named_in_cells(cells, page)
    for name, *value in named:
        add_pair(page, name, value)
    return bool(named)


def _named_in_cells(cells: Sequence[Node], page: Outline) -> list[list[Node]]:
    """Return what stands in each cell where all begin with the name of a column, as for small screens; else nothing.

    Names behind which the same stands everywhere, or mostly not even an empty element, are those of a header.
    """
    if page.here.layout is not Layout.TABLE or len(cells) < _PAIR:
        return []
    if any(cell.tag == "th" or cell.is_leaf for cell in cells):
        return []
    inside = [unwrap(cell).children for cell in cells]
    fields = page.here.fields
    if any(not nodes or label_key(nodes[0].short or "") not in fields for nodes in inside):
        return []
    values = [value for nodes in inside if (value := "\n".join(lines(nodes[1:])).strip(NOTES))]
    has_room = bool(values) and all(len(nodes) >= _PAIR for nodes in inside)
    are_alike = len(values) > 1 and len(set(values)) == 1
    return inside if (has_room or 2 * len(values) >= len(cells)) and not are_alike else []


def _goes_on(cells: Sequence[Node], above: Sequence[Node], page: Outline) -> bool:
    """Add a row to the value above if one label stands beside both."""
    if not len(cells) == len(above) >= _PAIR or cells[0] is not above[0]:
        return False
    if any(page.is_label(cell.short) for cell in (*cells[1:], *above[1:])):
        return False
    last = page.here.blocks[-1] if page.here.blocks else None
    if not isinstance(last, Pair) or last.label != cells[0].short:
        return False
    known = page.here.fields.get(label_key(last.label))
    last.lines += value_lines(cells[1:], indented=bool(known and known.indented))
    return True
