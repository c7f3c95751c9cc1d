"""Tables, definition lists, and grids of other elements: pairs, or rows under header cells."""

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import TypeAlias

from parsers.elements import AROUND, PLAIN_CELL
from parsers.interventions import is_of_types_and_names
from parsers.labelled_rows import take_labelled_row
from parsers.nodes import Node, first_link, text_of
from parsers.outline import TABLE_COLUMNS, Outline, Part, Table
from parsers.pairs import MAX_LABEL, add_pair
from parsers.plain_tables import read_plain_table
from registry.errors import PageError, Reason
from registry.labels import CONDITIONS, REFERENCES, Layout, subheading
from registry.nct_id import NCT_ID
from registry.wording import fold, label_key

_Cells: TypeAlias = list[Node]
_Read: TypeAlias = Callable[[Node], None]
_MOST_CELLS = 500_000  # of a table, spans filled in: half a second
NESTED = frozenset({"table", "dl"})


def read_table(table: Node, page: Outline, read: _Read) -> None:
    """Add a table's caption and rows: pairs, headings, rows under their header cells, or a layout's contents."""
    if table.rows is not None and read_plain_table(table.rows, page):
        return
    rows = _with_columns_above(list(_rows(table, read)), page)
    header = _open_said(rows, page)
    labels = _ColumnsOfLabels(rows)
    place = 0
    while place < len(rows):
        cells = rows[place] = _without_heading(rows[place], page)
        below = rows[place + 1] if place + 1 < len(rows) else []
        if any(cell.holds for cell in cells):
            _read_layout(cells, page, read)
            header = ()
        elif not header and take_labelled_row(rows, place, page):
            header = ()
        elif (is_header(cells, page) or _is_header_elsewhere(cells, page)) and header in ((), texts_of_cells(cells)):
            header = texts_of_cells(cells)
            page.here.blocks.append(Table(header))
        elif _is_line_across(cells, header):
            page.add_text(text_of(cells[0]))
            page.here.blocks.append(Table(header))
        elif header and len(cells) > 1:
            page.add_row(texts_of_cells(cells), row_link(cells))
        elif _are_labels_over_values(cells, below, page):
            for label, value in zip(cells, below, strict=True):
                add_pair(page, label, [value])
            place += 1
        else:
            _add_cells(cells, labels.within(page), page, read)
        place += 1


def _is_line_across(cells: _Cells, header: Sequence[str]) -> bool:
    """Whether it is a line across the table, which is no row of it."""
    return cells[0].element.colspan >= len(header) > 1 and not any(cell.short != "" for cell in cells[1:])


def _are_subheadings(rows: Sequence[_Cells]) -> bool:
    """Whether conditions and MeSH terms stand beside each other, each below its subheading."""
    return any(len(row) > 1 and all(subheading(cell.short or "") for cell in row) for row in rows)


def _with_columns_above(rows: list[_Cells], page: Outline) -> list[_Cells]:
    """Return the rows of a table whose columns stand one below the other as columns; and of names under subheadings.

    What stands under those is read column by column.
    """
    if page.here.name == CONDITIONS and _are_subheadings(rows[:1]):
        return [[cell] for column in zip_longest(*rows, fillvalue=Node(PLAIN_CELL)) for cell in column]
    if page.here.layout is not Layout.TABLE or len({len(row) for row in rows}) != 1:
        return rows
    names = [label_key(row[0].short or "") for row in rows]
    is_turned = len(rows) > 1 and len(rows[0]) > 2 and all(name in page.here.fields for name in names)
    is_turned = is_turned and not is_header(rows[0], page)
    return [list(column) for column in zip(*rows, strict=True)] if is_turned else rows


def _without_heading(cells: _Cells, page: Outline) -> _Cells:
    """Return the cells of a row without a heading that stands first and covers it, and open its section once."""
    if len(cells) < 2 or not cells[0].heading or any(cell.holds for cell in cells[1:]):
        return cells
    if not any(part.name == cells[0].heading for part in page.parts):
        page.open(cells[0].heading, cells[0].short or "")
    return cells[1:]


