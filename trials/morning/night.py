"""The last night: what was expected, what came, what did not and why, and which trials are new, changed and gone."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from scraper.schedule import Why
from trials.dataset import Dataset
from trials.morning.changed import changed_blocks
from trials.morning.parts import (
    TITLE,
    Block,
    Cell,
    Chapter,
    Code,
    Number,
    Rows,
    count,
    link,
    literal,
    said,
    sorted_counts,
    sql,
)
from trials.morning.unknown import Around, unknown_block
from trials.report import Ids, NotGot, Report

_MOST_ROWS = 20  # of trials in one table
_WHY: dict[str, str] = {
    Why.DOUBTED: "came in a night that was stopped",
    Why.OVERDUE: "not asked for in months",
    Why.SIGHTED: "another page contradicts",
    Why.LASTMOD: "the sitemap says it changed",
    Why.NEW: "never fetched",
    Why.LIKELY: "likely to have changed",
    Why.RETRY: "failed before",
}
_MOST_NAMED = 5  # trials with the same reason


def night_chapter(report: Report | None, published: Report | None, dataset: Dataset | None, around: Around) -> Chapter:
    """Return what the last night did; `published` is the last one that published, whose changes the tables have."""
    chapter = "night", "Last night"
    if report is None:
        return Chapter(*chapter, [("No night has run with this store yet: ", Code("trials harvest"), " is one.")])
    blocks = [_expected(report), *_not_got(report), *_stopped(report), *unknown_block(report.unknown, around)]
    if dataset is not None and published is not None:
        blocks += [*changed_blocks(dataset, published.started_at), *_coming_and_going(dataset, published)]
    blocks += _problems(report, is_in_tables=report is published)
    return Chapter(*chapter, list(_says(report, published)), blocks)


def _says(report: Report, published: Report | None) -> Iterator[tuple[Cell, ...]]:
    yield (f"Of {report.site}, from {report.started_at} to {report.ended_at or 'an end that was not noted'}, UTC.",)
    if published is not None and published.run != report.run:
        yield (f"It published nothing: changes, new and gone trials below are of the night of {published.started_at}.",)
    for left_out in report.discovered.left_out:
        yield (f"Left out: {left_out}",)


def _expected(report: Report) -> Block:
    """Return why pages were asked for, and what came of it."""
    pages, site = report.pages, report.discovered
    rows: list[tuple[Cell, ...]] = [
        ("expected", _WHY.get(reason, reason), _told(number)) for reason, number in sorted_counts(pages.by_reason)
    ]
    rows += [
        ("asked for, now", state.replace("_", " "), _told(number)) for state, number in sorted_counts(pages.by_state)
    ]
    rows += [
        ("not got, was", state, _told(len(list(each))))
        for state, each in groupby(sorted(pages.not_got, key=_by_state), key=_by_state)
    ]
    rows += [("new trials", f"by {way.replace('_', ' ')}", _told(number)) for way, number in sorted_counts(site.new)]
    rows += [("seen elsewhere", what, _told(number)) for what, number in sorted_counts(pages.sightings)]
    got = (_told(pages.got), " of ", _told(pages.expected), " pages came, ", _told(pages.changed), " of them changed.")
    return Block("Expected and got", [got], table=Rows(("what", "which", "pages"), rows))


def _told(number: int) -> Number:
    """Return a number that the report of the night says, with the command that shows it."""
    return count(number, "python -m json.tool report.json")


def _by_state(each: NotGot) -> str:
    return each.state.replace("_", " ")


def _not_got(report: Report) -> Iterator[Block]:
    missing = sorted(report.pages.not_got, key=lambda each: (each.state, each.reason, each.nct_id))
    if not missing:
        return
    rows: list[tuple[Cell, ...]] = []
    for (state, reason), group in groupby(missing, key=lambda each: (each.state, each.reason)):
        pages = list(group)
        first = " ".join(dict.fromkeys(each.nct_id for each in pages[:_MOST_NAMED]))
        rows.append((state.replace("_", " "), reason, count(len(pages), f"trials why {first}"), first))
    shown, left = rows[:_MOST_ROWS], len(rows) - _MOST_ROWS
    more: tuple[Cell, ...] = (f"and {left:,} more reasons: ", Code("report.json")) if left > 0 else ()
    yield Block("Not got, and why", table=Rows(("state", "reason", "pages", "first trials"), shown, more))


def _stopped(report: Report) -> Iterator[Block]:
    rows: list[tuple[Cell, ...]] = [("failed", gate, "") for gate in report.failed_gates]
    rows += [("alarm", report.alarm, report.sentence)] if report.alarm else []
    rows += [("let through", name, why) for name, why in report.accepted.items()]
    if rows:
        yield Block("Gates and alarms", table=Rows(("what", "name", "why"), rows))


def _problems(report: Report, *, is_in_tables: bool) -> Iterator[Block]:
    rows: list[tuple[Cell, ...]] = [
        (said("problem", code), Code(code), count(number, _listed(code, report.started_at) if is_in_tables else ""))
        for code, number in sorted_counts(report.problems)
    ]
    if rows:
        yield Block("Problems of the new versions of pages", table=Rows(("problem", "code", "marks"), rows))


def _listed(code: str, since: str) -> str:
    where = f"code = {literal(code)} AND fetched_at >= '{since[:19]}'"
    return sql(f"SELECT nct_id, label, text, message FROM problems WHERE {where}")


def _coming_and_going(dataset: Dataset, report: Report) -> Iterator[Block]:
    """Yield the trials that came into the tables, and those that the site does not have any more."""
    if report.dataset is None:
        return
    yield from _trials(dataset, "New trials", report.dataset.new, f"first_seen_at >= '{report.started_at[:19]}'")
    yield from _trials(dataset, "Gone trials", report.dataset.gone, "page_state = 'gone'")


def _trials(dataset: Dataset, heading: str, ids: Ids, condition: str) -> Iterator[Block]:
    """Yield trials by their ids; the command of their number has the ids where these are few, else a condition."""
    if not ids.count:
        return
    if ids.count == len(ids.nct_ids) <= _MOST_ROWS:
        condition = f"nct_id IN ({', '.join(map(literal, ids.nct_ids))})"
    command = sql(f"SELECT nct_id, brief_title, overall_status, last_seen_at FROM studies WHERE {condition}")
    shown = ids.nct_ids[:_MOST_ROWS]
    query = f"""
        SELECT nct_id, url, {TITLE}, overall_status, strftime(last_seen_at, '%Y-%m-%d')
        FROM studies WHERE list_contains($1, nct_id) ORDER BY nct_id
    """
    rows: Sequence[tuple[Cell, ...]] = [
        (link(nct_id, url), title, said("overall_status", status or ""), seen or "")
        for nct_id, url, title, status, seen in dataset.sql(query, [shown]).fetchall()
    ]
    left = ids.count - len(rows)
    more: tuple[Cell, ...] = (f"and {left:,} more of ", count(ids.count, command)) if left > 0 else ()
    says = [(count(ids.count, command), " against the build before.")]
    yield Block(heading, says, table=Rows(("trial", "title", "status", "last seen"), rows, more))
