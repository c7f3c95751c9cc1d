"""Plain tables, read from their rows as they were cut out of the markup: pairs, or rows under header cells.

Most cells of a page stand in such a table. Whatever is not as usual is left to `parsers/grids.py`, which takes the
table apart; both read the same from a table that both can read.
"""

import re
from collections.abc import Sequence

from parsers.elements import PLAIN_CELL, unescaped
from parsers.nesting import indented_lines
from parsers.nodes import SHORT, Node, lines
from parsers.outline import Outline, Table, TableRow, against
from parsers.tree import grow
from registry.labels import Layout
from registry.nct_id import NCT_ID
from registry.wording import label_key

_WRAPPED = re.compile(r"\s*(?:<(?:a|b|font|span|strong|em|i|small|p|div)(?: [^>]*)?>)+([^<]*)(?:</[a-z]+>\s*)+")
_LINK = re.compile(r'<a (?:[^>]* )?href="([^"]*)"')
_INDENTS = re.compile("<(?:ul|ol|menu|dir|pre)[ >]")
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
    if set(map(len, rows)) != {_PAIR}:
        return False
    pairs = [(cell_text(label), cell_text(value)) for label, value in rows]
    keys = [label_key(label) for label, _ in pairs]
    fields = page.fields_after(pairs[0][0])
    if not all(key in fields and len(label) <= SHORT for key, (label, _) in zip(keys, pairs, strict=True)):
        return False
    if any(len(value) <= SHORT and label_key(value) in fields for _, value in pairs):
        return False
    for key, (label, value), (_, markup) in zip(keys, pairs, rows, strict=True):
        if fields[key].indented and _INDENTS.search(markup):
            value = "\n".join(indented_lines([_cell(markup)]))
        page.add_pair(label, without_colon(value))
    return True


def without_colon(value: str) -> list[str]:
    """Return the lines of a value, without the colon that may stand before it."""
    if value.startswith((":", "：")):
        value = value[1:].lstrip(" ")
    return [line for line in value.split("\n") if line]


def _read_rows(rows: Sequence[Sequence[str]], page: Outline) -> bool:
    columns = len(rows[0]) if rows else 0
    if columns < _PAIR or len(set(map(len, rows))) > 1:
        return False
    header = _texts(rows[0])
    named = sum(label_key(name) in page.here.fields for name in header)
    if named < _PAIR or 2 * named < columns or any(len(name) > SHORT for name in header):
        return False
    found = [_row(row, page.base) for row in rows[1:]]
    if header in [row.cells for row in found]:
        return False
    page.here.blocks.append(Table(header, found))
    return True


def _texts(row: Sequence[str]) -> tuple[str, ...]:
    return tuple([cell_text(cell) if "<" in cell or "&" in cell else cell.strip(" ") for cell in row])


def _row(row: Sequence[str], base: str | None) -> TableRow:
    """Return a row with the first link of the cell that names a trial, or of the row."""
    texts = _texts(row)
    linked = [place for place, cell in enumerate(row) if "<a " in cell]
    links = [(texts[place], link) for place in linked if (link := _first_link(row[place]))]
    if not links:  # as most
        return TableRow(texts)
    named = (link for text, link in links if NCT_ID.search(text))
    return TableRow(texts, against(base, next(named, links[0][1])))


def _first_link(cell: str) -> str | None:
    return next(filter(None, map(unescaped, _LINK.findall(cell))), None)


def cell_text(markup: str) -> str:
    """Return the lines of a cell whose white space is folded, as `nodes.lines` gives them."""
    if "<" in markup:
        if "<" not in (broken := markup.replace("<br>", "\n")):
            return "\n".join(filter(None, map(cell_text, broken.split("\n"))))
        wrapped = _WRAPPED.fullmatch(markup)
        if wrapped is None:
            return "\n".join(lines([_cell(markup)]))
        markup = wrapped[1]
    text = unescaped(markup).strip(" ")
    return text if not text.isspace() else ""


def _cell(markup: str) -> Node:
    node = Node(PLAIN_CELL)
    grow(markup, node)
    return node
