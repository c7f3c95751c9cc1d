"""The last nights side by side: what came, problems, durations, and how the site was asked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from trials.morning import charts
from trials.morning.parts import Block, Cell, Chapter, Code, Number, Rows, count, said, sorted_counts
from trials.report import Report
from trials.report_card import size
from trials.ticking import shown

_MOST_CODES = 6  # that are told apart in a chart
_CHANGED, _AS_BEFORE, _NOT_GOT = "got, new or changed", "got, as before", "not got"
_DURATIONS = ("discovery", "planning", "fetching", "building")
_SILENT = "no answer"
_PAGES = ("pages expected", "pages got", "pages changed")
Values: TypeAlias = Sequence[tuple[Report, Mapping[str, float]]]
"""A measure of each night in parts, the newest night first."""


def nights_chapter(reports: Sequence[Report]) -> Chapter:
    """Return the nights, given newest first, in blocks; charts go from the oldest to the newest."""
    if not reports:
        return Chapter("nights", "The last nights", [("There is none.",)])
    bad = sum(not report.is_good for report in reports)
    says = (f"{len(reports)} nights, {bad} of them bad. All that they said is in ", Code("reports/"), " of the store.")
    blocks = [_nights(reports), _pages(reports), _problems(reports), _durations(reports), _manners(reports)]
    return Chapter("nights", "The last nights", [says], blocks)


def _nights(reports: Sequence[Report]) -> Block:
    head = ("began", "how", "ended, exit code", *_PAGES, "new trials", "gone trials", "in a sentence")
    return Block("Night by night", table=Rows(head, [_night(report) for report in reports]))


def _night(report: Report) -> tuple[Cell, ...]:
    pages, data = report.pages, report.dataset
    moved: tuple[Cell, Cell] = (_said(report, data.new.count), _said(report, data.gone.count)) if data else ("", "")
    came = (_said(report, number) for number in (pages.expected, pages.got, pages.changed))
    began, how = report.started_at[:16].replace("T", " "), "good" if report.is_good else "BAD"
    return began, how, f"{report.ended}, {report.exit_code}", *came, *moved, report.sentence


def _said(report: Report, number: float) -> Number:
    """Return a number that the report of a night says, with the command that shows it."""
    return count(int(number), f"python -m json.tool reports/{report.run}.json")


def _day(report: Report) -> str:
    return report.started_at[:10]


def _over(heading: str, unit: str, parts: Sequence[str], values: Values) -> str:
    """Return a chart of a measure, from the oldest night to the newest; those of one day have their time as well."""
    nights = Counter(_day(report) for report, _ in values)
    bars = [
        (_day(report) if nights[_day(report)] == 1 else report.started_at[:19].replace("T", " "), counts)
        for report, counts in reversed(values)
    ]
    return charts.over_nights(bars, parts, heading, unit)


def _counted(heading: str, unit: str, parts: Sequence[str], values: Values) -> Block:
    """Return counts of each night in parts, drawn and as a table."""
    rows: list[tuple[Cell, ...]] = [
        (_day(report), *(_said(report, each.get(part, 0)) for part in parts)) for report, each in values
    ]
    chart = _over(heading, unit, parts, values)
    return Block(heading, (), chart, charts.legend_of(parts), Rows(("night", *parts), rows), folded=True)


def _pages(reports: Sequence[Report]) -> Block:
    values = []
    for report in reports:
        pages = report.pages
        new = pages.by_state.get("fetched", 0)
        parts = {_CHANGED: new, _AS_BEFORE: pages.got - new, _NOT_GOT: pages.expected - pages.got}
        values.append((report, parts))
    return _counted("Pages asked for", "pages", (_CHANGED, _AS_BEFORE, _NOT_GOT), values)


def _problems(reports: Sequence[Report]) -> Block:
    """Return the problems of new versions by code; the rarer codes are put together."""
    heading = "Problems of new versions, by code"
    total: Counter[str] = Counter()
    for report in reports:
        total.update(report.problems)
    if not total:
        return Block(heading, [("None.",)])
    codes = [code for code, _ in sorted_counts(total)]
    names = {code: said("problem", code) if place < _MOST_CODES else "others" for place, code in enumerate(codes)}
    values = []
    for report in reports:
        counted: Counter[str] = Counter()
        for code, number in report.problems.items():
            counted[names[code]] += number
        values.append((report, counted))
    return _counted(heading, "marks", tuple(dict.fromkeys(names.values())), values)


def _durations(reports: Sequence[Report]) -> Block:
    heading = "How long the nights took"
    seconds = [(report, {part: getattr(report.seconds, part) for part in _DURATIONS}) for report in reports]
    rows = [(_day(report), *(shown(each[part]) for part in _DURATIONS)) for report, each in seconds]
    minutes = [(report, {part: number / 60 for part, number in each.items()}) for report, each in seconds]
    chart = _over(heading, "minutes", _DURATIONS, minutes)
    return Block(heading, (), chart, charts.legend_of(_DURATIONS), Rows(("night", *_DURATIONS), rows), folded=True)


def _manners(reports: Sequence[Report]) -> Block:
    """Return how the site was asked: answers by status, the shortest gap beside the one promised, pauses."""
    values = [(report, _answers(report)) for report in reports]
    classes = sorted({name for _, each in values for name in each} - {_SILENT})
    parts = (*classes, _SILENT)
    hasty = sum(_was_hasty(report) for report in reports)
    promise = f"In {hasty} nights a gap" if hasty else "In no night was a gap"
    says = (f"{promise} between an answer and the next request {'was ' if hasty else ''}shorter than promised.",)
    head = ("night", "requests", *parts, "promised gap", "shortest gap", "paused", "received")
    rows = [_manner(report, each, parts) for report, each in values]
    chart = _over("Answers by class of their status", "answers", parts, values)
    return Block("Politeness", [says], chart, charts.legend_of(parts), Rows(head, rows), folded=True)


def _answers(report: Report) -> Counter[str]:
    counted: Counter[str] = Counter()
    for status, number in report.manners.answers_by_status.items():
        counted[f"{status[:1]}xx"] += number
    counted[_SILENT] += report.manners.requests_unanswered
    return counted


def _manner(report: Report, answers: Counter[str], parts: Sequence[str]) -> tuple[Cell, ...]:
    manners = report.manners
    gap = "" if manners.shortest_gap_seconds is None else f"{manners.shortest_gap_seconds:g} s"
    paused = shown(manners.paused_seconds) if manners.paused_seconds else ""
    return (
        _day(report), _said(report, manners.requests), *(_said(report, answers[part]) for part in parts),
        f"{manners.delay_seconds:g} s", gap, paused, size(manners.body_bytes),
    )  # fmt: skip


def _was_hasty(report: Report) -> bool:
    gap = report.manners.shortest_gap_seconds
    return gap is not None and gap < report.manners.delay_seconds
