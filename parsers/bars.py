"""Text extraction whose cells end in bars → `Outline`.

A bar with white space around it closes a cell: `label |` and on the next line `value |`, `label | value |` on one
line, `cell | cell | cell |`, or the cells of a row on lines of their own. Lines are hard-wrapped: those of a cell are
joined by one space until its bar, but for a blank line among them, which is a line break. Elsewhere lines stay as they
are, bars and all. In pairs a label comes first on its line, so that further bars are part of the value. In a table a
row has as many cells as the header; one that has not is kept whole, unless the text ends there. Where the cells of a
table stand on lines of their own, bars amid a line are part of its cell, unless they make a row of it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from parsers.outline import Outline, Pair, Table
from parsers.pairs import MAX_LABEL
from parsers.printed import Line, begins_inside, headings_among
from registry.labels import ADMINISTRATIVE, COUNTRIES, ID_KEY, TITLE_BLOCK, Layout, fields_of
from registry.wording import label_key

_BAR = re.compile(r"(?:^|(?<=\s))\|(?=\s|$)")


@dataclass(slots=True)
class _Run:
    """Lines up to one that ends in a bar; the last may lack it."""

    lines: list[Line] = field(default_factory=list)

    @property
    def is_closed(self) -> bool:
        return bool(self.lines) and _ends_in_bar(self.lines[-1])

    @property
    def has_bar(self) -> bool:
        return any(_BAR.search(line.text) for line in self.lines)

    @property
    def cells(self) -> list[str]:
        """The cells; the last one may have been cut."""
        text = "".join(("\n" if line.after_blank else " ") + line.text for line in self.lines)
        cells = [_unwrapped(cell) for cell in _BAR.split(text)]
        return cells if cells[-1] else cells[:-1]


def _unwrapped(cell: str) -> str:
    return "\n".join(filter(None, (line.strip(" ") for line in cell.split("\n"))))


def _ends_in_bar(line: Line) -> bool:
    return line.text == "|" or line.text.endswith((" |", "\u00a0|"))


def _first_cell(line: str) -> str | None:
    """Return the key of the text before the first bar of a line, or None if it has no bar."""
    match = _BAR.search(line)
    return label_key(line[: match.start()]) if match else None


def has_bars(all_lines: Sequence[Line]) -> bool:
    """Whether a bar stands right behind the label `NCT number`, where that first begins a line."""
    first = next((line.text for line in all_lines if label_key(line.text).startswith(ID_KEY)), "")
    return _first_cell(first) == ID_KEY


def read_bars(all_lines: Sequence[Line], page: Outline) -> None:
    """Add the lines of a text of this style to the outline."""
    headings = headings_among(all_lines, page, lambda line, name: _first_cell(line) in fields_of(name))
    inside = begins_inside(all_lines, headings)
    openings = sorted({0, len(all_lines), *headings, *([] if inside is None else [inside])})
    for start, end in pairwise(openings):
        lines = list(all_lines[start:end])
        if start in headings:
            page.open(headings[start], lines.pop(0).text)
        elif start == inside:
            page.open(ADMINISTRATIVE, "")
        _read_part(lines, page, is_last=end == len(all_lines))


def _read_part(lines: Sequence[Line], page: Outline, *, is_last: bool) -> None:
    """Add what stands under a heading; the label block of a summary page may follow it."""
    block = [place for place, line in enumerate(lines) if _first_cell(line.text) == ID_KEY]
    end = block[0] if block and page.is_label(ID_KEY) else len(lines)
    above, below = lines[:end], lines[end:]
    if page.here.name == TITLE_BLOCK:
        for line in above:
            _add_title_line(line, page)
    elif page.here.layout is Layout.PAIRS:
        _read_pairs(above, page)
    elif page.here.layout in (Layout.TABLE, Layout.GROUPS):
        _read_table(above, page, is_last=is_last and not below)
    else:
        _read_texts(above, page)
    _read_pairs(below, page)


def _add_title_line(line: Line, page: Outline) -> None:
    """Add a line to the official title, up to a blank line after it, or by itself."""
    last = page.here.blocks[-1] if page.here.blocks else None
    if isinstance(last, Pair) and not (last.lines and line.after_blank):
        last.lines = [" ".join([*last.lines, line.text])]
    else:
        page.here.open_pair = False
        page.add_line(line.text)


def _read_texts(lines: Sequence[Line], page: Outline) -> None:
    """Add prose as it stands, and names without the bars around them; countries are joined where a comma ends each."""
    texts = [line.text for line in lines]
    if page.here.layout is Layout.NAMES:
        texts = [cell for line in lines for cell in _Run([line]).cells]
    if page.here.name == COUNTRIES and texts and texts[-1].rstrip(" \u00a0").endswith(","):
        texts = [" ".join(texts)]
    for text in texts:
        page.add_text(text)


def _runs(lines: Sequence[Line], labels: frozenset[str]) -> Iterator[_Run]:
    """Yield the lines in runs; one of the labels before a bar begins a new one, even where a bar is missing."""
    run = _Run()
    for line in lines:
        if run.lines and (run.is_closed or _first_cell(line.text) in labels):
            yield run
            run = _Run()
        run.lines.append(line)
    if run.lines:
        yield run


# --- pairs ------------------------------------------------------------------------------------------------------


def _read_pairs(lines: Sequence[Line], page: Outline) -> None:
    label: str | None = None  # its value is yet to come
    for run in _runs(lines, frozenset(page.here.fields)):
        cells = run.cells
        if label is not None:
            is_blank = _is_other_label(cells, label, page)
            page.add_pair(label, [] if is_blank else _value(cells))
            label = None
            if not is_blank:
                continue
        if not run.has_bar:
            for line in run.lines:
                page.add_line(line.text)
        elif len(cells) == 1 and len(cells[0]) <= MAX_LABEL:
            label = cells[0] or None
        else:
            _add_pairs(cells, page)
    if label is not None:
        page.add_pair(label, [])


def _is_other_label(cells: Sequence[str], label: str, page: Outline) -> bool:
    """Whether the cells begin with a label of the section that is not the one before them: that one is blank."""
    key = label_key(cells[0]) if cells else ""
    return key in page.fields_after(label) and (key != label_key(label) or len(cells) > 1)


def _add_pairs(cells: Sequence[str], page: Outline) -> None:
    """Add the pairs of one line: each label with the cells up to the next; text that is too long for one by itself."""
    if len(cells) < 2 or len(cells[0]) > MAX_LABEL:
        page.add_text(" | ".join(cells))
        return
    start = 0
    fields = page.fields_after(cells[0])
    for place in range(2, len(cells) + 1):
        if place == len(cells) or (place > start + 1 and label_key(cells[place]) in fields):
            page.add_pair(cells[start], _value(cells[start + 1 : place]))
            start = place


def _value(cells: Sequence[str]) -> list[str]:
    text = " | ".join(filter(None, cells))
    return text.split("\n") if text else []


# --- tables -----------------------------------------------------------------------------------------------------


def _read_table(lines: Sequence[Line], page: Outline, *, is_last: bool) -> None:
    """Add a table under its header; lines without one as they are, cell by cell in groups."""
    runs = list(_runs(lines, frozenset()))
    header, taken = _header([run.cells for run in runs], page)
    if header:
        page.here.blocks.append(Table(tuple(header)))
        rows = [run.cells for run in runs[taken:]]
        if taken == len(header) and _are_alone(rows):
            rows = [[" | ".join(cells)] if len(cells) < taken else cells for cells in rows]
        _add_rows(rows, len(header), page, is_last=is_last)
    elif page.here.layout is Layout.GROUPS:
        for line in lines:
            for cell in _Run([line]).cells:
                page.add_text(cell)
    else:
        for run in runs:
            page.add_row(tuple(run.cells)) if run.has_bar else page.add_text(" ".join(run.cells))


def _header(rows: Sequence[Sequence[str]], page: Outline) -> tuple[list[str], int]:
    """Return the names of columns that the table begins with, and how many runs they took; one name is none.

    A line half of which are such names is a header; so is a name of its own between two of them.
    """
    header: list[str] = []
    taken = 0
    for row, after in pairwise([*rows, ()]):
        named = _named(row, header, page)
        is_between = bool(header) and len(row) == 1 and 0 < len(after) == _named(after, header, page)
        if not is_between and (named < max(1, min(2, len(row))) or 2 * named < len(row)):
            break
        header += row
        taken += 1
    return (header, taken) if len(header) > 1 else ([], 0)


def _named(cells: Sequence[str], header: Sequence[str], page: Outline) -> int:
    """Return how many cells are names of columns that the header does not hold yet."""
    return sum(label_key(cell) in page.here.fields and cell not in header for cell in cells)


def _are_alone(rows: Sequence[Sequence[str]]) -> bool:
    """Whether cells stand on lines of their own, as most do: a bar inside of one is part of its text, but for a row."""
    return 2 * sum(len(cells) == 1 for cells in rows) > len(rows)


def _add_rows(rows: Sequence[Sequence[str]], columns: int, page: Outline, *, is_last: bool) -> None:
    """Add rows of so many cells, from one run or several; what makes no such row is added whole."""
    row: list[str] = []
    for cells in rows:
        if len(cells) == columns or len(row) + len(cells) > columns:
            _add_whole(row, page)
            row = []
        row += cells
        if len(row) == columns:
            page.add_row(tuple(row))
            row = []
    if is_last and 1 < len(row) < columns:
        page.add_row(tuple(row))
    else:
        _add_whole(row, page)


def _add_whole(cells: Sequence[str], page: Outline) -> None:
    """Add cells that are not as many as the columns: one cell is a text, several are a row that is kept whole."""
    if len(cells) > 1:
        page.add_row((" | ".join(cells).rstrip(),))
    else:
        page.add_text("".join(cells))
