"""The tables as they are published: trials by status, phase, start and country, the overdue ones, and their quality."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from registry.tables import TABLES
from trials.dataset import Dataset
from trials.morning import charts
from trials.morning.columns import column_blocks
from trials.morning.parts import TITLE, Block, Cell, Chapter, Code, Number, Rows, count, link, literal, said, share, sql

_MOST_ROWS = 20
_UNENDED = ("NOT_YET_RECRUITING", "RECRUITING", "ENROLLING_BY_INVITATION", "ACTIVE_NOT_RECRUITING", "SUSPENDED")
_AGES = (7, 30, 60, 90, 120, 180, 365)  # days
_YEARS = 30  # that the chart of starts shows at most


def tables_chapter(dataset: Dataset | None) -> Chapter:
    """Return what is published, in blocks; without a build, how to get one."""
    if dataset is None:
        return Chapter("tables", "The tables", [("Nothing is published yet: ", Code("trials build"), " does it.")])
    trials, newest = _one(dataset, "SELECT count(*), strftime(max(last_seen_at), '%Y-%m-%d') FROM studies")
    day = date.fromisoformat(newest) if newest else None
    blocks = [
        _coded(dataset, "Trials by status", "overall_status", "overall_status"),
        _coded(dataset, "Trials by phase", "phase", "phase"),
        *_starts(dataset),
        _countries(dataset),
        *(_overdue(dataset, day) if day else ()),
        *column_blocks(dataset),
        *_claimed(dataset),
        _lossy(dataset),
        *(_ages(dataset, day) if day else ()),
        _sizes(dataset),
    ]
    says = [(count(trials, sql("SELECT nct_id, brief_title FROM studies")), " trials in the build ",
             Code(dataset.name), f", last seen until {newest or 'a time not known'}.")]  # fmt: skip
    return Chapter("tables", "The tables", says, blocks)


def _one(dataset: Dataset, query: str) -> tuple[Any, ...]:
    (row,) = dataset.sql(query).fetchall()
    return tuple(row)


def _coded(dataset: Dataset, heading: str, column: str, vocabulary: str) -> Block:
    """Return how many trials have each code of a column; null is none of them."""
    found = dataset.sql(f"SELECT {column}, count(*) FROM studies GROUP BY 1 ORDER BY 2 DESC, 1").fetchall()
    counts = [("not known" if code is None else said(vocabulary, code), code, number) for code, number in found]
    rows: list[tuple[Cell, ...]] = [
        (name, count(number, _trials_where(f"{column} IS NULL" if code is None else f"{column} = {literal(code)}")))
        for name, code, number in counts
    ]
    chart = charts.bars([(name, number) for name, _, number in counts], heading, "trials")
    return Block(heading, chart=chart, table=Rows((column, "trials"), rows), folded=True)


def _trials_where(condition: str) -> str:
    return sql(f"SELECT nct_id, brief_title FROM studies WHERE {condition}")


def _starts(dataset: Dataset) -> Iterator[Block]:
    query = "SELECT year(start_earliest), count(*) FROM studies GROUP BY 1 ORDER BY 1"
    found = dataset.sql(query).fetchall()
    years = [(year, number) for year, number in found if year is not None]
    if not years:
        return
    last = max(year for year, _ in years)
    rows: list[tuple[Cell, ...]] = [
        ("not known" if year is None else str(year),
         count(number, _trials_where("start_earliest IS NULL" if year is None else f"year(start_earliest) = {year}")))
        for year, number in sorted(found, key=lambda each: -(each[0] or 0))
    ]  # fmt: skip
    shown = [(year, number) for year, number in years if year > last - _YEARS]
    chart = charts.columns(shown, "Trials by year of their start", "year of the start", "trials")
    early = sum(number for _, number in years) - sum(number for _, number in shown)
    says = [(count(early), f" trials began before {last - _YEARS + 1}: the table has them.")] if early else []
    yield Block("Trials by year of their start", says, chart, table=Rows(("year", "trials"), rows), folded=True)


def _countries(dataset: Dataset) -> Block:
    """Return how many trials have each country; a trial in several counts in each."""
    query = """
        SELECT country_code, min(name), count(DISTINCT nct_id) FROM countries
        GROUP BY country_code, CASE WHEN country_code IS NULL THEN name END ORDER BY 3 DESC, 2
    """
    found = dataset.sql(query).fetchall()
    rows: list[tuple[Cell, ...]] = []
    for code, name, number in found:
        where = f"name = {literal(name)}" if code is None else f"country_code = {literal(code)}"
        listed = sql(f"SELECT DISTINCT nct_id FROM countries WHERE {where}")
        rows.append((code or "not known", name, count(number, listed)))
    small = sum(not charts.is_on_map(code or "") for code, _, _ in found)
    chart = charts.world({code: number for code, _, number in found if code}, "Map of trials by country")
    says: list[tuple[Cell, ...]] = [("A trial in several countries counts in each.",)]
    says += (
        [(f"{small} of {len(found)} countries are too small for the map, or not known: the table has them.",)]
        if small
        else []
    )
    return Block(
        "Trials by country",
        says,
        chart,
        charts.legend_of_world(),
        Rows(("code", "country", "trials"), rows),
        folded=True,
    )


def _overdue(dataset: Dataset, day: date) -> Iterator[Block]:
    """Yield the trials that should have ended, and say that they have not."""
    states = ", ".join(map(literal, _UNENDED))
    ends = "coalesce(completion_latest, primary_completion_latest)"
    where = f"{ends} < DATE '{day}' AND overall_status IN ({states})"
    by_status = dataset.sql(
        f"SELECT overall_status, count(*) FROM studies WHERE {where} GROUP BY 1 ORDER BY 2 DESC"
    ).fetchall()
    query = f"""
        SELECT nct_id, url, {TITLE}, overall_status, coalesce(completion_month_year, primary_completion_month_year),
            DATE '{day}' - {ends}, verification_month_year
        FROM studies WHERE {where} ORDER BY 6 DESC, 1 LIMIT {_MOST_ROWS}
    """
    rows: list[tuple[Cell, ...]] = [
        (link(nct_id, url), title, said("overall_status", status), end, count(days), verified or "not known")
        for nct_id, url, title, status, end, days, verified in dataset.sql(query).fetchall()
    ]
    number = sum(each for _, each in by_status)
    listed = sql(f"SELECT nct_id, brief_title, overall_status, {ends} AS ends FROM studies WHERE {where} ORDER BY ends")
    says: list[tuple[Cell, ...]] = [(
        count(number, listed), f" trials should have ended before {day} by their completion date (else the primary one), and have not by "
        "their status: ", ", ".join(f"{said('overall_status', status)} {each:,}" for status, each in by_status) or "none", ".",
    )]  # fmt: skip
    head = ("trial", "title", "status", "completion", "days over", "last verified")
    left = number - len(rows)
    more: tuple[Cell, ...] = (f"and {left:,} more of ", count(number, listed)) if left > 0 else ()
    yield Block("Overdue trials", says, table=Rows(head, rows, more) if rows else None)


def _claimed(dataset: Dataset) -> Iterator[Block]:
    """Yield how much of the text of the newest pages went to a field, a cell or known boilerplate."""
    newest = "FROM studies s JOIN pages p ON p.nct_id = s.nct_id AND p.url = s.url AND p.fetched_at = s.fetched_at"
    pages, whole, least, mean = _one(
        dataset,
        f"SELECT count(*), count(*) FILTER (p.text_claimed = 1), min(p.text_claimed), avg(p.text_claimed) {newest}",
    )
    if not pages:
        return
    query = f"SELECT s.nct_id, p.url, p.text_claimed {newest} WHERE p.text_claimed < 1 ORDER BY 3, 1 LIMIT {_MOST_ROWS}"
    rows: list[tuple[Cell, ...]] = [
        (link(nct_id, url), share(claimed, 1, f"trials why {nct_id}"))
        for nct_id, url, claimed in dataset.sql(query).fetchall()
    ]
    listed = sql(f"SELECT s.nct_id, p.text_claimed {newest} WHERE p.text_claimed < 1 ORDER BY 2")
    says: list[tuple[Cell, ...]] = [(
        "Of ", share(whole, pages), " of the pages every character has a place; of ", count(pages - whole, listed), " not. On average ",
        share(mean, 1), ", at least ", share(least, 1), ".",
    )]  # fmt: skip
    yield Block("Share of text claimed", says, table=Rows(("trial", "claimed"), rows) if rows else None)


def _lossy(dataset: Dataset) -> Block:
    """Return where text looks damaged; it is marked, never repaired."""
    query = """
        SELECT "table", "column", count(*), count(DISTINCT nct_id) FROM problems WHERE code = 'lossy_text'
        GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
    """
    found = dataset.sql(query).fetchall()
    rows: list[tuple[Cell, ...]] = []
    for table, column, marks, trials in found:
        where = " AND ".join(
            f'"{key}" = {literal(name)}' for key, name in (("table", table), ("column", column)) if name
        )
        listed = sql(f"SELECT nct_id, text, message FROM problems WHERE code = 'lossy_text' AND {where}")
        of_trials = sql(f"SELECT DISTINCT nct_id FROM problems WHERE code = 'lossy_text' AND {where}")
        rows.append((Code(f"{table}.{column}"), count(marks, listed), count(trials, of_trials)))
    if not rows:
        return Block("Marks of lossy text", [("No text looks damaged.",)])
    chart = charts.bars(
        [(f"{table}.{column}", marks) for table, column, marks, _ in found], "Marks of lossy text", "marks"
    )
    says = [("Text that looks damaged is marked and left as it is; every version of a page counts.",)]
    return Block("Marks of lossy text", says, chart, table=Rows(("column", "marks", "trials"), rows), folded=True)


def _ages(dataset: Dataset, day: date) -> Iterator[Block]:
    """Yield how old what is known of the trials is, and the oldest ones."""
    age = f"date_diff('day', last_seen_at::DATE, DATE '{day}')"
    bounds = [0, *_AGES]
    rows: list[tuple[Cell, ...]] = []
    drawn: list[tuple[str, float]] = []
    for least, most in zip(bounds, [*bounds[1:], None], strict=True):
        where = f"{age} >= {least}" + (f" AND {age} < {most}" if most else "")
        (number,) = _one(dataset, f"SELECT count(*) FROM studies WHERE {where}")
        name = f"{least} to {most - 1} days" if most else f"{least} days or more"
        rows.append((name, count(number, _trials_where(where))))
        drawn.append((name, number))
    query = f"SELECT nct_id, strftime(last_seen_at, '%Y-%m-%d'), {age} FROM studies WHERE last_seen_at IS NOT NULL ORDER BY 3 DESC, 1 LIMIT 1"
    says: list[tuple[Cell, ...]] = [
        (
            "The oldest page is that of ",
            Number(nct_id, f"trials why {nct_id}"),
            f", seen {seen}: {days:,} days before {day}.",
        )
        for nct_id, seen, days in dataset.sql(query).fetchall()
    ]
    chart = charts.bars(drawn, "Age of the newest answer of each trial", "trials")
    yield Block("Age of the pages", says, chart, table=Rows(("age", "trials"), rows), folded=True)


def _sizes(dataset: Dataset) -> Block:
    rows: list[tuple[Cell, ...]] = []
    for table in TABLES:
        if table.name in dataset.tables:
            (number,) = _one(dataset, f"SELECT count(*) FROM {table.name}")
            rows.append((Code(table.name), table.grain, count(number, sql(f"FROM {table.name}"))))
    return Block("Rows of the tables", table=Rows(("table", "one row per", "rows"), rows), folded=True)