def _rows(table: Node, read: _Read) -> Iterator[_Cells]:
    """Yield the cells of each row, rows they span filled in; a column that a cell spans besides its own is blank.

    As browsers show it: no cell reaches out of its group of rows, and the foot comes last. PageError if that makes more
    cells than any page has.
    """
    count = 0
    groups = list(_own(table, ("thead", "tbody", "tfoot"), read))
    for group in sorted(groups, key=lambda group: group.tag == "tfoot"):
        carried: dict[int, tuple[Node, int]] = {}  # column → (cell from above, rows it still covers)
        for row in _own(group, ("tr",), read):
            cells: _Cells = []
            for cell in _own(row, ("td", "th"), read):
                _carry(cells, carried)
                for part in (cell, *(Node(PLAIN_CELL) for _ in range(1, cell.element.colspan))):
                    if cell.element.rowspan > 1:
                        carried[len(cells)] = (part, cell.element.rowspan - 1)
                    cells.append(part)
            _carry(cells, carried)
            count += len(cells)
            if count > _MOST_CELLS:
                raise PageError(Reason.TOO_COSTLY, f"A table has more than {_MOST_CELLS:,} cells. Look at it by eye.")
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
    for child in node.children:
        if child.tag in tags:
            yield child
        elif child.tag not in NESTED and any(_has(inside, tags) for inside in child.children):
            yield from _own(child, tags, read)
        else:
            alone = Node(AROUND)
            alone.inner = [child]
            read(alone)


def _has(node: Node, tags: tuple[str, ...]) -> bool:
    return node.tag in tags or (node.tag not in NESTED and any(_has(child, tags) for child in node.children))


def _is_layout(node: Node) -> bool:
    return node.holds or node.tag in NESTED or any(_is_layout(child) for child in node.children)


def _read_layout(cells: Sequence[Node], page: Outline, read: _Read) -> None:
    for cell in cells:
        if cell.heading:
            page.open(cell.heading, cell.short or "")
        else:
            read(cell)


def texts_of_cells(cells: Sequence[Node]) -> tuple[str, ...]:
    """Return the lines of each cell, joined by line breaks."""
    return tuple([text_of(cell) for cell in cells])


def row_link(cells: Sequence[Node]) -> str | None:
    """Return the first link of the cell that names a trial, or of the row."""
    first = first_link(cells)
    if first is None:
        return None
    return next((link for cell in cells if NCT_ID.search(text_of(cell)) and (link := first_link([cell]))), first)


def is_header(cells: Sequence[Node], page: Outline) -> bool:
    """Whether at least two cells, or the only one, and no fewer than half are names of columns here."""
    if page.here.layout not in (Layout.TABLE, Layout.GROUPS):
        return False
    named = named_in(cells, page)
    return named >= min(2, len(cells)) and 2 * named >= len(cells) and all(cell.short is not None for cell in cells)


def named_in(cells: Sequence[Node], page: Outline) -> int:
    """Return how many cells are names of columns here."""
    fields = page.here.fields
    named = len([cell for cell in cells if label_key(cell.short or "") in fields])
    if named and page.here.layout is Layout.GROUPS:  # a column may be of types and names
        named += any(is_of_types_and_names(cell.short or "") for cell in cells)
    return named


def _open_said(rows: Sequence[_Cells], page: Outline) -> tuple[str, ...]:
    """Begin a table under the columns that the cells of its first row say they are of, and return those."""
    header = columns_said(rows[0], page) if rows else ()
    page.here.blocks += [Table(header)] if header else []
    return header


def columns_said(cells: Sequence[Node], page: Outline) -> tuple[str, ...]:
    """Return the columns that cells say they are of by an attribute, where most are known here and no cell shows it."""
    names = tuple(cell.element.column for cell in cells)
    if page.here.layout is not Layout.TABLE or len(cells) < 2 or not all(names):
        return ()
    known = sum(label_key(name) in page.here.fields for name in names)
    return names if 2 * known > len(names) and not named_in(cells, page) else ()


def _is_header_elsewhere(cells: Sequence[Node], page: Outline) -> bool:
    """Whether the cells are a header of another section: its heading is lost, but its rows are no text of this one."""
    keys = [label_key(cell.short or "") for cell in cells]
    named = max(sum(key in columns for key in keys) for columns in TABLE_COLUMNS)
    return named > 1 and 2 * named >= len(keys) and not any(key in page.here.fields for key in keys)


