"""How complete columns are, and of the labels how many pages have a value, a blank, no such label, or one not read."""

from collections.abc import Iterator

from registry.labels import FIELDS
from registry.tables import TABLES, Table
from trials.dataset import Dataset
from trials.morning import charts
from trials.morning.parts import Block, Cell, Code, Rows, count, literal, share, sql

_OF_THE_PROGRAM = frozenset({"pages", "problems", "changes", "study_versions", "central_contacts"})
_WHOLE_ROW = "text"  # of a row whose cells cannot be told apart: its null is as it should be
_NEWEST = "studies s JOIN pages p ON p.nct_id = s.nct_id AND p.url = s.url AND p.fetched_at = s.fetched_at"
_DETAILS = "WHERE p.kind = 'details'"
_CHARTED = 25
_FATES = _VALUE, _BLANK, _ABSENT, _UNREAD = "value", "blank", "absent", "not read"


def column_blocks(dataset: Dataset) -> Iterator[Block]:
    """Yield the columns with the fewest values first, then the labels."""
    yield _columns(dataset)
    yield from _labels(dataset)


def _columns(dataset: Dataset) -> Block:
    found: list[tuple[float, Table, str, int, int]] = []
    for table in TABLES:
        if table.name not in dataset.tables or table.name in _OF_THE_PROGRAM:
            continue
        optional = [column.name for column in table.columns if column.nullable and column.name != _WHOLE_ROW]
        counted = ", ".join(f'count("{name}")' for name in optional)
        rows, *filled = dataset.sql(f"SELECT count(*), {counted or 'NULL'} FROM {table.name}").fetchall()[0]
        found += [(number / rows, table, name, number, rows) for name, number in zip(optional, filled) if rows]  # noqa: B905 - NULL
    found.sort(key=lambda each: (each[0], each[1].name, each[2]))
    rows_: list[tuple[Cell, ...]] = [
        (
            Code(f"{table.name}.{name}"),
            share(number, rows),
            count(rows - number, _nulls(table, name)),
            table.column(name).null,
        )
        for _, table, name, number, rows in found
    ]
    poor = [(f"{table.name}.{name}", 100 * filled) for filled, table, name, _, _ in found[:_CHARTED]]
    says = [
        (
            f"The {len(poor)} columns with the fewest values; the table has all {len(found)} that may be null, and what null means.",
        )
    ]
    head = ("column", "rows with a value", "nulls", "null means")
    chart = charts.bars(poor, "Columns with the fewest values", "% of the rows with a value", 100)
    return Block("Completeness of columns", says, chart, table=Rows(head, rows_), folded=True)


def _nulls(table: Table, column: str) -> str:
    return sql(f"SELECT nct_id FROM {table.name} WHERE {column} IS NULL")


def _labels(dataset: Dataset) -> Iterator[Block]:
    """Yield what became of each label on the newest details page of each trial."""
    ((pages,),) = dataset.sql(f"SELECT count(*) FROM {_NEWEST} {_DETAILS}").fetchall()
    if not pages:
        return
    counts = {str(field.key): {_VALUE: pages, _BLANK: 0, _ABSENT: 0, _UNREAD: 0} for field in FIELDS}
    for what, column in ((_BLANK, "blank_labels"), (_ABSENT, "absent_labels"), (_UNREAD, "unread_labels")):
        query = f"SELECT label, count(*) FROM (SELECT unnest(p.{column}) AS label FROM {_NEWEST} {_DETAILS}) GROUP BY 1"
        for label, number in dataset.sql(query).fetchall():
            known = counts.setdefault(label, {_VALUE: pages, _BLANK: 0, _ABSENT: 0, _UNREAD: 0})
            known[what] += number
            known[_VALUE] = max(known[_VALUE] - number, 0)
    ordered = sorted(counts.items(), key=lambda each: (each[1][_VALUE], each[0]))
    rows: list[tuple[Cell, ...]] = [
        (label, share(said[_VALUE], pages), *(count(said[what], _pages_with(label, column)) for what, column in _LISTS))
        for label, said in ordered
    ]
    shown = [(" · ".join(reversed(label.split("/"))).strip(" ·"), said) for label, said in ordered if said[_VALUE]][
        :_CHARTED
    ]
    chart = charts.stacked(shown, _FATES, "What became of each label", "details pages")
    says = [("Absent, blank and not read are three facts; a fourth, words that are not known, is under Last night.",)]
    head = ("section/label", "pages with a value", *(what for what, _ in _LISTS))
    yield Block("Labels of the pages", says, chart, charts.legend_of(_FATES), Rows(head, rows), folded=True)


_LISTS = ((_BLANK, "blank_labels"), (_ABSENT, "absent_labels"), (_UNREAD, "unread_labels"))


def _pages_with(label: str, column: str) -> str:
    return sql(f"SELECT s.nct_id, p.url FROM {_NEWEST} {_DETAILS} AND list_contains(p.{column}, {literal(label)})")
