"""How a section with a table is read: by its header cells, in any order, or row by row where cells ran together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from parsers.above import given_above
from parsers.draft import Claim, Draft, texts_of
from parsers.entries import Entry, Kind, entries_of
from parsers.outline import Pair, Paragraph, Part, Table, TableRow
from parsers.pair_rows import are_a_copy, are_alike, with_pairs_as_tables
from parsers.rows import cut
from parsers.sponsors import check_sponsors, read_sponsor_lines
from registry.labels import FIELDS, LOCATIONS, OUTCOME, SPONSORS, Field, FieldKey
from registry.record import PageRow
from registry.wording import label_key, seen

_AFTER_NAME = ("", " ", "\n", "\u00a0")


def read_tables(part: Part, draft: Draft) -> None:
    """Read rows: under a header, as pairs of column and cell, or as lines whose cells ran together."""
    draft.rows.setdefault(str(part.name), [])
    tables = [block for block in part.blocks if isinstance(block, Table)]
    if are_a_copy(part, tables):
        draft.claim("copy", *[text for block in part.blocks if isinstance(block, Pair) for text in texts_of(block)])
        part.blocks[:] = [block for block in part.blocks if not isinstance(block, Pair)]
    are_apart = any(table.header and any(len(row.cells) > 1 for row in table.rows) for table in tables)
    blocks = list(with_pairs_as_tables(part))
    if entries := entries_of(part, blocks):
        _read_entries(part, entries, draft)
        return
    given: Mapping[str, str] = {}  # what the rows of the next table share
    last: Mapping[str, str] = {}  # what stood above the last one
    for place, block in enumerate(blocks):
        after = blocks[place + 1] if place + 1 < len(blocks) else None
        before = blocks[place - 1] if place else None
        if above := given_above(part, block, after, last if are_alike(before, after) else {}):
            given = last = above
            draft.claim(tuple(FieldKey(str(part.name), label) for label in given), *texts_of(block))
            continue
        match block:
            case Table(header=(_, *_)):
                _read_table(part, block, draft, given)
                last = last if given else {}
                is_alike = len(given) == 1 and isinstance(after, Table) and after.header == block.header
                given = given if is_alike else {}  # cards below one heading
            case Table() if not are_apart:
                rows = [TableRow((" ".join(filter(None, row.cells)),), row.link) for row in block.rows]
                _read_lines(part, rows, draft, are_rows=False)
            case _:
                draft.leave_block(str(part.name), "", block)
    if part.name == SPONSORS:
        check_sponsors(part, draft)


def _read_entries(part: Part, entries: Sequence[Entry | Kind], draft: Draft) -> None:
    """Read outcomes from lists; where nothing is named in any, its line may hold more than the measure."""
    section = str(part.name)
    are_measures = any(isinstance(each, Entry) and each.named for each in entries)
    for each in entries:
        if isinstance(each, Kind):
            draft.claim((FieldKey(section, "Type"),), each.line)
            continue
        line = "\n".join(each.line.cells)
        draft.claim((FieldKey(section, "Measure"),), line)
        if each.named:
            _read_table(part, each.named, draft, {"Type": each.kind, "Measure": line})
        elif are_measures:
            draft.rows[section].append(PageRow({"Type": each.kind, "Measure": line}, link=each.line.link))
        else:
            row = PageRow({"Type": each.kind}, whole=line, link=each.line.link)
            draft.rows[section].append(row)
            _say_not_separable(section, row, draft)


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of one table: the fields they fill, None for a stranger, and what its rows share.

    `names` are the columns' where every cell begins with its own, else none; `given` cells were claimed above it.
    """

    section: str
    fields: Sequence[Field | None]
    keys: tuple[FieldKey, ...]
    names: Sequence[str]
    given: Mapping[str, str]

    @property
    def labels(self) -> list[str]:
        """Those of the fields."""
        return [key.label for key in self.keys]

    @property
    def are_plain(self) -> bool:
        """Whether each fills a field, and its cells hold nothing else."""
        return len(self.keys) == len(self.fields) and not self.names and not self.given


def _read_table(part: Part, table: Table, draft: Draft, given: Mapping[str, str]) -> None:
    """Read the rows under a header; `given` are cells that all of them share, where they stand above the table."""
    columns = _columns(part, table, given)
    draft.columns.update((*columns.keys, *(FieldKey(columns.section, label) for label in columns.given)))
    pairs = zip(table.header, columns.fields, strict=True)
    draft.claim(columns.keys, *[name for name, known in pairs if known])
    apart: list[TableRow] = []  # the rows whose cells are known
    for run_together, rows in groupby(table.rows, lambda row: len(row.cells) == 1 < len(table.header)):
        if run_together:
            _read_lines(part, list(rows), draft, are_rows=True)
            continue
        these = list(rows)
        apart += these
        _read_rows(these, columns, draft)
    _leave_strangers(table, columns, apart, draft)


