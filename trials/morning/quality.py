"""How well the pages were read: text claimed, text that looks damaged, the age of the pages, rows of the tables."""

from collections.abc import Iterator
from datetime import date

from registry.tables import TABLES
from trials.dataset import Dataset
from trials.morning import charts
from trials.morning.parts import Block, Cell, Code, Number, Rows, count, link, literal, share, sql

NEWEST = "studies s JOIN pages p ON p.nct_id = s.nct_id AND p.url = s.url AND p.fetched_at = s.fetched_at"
"""The page that each trial's tables are from."""

_MOST_ROWS = 20
_AGES = (0, 7, 30, 60, 90, 120, 180, 365)  # days
_AGED = "SELECT nct_id, brief_title FROM studies WHERE "


def quality_blocks(dataset: Dataset, day: date | None) -> Iterator[Block]:
    """Yield the blocks; `day` is that of the newest answer, None if it is not known."""
    yield from _claimed(dataset)
    yield _lossy(dataset)
    if day is not None:
        yield _ages(dataset, day)
    yield _sizes(dataset)


def _claimed(dataset: Dataset) -> Iterator[Block]:
    """Yield how much of the text of the newest pages went to a field, a cell or known boilerplate."""
    measured = "count(*), count(*) FILTER (p.text_claimed < 1), min(p.text_claimed), avg(p.text_claimed)"
    ((pages, partly, least, mean),) = dataset.sql(f"SELECT {measured} FROM {NEWEST}").fetchall()
    if not pages:
        return
    query = f"SELECT s.nct_id, p.url, p.text_claimed FROM {NEWEST} WHERE p.text_claimed < 1 ORDER BY 3, 1"
    rows = [
        (link(nct_id, url), share(claimed, 1, f"trials why {nct_id}"))
        for nct_id, url, claimed in dataset.sql(f"{query} LIMIT {_MOST_ROWS}").fetchall()
    ]
    others = count(partly, sql(query))
    says: tuple[Cell, ...] = (
        "Of ", share(pages - partly, pages), " of the pages every character has a place, of ", others, " pages not. ",
        "On average ", share(mean, 1), " of the text has one, at least ", share(least, 1), ".",
    )  # fmt: skip
    yield Block("Share of text claimed", [says], table=Rows(("trial", "claimed"), rows) if rows else None)


def _lossy(dataset: Dataset) -> Block:
    """Return where text looks damaged; it is marked, never repaired."""
    heading = "Marks of lossy text"
    found = dataset.sql(
        """SELECT "table", "column", count(*), count(DISTINCT nct_id) FROM problems WHERE code = 'lossy_text'
        GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"""
    ).fetchall()
    if not found:
        return Block(heading, [("No text looks damaged.",)])
    rows = [(Code(f"{table}.{column}"), *_marked(table, column, *counts)) for table, column, *counts in found]
    chart = charts.bars([(f"{table}.{column}", marks) for table, column, marks, _ in found], heading, "marks")
    says = [
        ("Text that looks damaged is marked and left as it is: = may have been ≥ or ≤, ? another sign, 109 a power.",)
    ]
    return Block(heading, says, chart, table=Rows(("column", "marks", "trials"), rows), folded=True)


def _marked(table: str | None, column: str | None, marks: int, trials: int) -> tuple[Cell, Cell]:
    same = "IS NOT DISTINCT FROM"  # a mark of no column has nulls
    column_is = f'"table" {same} {literal(table)} AND "column" {same} {literal(column)}'
    where = f"FROM problems WHERE code = 'lossy_text' AND {column_is}"
    return (
        count(marks, sql(f"SELECT nct_id, text, message {where}")),
        count(trials, sql(f"SELECT DISTINCT nct_id {where}")),
    )


def _ages(dataset: Dataset, day: date) -> Block:
    """Return how old the newest answer of each trial is, and the oldest of them."""
    age = f"date_diff('day', last_seen_at::DATE, DATE '{day}')"
    there = "coalesce(page_state, '') != 'gone'"
    rows: list[tuple[Cell, ...]] = []
    drawn: list[tuple[str, float]] = []
    for least, most in zip(_AGES, (*_AGES[1:], None), strict=True):
        where = f"{there} AND {age} >= {least}" + (f" AND {age} < {most}" if most else "")
        ((number,),) = dataset.sql(f"SELECT count(*) FROM studies WHERE {where}").fetchall()
        name = f"{least} to {most - 1} days" if most else f"{least} days or more"
        rows.append((name, count(number, sql(_AGED + where))))
        drawn.append((name, number))
    seen = f"WHERE {there} AND last_seen_at IS NOT NULL"
    oldest = f"SELECT nct_id, last_seen_at::DATE, {age} FROM studies {seen} ORDER BY 3 DESC, 1"
    says: list[tuple[Cell, ...]] = [
        (
            "The oldest page is that of ",
            Number(nct_id, f"trials why {nct_id}"),
            f", seen {seen}: {days:,} days before {day}.",
        )
        for nct_id, seen, days in dataset.sql(f"{oldest} LIMIT 1").fetchall()
    ]
    says += [("Trials that the site has no more are left out.",)]
    chart = charts.bars(drawn, "Age of the newest answer of each trial", "trials")
    return Block("Age of the pages", says, chart, table=Rows(("age", "trials"), rows), folded=True)


def _sizes(dataset: Dataset) -> Block:
    rows: list[tuple[Cell, ...]] = []
    for table in TABLES:
        if table.name in dataset.tables:
            ((number,),) = dataset.sql(f"SELECT count(*) FROM {table.name}").fetchall()
            rows.append((Code(table.name), table.grain, count(number, sql(f"FROM {table.name}"))))
    return Block("Rows of the tables", table=Rows(("table", "one row per", "rows"), rows), folded=True)
