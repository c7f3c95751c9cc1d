"""Tables, definition lists, and grids of other elements: pairs, or rows under header cells."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from parsers.nodes import Node, first_link, is_chrome, lines, units, unwrap
from parsers.outline import Outline, Table
from parsers.pairs import MAX_LABEL, is_other_label, value_lines
from registry.labels import Layout
from registry.wording import fold

_Cells: TypeAlias = list[Node]
_Read: TypeAlias = Callable[[Node], None]
_NESTED = frozenset({"table", "dl"})


def read_table(table: Node, page: Outline, read: _Read) -> None:
    """Add a table's caption and rows: pairs, headings, rows under their header cells, or a layout's contents."""
    rows = list(_rows(table, read))
    place = 0
    while place < len(rows):
        cells = rows[place]
        if any(cell.heading or _is_layout(cell) for cell in cells) and not page.is_label(cells[0].short):
            _read_layout(cells, page, read)
        elif _is_header(cells, page):
            page.here.blocks.append(Table(tuple(_text(cell) for cell in cells)))
        elif place + 1 < len(rows) and _are_labels_over_values(cells, rows[place + 1], page):
            for label, value in zip(cells, rows[place + 1], strict=True):
                page.add_pair(label.short or "", value_lines([value]))
            place += 1
        elif not _add_pairs(cells, rows, page):
            _add_other(cells, page, read)
        place += 1


def _rows(table: Node, read: _Read) -> Iterator[_Cells]:
    """Yield the cells of each row, spans filled in."""
    carried: dict[int, tuple[Node, int]] = {}  # column → (cell from above, rows it still covers)
    for row in _own(table, ("tr",), read):
        cells: _Cells = []
        for cell in _own(row, ("td", "th"), read):
            _carry(cells, carried)
            for _ in range(cell.colspan):
                if cell.rowspan > 1:
                    carried[len(cells)] = (cell, cell.rowspan - 1)
                cells.append(cell)
        _carry(cells, carried)
        if cells:
            yield cells


def _carry(cells: _Cells, carried: dict[int, tuple[Node, int]]) -> None:
    while (above := carried.pop(len(cells), None)) is not None:
        cell, left = above
        if left > 1:
            carried[len(cells)] = (cell, left - 1)
        cells.append(cell)


def _own(node: Node, tags: tuple[str, ...], read: _Read) -> Iterator[Node]:
    """Yield descendants of these tags that belong to this element; read what else stands in it (a caption, say)."""
    for child in units(node):
        if child.tag in tags:
            yield child
        elif child.tag not in _NESTED and any(_has(inside, tags) for inside in child.children):
            yield from _own(child, tags, read)
        else:
            alone = Node("div", node)
            alone.children = [child]
            read(alone)


def _has(node: Node, tags: tuple[str, ...]) -> bool:
    return node.tag in tags or (node.tag not in _NESTED and any(_has(child, tags) for child in node.children))


def _is_layout(cell: Node) -> bool:
    return cell.holds or any(child.tag in _NESTED or _is_layout(child) for child in cell.children)


def _read_layout(cells: _Cells, page: Outline, read: _Read) -> None:
    for cell in _distinct(cells):
        if cell.heading:
            page.open(cell.heading, cell.short or "")
        else:
            read(cell)


def _distinct(cells: _Cells) -> _Cells:
    return list({id(cell): cell for cell in cells}.values())


def _text(cell: Node) -> str:
    return "\n".join(lines([cell]))


def _is_header(cells: Sequence[Node], page: Outline) -> bool:
    """Whether at least two cells, or the only one, and no fewer than half are names of columns here."""
    if page.here.layout not in (Layout.TABLE, Layout.GROUPS) or any(cell.short is None for cell in cells):
        return False
    named = sum(fold(cell.short or "") in page.here.fields for cell in cells)
    return named >= min(2, len(cells)) and 2 * named >= len(cells)


def _are_labels_over_values(cells: _Cells, below: _Cells, page: Outline) -> bool:
    return (
        len(cells) == len(below) > 1
        and all(page.is_label(cell.short) for cell in cells)
        and not any(page.is_label(cell.short) for cell in below)
    )


def _add_pairs(cells: _Cells, rows: Sequence[_Cells], page: Outline) -> bool:
    """Add the pairs of a row: each known label with the cells up to the next; or an unknown label in its place."""
    cells = _distinct(cells)
    if len(cells) < 2:
        return False
    starts = [
        place
        for place, cell in enumerate(cells)
        if page.is_label(cell.short) and (place == 0 or is_other_label(cell, cells[place - 1], page))
    ]
    if not starts or starts[0] != 0:
        if not _is_unknown_pair(cells, rows, page):
            return False
        starts = [0, *(place for place in starts if place)]
    for start, end in zip(starts, [*starts[1:], len(cells)], strict=True):
        page.add_pair(cells[start].short or "", value_lines(cells[start + 1 : end]))
    return True


def _is_unknown_pair(cells: _Cells, rows: Sequence[_Cells], page: Outline) -> bool:
    first = cells[0].short
    return (
        page.here.layout is Layout.PAIRS
        and first is not None
        and 0 < len(first) <= MAX_LABEL
        and any(len(row) > 1 and page.is_label(row[0].short) for row in rows)
    )


def _add_other(cells: _Cells, page: Outline, read: _Read) -> None:
    layout = page.here.layout
    if (layout is Layout.TABLE and len(cells) > 1) or (layout is Layout.GROUPS and _header_here(page)):
        page.add_row(tuple(_text(cell) for cell in cells), first_link(cells))
    else:
        for cell in _distinct(cells):
            read(cell)


def read_definitions(definitions: Node, page: Outline, read: _Read) -> None:
    """Add a definition list: pairs where the section has labels, else what stands in it."""
    entries = list(_own(definitions, ("dt", "dd"), read))
    place = 0
    while place < len(entries):
        end = place + 1
        while end < len(entries) and entries[end].tag == "dd":
            end += 1
        term, values = entries[place], entries[place + 1 : end]
        pairs_here = page.here.layout is Layout.PAIRS or page.is_label(term.short)
        if term.tag == "dt" and term.short and pairs_here and not any(map(_is_layout, (term, *values))):
            page.add_pair(term.short, value_lines(values))
        else:
            _read_layout(entries[place:end], page, read)
        place = end


def take_grid(inside: Sequence[Node], place: int, page: Outline) -> int:
    """Add the header or row of a grid that begins at `place`; return how many nodes it took, 0 if none does."""
    unit = inside[place]
    if page.here.layout is not Layout.TABLE or unit.holds or unit.tag in (*_NESTED, "#text", "br") or is_chrome(unit):
        return 0
    cells = units(unwrap(unit))
    if len(cells) > 1 and _is_header(cells, page):
        page.here.blocks.append(Table(tuple(_text(cell) for cell in cells)))
        return 1
    header = _header_here(page)
    if len(cells) == len(header) and not all(len(units(unwrap(cell))) == len(header) for cell in cells):
        page.add_row(tuple(_text(cell) for cell in cells), first_link(cells))
        return 1
    return _take_flat(inside[place:], page)


def _header_here(page: Outline) -> tuple[str, ...]:
    last = page.here.blocks[-1] if page.here.blocks else None
    return last.header if isinstance(last, Table) else ()


def _take_flat(cells: Sequence[Node], page: Outline) -> int:
    """Add a grid whose cells all are siblings: names of columns first, then whole rows of as many cells."""
    columns = 0
    while columns < len(cells) and fold(cells[columns].short or "") in page.here.fields:
        columns += 1
    if columns < 2 or len(cells) % columns or any(cell.holds for cell in cells):
        return 0
    page.here.blocks.append(Table(tuple(_text(cell) for cell in cells[:columns])))
    for start in range(columns, len(cells), columns):
        row = cells[start : start + columns]
        page.add_row(tuple(_text(cell) for cell in row), first_link(list(row)))
    return len(cells)