def _are_labels_over_values(cells: _Cells, below: _Cells, page: Outline) -> bool:
    """Whether more than half of the cells are labels here, each another, and none of those below them is one more."""
    return (
        len(cells) == len(below) > 0
        and len({label_key(cell.short or "") for cell in cells}) == len(cells)
        and 2 * sum(page.is_label(cell.short) for cell in cells) > len(cells)
        and not any(page.is_label(cell.short) for cell in _differing(below, cells))
        and not (len(cells) == 1 and _is_line_of_other(below[0], cells[0], page))
    )


def _is_line_of_other(below: Node, label: Node, page: Outline) -> bool:
    return page.label_at_start(below.short) not in (None, label_key(label.short or ""))


def _differing(cells: _Cells, above: _Cells) -> Iterator[Node]:
    return (cell for cell, other in zip(cells, above, strict=True) if fold(cell.short or "") != fold(other.short or ""))


class _ColumnsOfLabels:
    """The columns of a table where a row has a known label, in the section that is being read."""

    def __init__(self, rows: Sequence[_Cells]) -> None:
        self._rows = rows
        self._section: Part | None = None
        self._columns: frozenset[int] = frozenset()

    def within(self, page: Outline) -> frozenset[int]:
        """Return them; they are looked for once in a section."""
        if self._section is not page.here:
            self._section = page.here
            self._columns = frozenset(place for row in self._rows for place in _starts(row, frozenset(), page))
        return self._columns


def _add_pairs(cells: _Cells, columns: frozenset[int], page: Outline) -> bool:
    """Add the pairs of a row: each label with the cells up to the next; what stands before them is text of its own.

    False, and nothing added, if the row has none. A label is known, or stands in a column where another row of the
    table has a known one.
    """
    if len(cells) < 2:
        return False
    starts = _starts(cells, columns, page)
    if not starts or (starts[0] and not page.is_label(cells[starts[0]].short)):
        return False
    for cell in cells[: starts[0]]:  # the title beside its label, say
        page.add_text(text_of(cell))
    for start, end in zip(starts, [*starts[1:], len(cells)], strict=True):
        add_pair(page, cells[start], cells[start + 1 : end])
    return True


def _starts(cells: _Cells, columns: frozenset[int], page: Outline) -> list[int]:
    """Return where pairs begin: at a known label, in a column of labels, or at every second of an even row's cells.

    What follows the beginning of a pair is its value.
    """
    starts: list[int] = []
    for place, cell in enumerate(cells[:-1]):
        in_column = place in columns or (starts[:1] == [0] and len(cells) % 2 == place % 2 == 0)
        is_alike = in_column and bool(cell.short) and page.here.layout is Layout.PAIRS
        may_be = page.is_label(cell.short) or (is_alike and len(cell.short or "") <= MAX_LABEL)
        if may_be and (not starts or place > starts[-1] + 1):
            starts.append(place)
    return starts


def _add_cells(cells: _Cells, columns: frozenset[int], page: Outline, read: _Read) -> None:
    if not _add_pairs(cells, columns, page):
        _add_other(cells, page, read)


def _add_other(cells: _Cells, page: Outline, read: _Read) -> None:
    texts = texts_of_cells(cells)
    is_row = sum(map(bool, texts)) > 1 or 1 < len(cells) == len(header_here(page))
    if (page.here.layout is Layout.TABLE or page.here.name == REFERENCES) and is_row:
        page.add_row(texts, row_link(cells))
    elif page.here.layout is Layout.PROSE:
        page.add_text(" ".join(filter(None, texts)))
    else:
        for cell in cells:
            read(cell)


def header_here(page: Outline) -> tuple[str, ...]:
    """Return the names of the columns of the table that was added last, none if it has no header."""
    last = page.here.blocks[-1] if page.here.blocks else None
    return last.header if isinstance(last, Table) else ()


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
            add_pair(page, term, values)
        else:
            _read_layout(entries[place:end], page, read)
        place = end
