"""The tables as they are published: trials by status, phase, start and country, and those that are overdue."""

from collections.abc import Iterator
from datetime import date

from trials.dataset import Dataset
from trials.morning import charts
from trials.morning.columns import column_blocks
from trials.morning.parts import TITLE, Block, Cell, Chapter, Code, Rows, count, link, literal, said, sql
from trials.morning.quality import quality_blocks
from trials.overdue import ENDS, overdue

_MOST_ROWS = 20
_YEARS = 30  # that the chart of starts shows at most
_NONE = "none given"  # absent or blank on the page, or not read
_NOT_KNOWN = "not known"


def tables_chapter(dataset: Dataset | None) -> Chapter:
    """Return what is published, in blocks; without a build, how to get one."""
    if dataset is None:
        return Chapter("tables", "The tables", [("Nothing is published yet: ", Code("trials build"), " does it.")])
    ((trials, newest),) = dataset.sql("SELECT count(*), max(last_seen_at)::DATE FROM studies").fetchall()
    blocks = [
        _coded(dataset, "Trials by status", "overall_status", "overall_status"),
        _coded(dataset, "Trials by phase", "phase", "phase"),
        *_starts(dataset),
        _countries(dataset),
        *(_overdue(dataset, newest) if newest else ()),
        *column_blocks(dataset),
        *quality_blocks(dataset, newest),
    ]
    every = count(trials, sql("SELECT nct_id, brief_title FROM studies"))
    until = f", last seen until {newest or 'a time that is not known'}."
    return Chapter("tables", "The tables", [(every, " trials in the build ", Code(dataset.name), until)], blocks)


def trials_where(number: int, condition: str) -> Cell:
    """Return a number of trials with the command that lists them."""
    return count(number, sql(f"SELECT nct_id, brief_title FROM studies WHERE {condition}"))


def _coded(dataset: Dataset, heading: str, column: str, vocabulary: str) -> Block:
    """Return how many trials have each code of a column; null is none of them."""
    found = dataset.sql(f"SELECT {column}, count(*) FROM studies GROUP BY 1 ORDER BY 2 DESC, 1").fetchall()
    counts = [(_NONE if code is None else said(vocabulary, code), number) for code, number in found]
    conditions = [f"{column} IS NULL" if code is None else f"{column} = {literal(code)}" for code, _ in found]
    rows = [(name, trials_where(number, where)) for (name, number), where in zip(counts, conditions, strict=True)]
    chart = charts.bars(counts, heading, "trials")
    return Block(heading, chart=chart, table=Rows((column, "trials"), rows), folded=True)


def _starts(dataset: Dataset) -> Iterator[Block]:
    found = dataset.sql("SELECT year(start_earliest), count(*) FROM studies GROUP BY 1 ORDER BY 1 DESC").fetchall()
    rows = [
        (str(year or _NONE), trials_where(number, f"year(start_earliest) {f'= {year}' if year else 'IS NULL'}"))
        for year, number in found
    ]
    years = [(year, number) for year, number in reversed(found) if year is not None]
    if not years:
        return
    first = years[-1][0] - _YEARS + 1
    early = sum(number for year, number in years if year < first)
    says = [(trials_where(early, f"year(start_earliest) < {first}"), f" trials began before {first}.")] if early else []
    heading = "Trials by year of their start"
    shown = [(year, number) for year, number in years if year >= first]
    chart = charts.columns(shown, heading, "year of the start", "trials")
    yield Block(heading, says, chart, table=Rows(("year", "trials"), rows), folded=True)


def _countries(dataset: Dataset) -> Block:
    """Return how many trials have each country."""
    found = dataset.sql(
        "SELECT country_code, min(name), count(DISTINCT nct_id) FROM countries "
        "GROUP BY country_code, CASE WHEN country_code IS NULL THEN name END ORDER BY 3 DESC, 2"
    ).fetchall()
    rows = [
        (code or _NOT_KNOWN, name, count(number, sql(f"SELECT DISTINCT nct_id FROM countries WHERE {_is(code, name)}")))
        for code, name, number in found
    ]
    small = sum(not charts.is_on_map(code or "") for code, _, _ in found)
    left_out = f" {small} of {len(found)} are too small for the map, or not known: the table has them." if small else ""
    chart = charts.world({code: number for code, _, number in found if code}, "Map of trials by country")
    table = Rows(("code", "country", "trials"), rows)
    says = [(f"A trial in several countries counts in each.{left_out}",)]
    return Block("Trials by country", says, chart, charts.legend_of_world(), table, folded=True)


def _is(code: str | None, name: str) -> str:
    return f"country_code = {literal(code)}" if code else f"country_code IS NULL AND name = {literal(name)}"


def _overdue(dataset: Dataset, day: date) -> Iterator[Block]:
    """Yield the trials that should have ended by their dates, and have not by their status."""
    where = overdue(f"DATE '{day}'")
    by_status = dataset.sql(
        f"SELECT overall_status, count(*) FROM studies WHERE {where} GROUP BY 1 ORDER BY 2 DESC"
    ).fetchall()
    number = sum(each for _, each in by_status)
    every = trials_where(number, where)
    shares: list[Cell] = []
    for status, each in by_status:
        of_it = trials_where(each, f"overall_status = {literal(status)} AND {where}")
        shares += [", " if shares else ": ", f"{said('overall_status', status)} ", of_it]
    says: tuple[Cell, ...] = (
        every, f" trials should have ended before {day} by their completion date, or by the primary one where there is "
        "no other, and have not by their status", *shares, ". Trials of unknown status are not among them.",
    )  # fmt: skip
    head = ("trial", "title", "status", "completion", "days over", "last verified")
    rows = _latest(dataset, day, where)
    left = number - len(rows)
    more: tuple[Cell, ...] = (f"and {left:,} more of ", every) if left else ()
    yield Block("Overdue trials", [says], table=Rows(head, rows, more) if rows else None)


def _latest(dataset: Dataset, day: date, where: str) -> list[tuple[Cell, ...]]:
    query = f"""
        SELECT nct_id, url, {TITLE}, overall_status, page_state, verification_month_year, DATE '{day}' - {ENDS},
            coalesce(completion_month_year, primary_completion_month_year)
        FROM studies WHERE {where} ORDER BY 7 DESC, 1 LIMIT {_MOST_ROWS}
    """
    return [
        (link(nct_id, url), title, _status(status, state), end, count(days), verified or _NONE)
        for nct_id, url, title, status, state, verified, days, end in dataset.sql(query).fetchall()
    ]


def _status(code: str, state: str | None) -> str:
    return said("overall_status", code) + (" (gone from the site)" if state == "gone" else "")
