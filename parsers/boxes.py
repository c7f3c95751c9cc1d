"""Rows under header cells that no table holds: boxes in rows, or one after the other."""

from collections.abc import Sequence

from parsers.grids import NESTED, columns_said, header_here, is_header, named_in, row_link, texts_of_cells
from parsers.nodes import Node, first_link, is_frame, is_menu, unwrap
from parsers.outline import Outline, Table
from registry.labels import Layout
from registry.wording import label_key


def take_grid(inside: Sequence[Node], place: int, page: Outline) -> int:
    """Add the header or row of a grid that begins at `place`; return how many nodes it took, 0 if none does."""
    unit = inside[place]
    if page.here.layout is not Layout.TABLE or unit.holds or unit.tag in (*NESTED, "#text", "br"):
        return 0
    if unit.element.may_be_frame and (is_menu(unit) or is_frame(unit)):
        return 0
    cells = [] if unit.is_leaf else unwrap(unit).children
    header = _header_of_grid(page)
    if not header and len(cells) > 1 and (header := columns_said(cells, page)):
        _open_grid(header, page)
    if len(cells) > 1 and len(header) in (0, len(cells)):
        texts = texts_of_cells(cells) if header else ()
        if header in ((), texts) and _is_grid_header(cells, page):
            _open_grid(texts or texts_of_cells(cells), page)
            return 1
        are_inside = all(_parts(cell) == len(header) for cell in cells) or _repeat(header, cells)
        if header and not are_inside and not _names_column(cells[0], page):  # nor is it a column with its value
            page.add_row(texts, row_link(cells) or first_link((unit,)))
            return 1
    return _take_flat(inside, place, page) if label_key(unit.short or "") in page.here.fields else 0


def _open_grid(header: tuple[str, ...], page: Outline) -> None:
    page.here.grid = Table(header)
    page.here.blocks.append(page.here.grid)


def _header_of_grid(page: Outline) -> tuple[str, ...]:
    """Return the names of the columns of the grid that was added last; boxes behind a table are no rows of it."""
    last = page.here.blocks[-1] if page.here.blocks else None
    return header_here(page) if last is page.here.grid else ()


def _repeat(header: Sequence[str], cells: Sequence[Node]) -> bool:
    """Whether each cell begins with the name of its column: a card with pairs, for screens too small for a table."""
    firsts = (label_key(_first_in(cell).short or "") for cell in cells)
    return all(first == label_key(name) for first, name in zip(firsts, header, strict=False))


def _first_in(cell: Node) -> Node:
    inside = () if cell.is_leaf else unwrap(cell).children
    return inside[0] if inside else cell


def _parts(cell: Node) -> int:
    return 1 if cell.is_leaf else len(unwrap(cell).children)


def _is_grid_header(cells: Sequence[Node], page: Outline) -> bool:
    """As for a table, but more than half: the cells may be those of a whole grid without rows.

    Where all others begin with names of columns, each cell is a column with its value, most of them blank.
    """
    named = named_in(cells, page)
    if not is_header(cells, page) or 2 * named <= len(cells):
        return False
    return named == len(cells) or not all(_begins_with_name(cell, page) for cell in cells)


def _take_flat(inside: Sequence[Node], place: int, page: Outline) -> int:
    """Add a grid whose cells all are siblings, up to the next heading: names of columns first, then whole rows."""
    columns = 0
    while place + columns < len(inside) and _names_column(inside[place + columns], page):
        columns += 1
    if columns < 2 or page.here.is_no_grid:
        return 0
    around = (*inside[max(0, place - 1) : place], *inside[place + columns : place + columns + 1])
    end = next((later for later in range(place, len(inside)) if inside[later].holds), len(inside))
    if (end - place) % columns or any(_is_pair_like(node, inside[place], page) for node in around):
        page.here.is_no_grid = True  # nor will it be one from a later cell on
        return 0
    page.here.blocks.append(Table(texts_of_cells(inside[place : place + columns])))
    for start in range(place + columns, end, columns):
        row = inside[start : start + columns]
        page.add_row(texts_of_cells(row), row_link(row))
    return end - place


def _is_pair_like(node: Node, name: Node, page: Outline) -> bool:
    """Whether it is a column with its value, so that names of columns beside it, shaped alike, are blank ones."""
    is_alike = (node.tag, node.element.classes) == (name.tag, name.element.classes)
    return is_alike and not _names_column(node, page) and _begins_with_name(node, page)


def _begins_with_name(node: Node, page: Outline) -> bool:
    return _names_column(_first_in(node), page) or page.column_at_start(node.short) is not None


def _names_column(node: Node, page: Outline) -> bool:
    return label_key(node.short or "") in page.here.fields