def _columns(part: Part, table: Table, given: Mapping[str, str]) -> _Columns:
    fields: list[Field | None] = []
    for name in table.header:
        known = part.fields.get(label_key(name))
        fields.append(None if known in fields else known)  # a column that stands twice is a stranger
    return _Columns(
        str(part.name),
        fields,
        tuple(known.key for known in fields if known),
        table.header if _repeats_names(table) else (),
        given,
    )


def _repeats_names(table: Table) -> bool:
    """Whether every cell that is not blank begins with its column's name, for screens too small for a table."""
    return bool(table.rows) and all(
        not text or (text.startswith(name) and text[len(name) : len(name) + 1] in _AFTER_NAME)
        for row in table.rows
        for name, text in zip(table.header, row.cells, strict=False)
    )


def _read_rows(rows: Sequence[TableRow], columns: _Columns, draft: Draft) -> None:
    """Claim the cells of rows, each of which has several."""
    labels, found, are_plain = columns.labels, draft.rows[columns.section], columns.are_plain
    for row in rows:
        if are_plain and len(row.cells) == len(labels):  # most rows
            draft.ledger.append(Claim(columns.keys, row.cells))
            values: Sequence[str] = row.cells
        else:
            values = _claimed_cells(row, columns, draft)
        if not (whole := "".join(values)).isascii():
            values = list(map(seen, values))
        if ":" in whole:
            values = [_without_label(value, label) for value, label in zip(values, labels, strict=False)]
        if any(values) or len(columns.given) > 1:  # a row whose name stands above it is one, blank or not
            cells = dict(zip(labels, values, strict=False))
            found.append(PageRow({**columns.given, **cells} if columns.given else cells, link=row.link))
        if len(row.cells) > len(columns.fields) and any(extra := row.cells[len(columns.fields) :]):
            message = f"A row of {columns.section!r} has more cells than the header."
            draft.leave("unclaimed_text", message, FieldKey(columns.section, ""), *extra)


def _claimed_cells(row: TableRow, columns: _Columns, draft: Draft) -> list[str]:
    """Claim the cells of the known columns, and return them without the name that each may begin with."""
    taken = [text for known, text in zip(columns.fields, row.cells, strict=False) if known]
    draft.claim(columns.keys, *taken)
    if not columns.names:
        return taken
    names = [name for known, name in zip(columns.fields, columns.names, strict=False) if known]
    return [text[len(name) :].lstrip() for name, text in zip(names, taken, strict=False)]


def _leave_strangers(table: Table, columns: _Columns, apart: Sequence[TableRow], draft: Draft) -> None:
    """Leave over the columns that the section does not have, with their cells."""
    for place, (name, known) in enumerate(zip(table.header, columns.fields, strict=True)):
        cells = [] if known else [row.cells[place] for row in apart if len(row.cells) > place]
        if not known and (name or any(cells)):
            message = (
                f"The column {name!r} is not known in {columns.section!r}; add it to FIELDS in registry/labels.py."
            )
            draft.leave("unknown_column", message, FieldKey(columns.section, name), name, *cells)


def _without_label(text: str, label: str) -> str:
    """Return a cell without its column's name and a colon, which tables for small screens print in each cell."""
    if ":" not in text:
        return text
    before, _, value = text.partition(":")
    return value.strip() if label_key(before) == label_key(label) else text


def _read_lines(part: Part, lines: Sequence[TableRow], draft: Draft, *, are_rows: bool) -> None:
    """Read rows whose cells ran together; `are_rows` where they stand under a header, so that each is a row."""
    section = str(part.name)
    if section == SPONSORS:
        read_sponsor_lines(part, [row.cells[0] for row in lines], draft)
        return
    for line in _joined(section, lines):
        text = line.cells[0]
        row = cut(section, text)
        if row is None and not (section == LOCATIONS and are_rows):
            draft.leave_block(section, "", Paragraph(text))
            continue
        row = (row or PageRow({}, whole=text))._replace(link=line.link)
        draft.claim(_keys_of(section), text)
        draft.rows[section].append(row)
        if row.whole is not None:
            _say_not_separable(section, row, draft)


def _joined(section: str, lines: Sequence[TableRow]) -> list[TableRow]:
    """Return each row as one line: an outcome's description may have line breaks."""
    rows: list[TableRow] = []
    for line in lines:
        if section == OUTCOME and rows and cut(section, line.cells[0]) is None:
            rows[-1] = TableRow((f"{rows[-1].cells[0]}\n{line.cells[0]}",), rows[-1].link)
        else:
            rows.append(line)
    return rows


def _say_not_separable(section: str, row: PageRow, draft: Draft) -> None:
    unsettled = [key.label for key in _keys_of(section) if key.label not in row.cells]
    names = ", ".join(unsettled)
    message = f"The cells of this {section!r} row run together; {names} are null and the row stands whole in text."
    draft.note("cells_not_separable", message, FieldKey(section, unsettled[0]), row.whole)


@cache
def _keys_of(section: str) -> tuple[FieldKey, ...]:
    """Return the keys of a section's fields: all that a row whose cells ran together may fill."""
    return tuple(known.key for known in FIELDS if known.section == section)
