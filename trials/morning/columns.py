"""How complete columns are, and of the labels how many pages have a value, a blank, no such label, or one not read."""

from collections.abc import Iterator
from typing import NamedTuple

from registry.labels import FIELDS, Layout, section
from registry.tables import TABLES, Table
from trials.dataset import Dataset
from trials.morning import charts
from trials.morning.parts import Block, Cell, Code, Rows, count, literal, share, sql
from trials.morning.quality import NEWEST

_OF_THE_PROGRAM = frozenset({"pages", "problems", "changes", "study_versions", "central_contacts"})
_WHOLE_ROW = "text"  # of a row whose cells cannot be told apart: its null is as it should be
_CHARTED = 25
_DETAILS = f"FROM {NEWEST} WHERE p.kind = 'details'"
_VALUE = "value"
_ALONE = tuple(str(each.key) for each in FIELDS if section(each.key.section).layout in (Layout.PAIRS, Layout.PROSE))
"""Labels that a page has once; of the rows of tables and lists, pages do not say which are absent."""
_LISTS = {"blank": "blank_labels", "absent": "absent_labels", "not read": "unread_labels"}


class _Filled(NamedTuple):
    """A column that may be null, with the rows of its table and those that have a value."""

    table: Table
    name: str
    rows: int
    values: int

    @property
    def share(self) -> float:
        return self.values / self.rows


def column_blocks(dataset: Dataset) -> Iterator[Block]:
    """Yield the columns with the fewest values first, then the labels."""
    found = [each for table in TABLES if table.name in dataset.tables for each in _filled(dataset, table)]
    if found:
        yield _columns(sorted(found, key=lambda each: (each.share, each.table.name, each.name)))
    yield from _labels(dataset)


def _filled(dataset: Dataset, table: Table) -> Iterator[_Filled]:
    optional = [column.name for column in table.columns if column.nullable and column.name != _WHOLE_ROW]
    if table.name in _OF_THE_PROGRAM or not optional:
        return
    counted = ", ".join(f'count("{name}")' for name in optional)
    ((rows, *values),) = dataset.sql(f"SELECT count(*), {counted} FROM {table.name}").fetchall()
    if rows:
        yield from (_Filled(table, name, rows, number) for name, number in zip(optional, values, strict=True))


def _columns(found: list[_Filled]) -> Block:
    rows = [
        (
            Code(f"{each.table.name}.{each.name}"),
            share(each.values, each.rows),
            _nulls(each),
            f"{each.rows:,}",
            _null_of(each),
        )
        for each in found
    ]
    poor = [(f"{each.table.name}.{each.name}", 100 * each.share) for each in found[:_CHARTED]]
    says = (
        "The columns with the fewest values, of the rows of their tables; the table has all that may be null, and what "
        "a null means: of some it is as it should be."
    )
    chart = charts.bars(poor, "Columns with the fewest values", "% of the rows with a value", 100)
    table = Rows(("column", "rows with a value", "nulls", "of rows", "null means"), rows)
    return Block("Completeness of columns", [(says,)], chart, table=table, folded=True)


def _nulls(each: _Filled) -> Cell:
    return count(each.rows - each.values, sql(f"SELECT * FROM {each.table.name} WHERE {each.name} IS NULL"))


def _null_of(each: _Filled) -> str:
    return each.table.column(each.name).null


def _labels(dataset: Dataset) -> Iterator[Block]:
    """Yield what became of each label on the newest details page of each trial."""
    ((pages,),) = dataset.sql(f"SELECT count(*) {_DETAILS}").fetchall()
    if not pages:
        return
    fates = _fates(dataset, pages)
    ordered = sorted(fates.items(), key=lambda each: (each[1][_VALUE], each[0]))
    rows: list[tuple[Cell, ...]] = [
        (label, share(fate[_VALUE], pages), *(count(fate[what], _pages_with(label, what)) for what in _LISTS))
        for label, fate in ordered
    ]
    drawn = [(" · ".join(reversed(label.split("/"))).strip(" ·"), fate) for label, fate in ordered]
    parts = (_VALUE, *_LISTS)
    chart = charts.stacked(drawn[:_CHARTED], parts, "What became of each label", "details pages")
    says = [("Absent, blank and not read are three facts; a fourth, words that are not known, is under Last night.",)]
    table = Rows(("section/label", "pages with a value", *_LISTS), rows)
    yield Block("Labels of the pages", says, chart, charts.legend_of(parts), table, folded=True)


def _fates(dataset: Dataset, pages: int) -> dict[str, dict[str, int]]:
    """Return for each label how many of the pages have a value, a blank, none, or one that was not read."""
    fates = {label: {_VALUE: pages, **dict.fromkeys(_LISTS, 0)} for label in _ALONE}
    for what, column in _LISTS.items():
        query = f"SELECT label, count(*) FROM (SELECT unnest(p.{column}) AS label {_DETAILS}) GROUP BY 1"
        for label, number in dataset.sql(query).fetchall():
            if fate := fates.get(label):  # a build of an earlier version may list labels that are none now
                fate[what] += number
                fate[_VALUE] -= number
    return fates


def _pages_with(label: str, what: str) -> str:
    return sql(f"SELECT s.nct_id, p.url {_DETAILS} AND list_contains(p.{_LISTS[what]}, {literal(label)})")
