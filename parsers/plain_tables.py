"""Plain tables, read from their rows as they were cut out of the markup: pairs, or rows under header cells.

Most cells of a page stand in such a table. Whatever is not as usual is left to `parsers/grids.py`, which takes the table
apart; both read the same from a table that both can read.
"""

import re
from collections.abc import Sequence

from parsers.nodes import PLAIN_CELL, SHORT, Node, lines
from parsers.outline import Outline, Table, TableRow, against, one_line
from parsers.plain import unescaped
from parsers.tree import grow
from registry.labels import Layout
from registry.nct_id import NCT_ID
from registry.wording import label_key

_WRAPPED = re.compile(r"\s*(?:<(?:a|b|font|span|strong|em|i|small|p|div)(?: [^>]*)?>)+([^<]*)(?:</[a-z]+>\s*)+")
_LINK = re.compile(r'<a (?:[^>]* )?href="([^"]*)"')
_PAIR = 2  # cells


def read_plain_table(rows: Sequence[Sequence[str]], page: Outline) -> bool:
    """Add the pairs or rows of a plain table to the outline; False, and nothing added, if it is none of the usual."""
    layout = page.here.layout
    if layout is Layout.PAIRS:
        return _read_pairs(rows, page)
    if layout in (Layout.TABLE, Layout.GROUPS):
        return _read_rows(rows, page)
    return False


def _read_pairs(rows: Sequence[Sequence[str]], page: Outline) -> bool:
    if not all(len(row) == _PAIR for row in rows):
        return False
    pairs = [(cell_text(label), cell_text(value)) for label, value in rows]
    keys = [label_key(label) for label, _ in pairs]
    fields = page.fields_after(pairs[0][0]) if pairs else {}
    if not all(key in fields and len(label) <= SHORT for key, (label, _) in zip(keys, pairs, strict=True)):
        return False
    if any(len(value) <= SHORT and label_key(value) in fields for _, value in pairs):
        return False
    for label, value in pairs:
        page.add_pair(label, without_colon(value))
    return True


def without_colon(value: str) -> list[str]:
    """Return the lines of a value, without the colon that may stand before it."""
    if value.startswith((":", "：")):
        value = value[1:].lstrip(" ")
    return [line for line in value.split("\n") if line]


def _read_rows(rows: Sequence[Sequence[str]], page: Outline) -> bool:
    columns = len(rows[0]) if rows else 0
    if columns < _PAIR or not all(len(row) == columns for row in rows) or rows[0] in rows[1:]:
        return False
    header = tuple(map(cell_text, rows[0]))
    named = sum(label_key(name) in page.here.fields for name in header)
    if named < _PAIR or 2 * named < columns or any(len(name) > SHORT for name in header):
        return False
    found = [_row(row, page.base) for row in rows[1:]]
    if any(row.cells == header for row in found):
        return False
    page.here.blocks.append(Table(header, found))
    return True


def _row(row: Sequence[str], base: str | None) -> TableRow:
    cells = tuple([cell_text(cell) if "<" in cell or "&" in cell else one_line(cell) for cell in row])
    if not any("<a " in cell for cell in row):
        return TableRow(cells)
    links = [
        (NCT_ID.search(text) is not None, link) for text, cell in zip(cells, row, strict=True) if (link := _link(cell))
    ]
    named = [link for is_named, link in links if is_named] or [link for _, link in links]
    return TableRow(cells, against(base, named[0] if named else None))


def _link(markup: str) -> str | None:
    """Return the target of the first link of a cell, or None."""
    match = _LINK.search(markup)
    return unescaped(match[1]) or None if match else None


def cell_text(markup: str) -> str:
    """Return the lines of a cell, as `nodes.lines` gives them."""
    if "<" in markup:
        wrapped = _WRAPPED.fullmatch(markup)
        if wrapped is None:
            return "\n".join(lines([_cell(markup)]))
        markup = wrapped[1]
    text = one_line(unescaped(markup))
    return text if text.strip() else ""


def _cell(markup: str) -> Node:
    node = Node(PLAIN_CELL, None)
    grow(markup, node)
    return node
