"""Pairs of column and cell, one after the other, as the rows of tables."""

from collections.abc import Iterator, Sequence

from parsers.outline import Block, Pair, Part, Table, TableRow
from registry.nct_id import NCT_ID
from registry.wording import fold, label_key


def are_a_copy(part: Part, tables: Sequence[Table]) -> bool:
    """Whether pairs say, row by row, what tables say too: for screens too small for a table, say."""
    if not tables or not any(isinstance(block, Pair) for block in part.blocks):  # as most
        return False
    printed = set(map(id, part.blocks))
    cards = [each for each in with_pairs_as_tables(part) if isinstance(each, Table) and id(each) not in printed]
    rows = [_texts_of_rows(each) for each in (tables, cards)]
    return bool(cards) and rows[0] == rows[1] != []


def _texts_of_rows(tables: Sequence[Table]) -> list[dict[str, str]]:
    """Return the cells of all rows that are not blank, keyed by the folded name of their column."""
    rows = [
        {label_key(name): fold(text).lstrip(": ") for name, text in zip(table.header, row.cells, strict=False) if text}
        for table in tables
        for row in table.rows
    ]
    return list(filter(None, rows))


def with_pairs_as_tables(part: Part) -> Iterator[Block]:
    """Yield the blocks; pairs become tables of one row each, a new one where a label comes again."""
    row: dict[str, Pair] = {}  # keyed by folded label
    for block in [*part.blocks, None]:
        if isinstance(block, Pair) and label_key(block.label) not in row:
            row[label_key(block.label)] = block
            continue
        if row:
            yield _as_table(list(row.values()))
        row = {label_key(block.label): block} if isinstance(block, Pair) else {}
        if block is not None and not isinstance(block, Pair):
            yield block


def _as_table(pairs: Sequence[Pair]) -> Table:
    links = [pair.link for pair in pairs if pair.link]
    named = [pair.link for pair in pairs if pair.link and NCT_ID.search(pair.value)]
    cells = tuple(pair.value for pair in pairs)
    return Table(tuple(pair.label for pair in pairs), [TableRow(cells, next(iter([*named, *links]), None))])


def are_alike(table: Block | None, other: Block | None) -> bool:
    """Whether two tables have a column in common, so that the other is no more of the same row."""
    if not isinstance(table, Table) or not isinstance(other, Table):
        return False
    return not set(map(label_key, table.header)).isdisjoint(map(label_key, other.header))
