"""The last nights side by side: what came, problems, durations, and how the site was asked."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from trials.morning import charts
from trials.morning.parts import Block, Cell, Chapter, Code, Number, Rows, count, said, sorted_counts
from trials.report import Report
from trials.report_card import size
from trials.ticking import shown

_MOST_CODES = 6  # that are told apart in a chart
_SILENT = "no answer"
_PARTS = ("discovery", "planning", "fetching", "building")


def nights_chapter(reports: Sequence[Report]) -> Chapter:
    """Return the nights, given newest first, in blocks; charts go from the oldest to the newest."""
    if not reports:
        return Chapter("nights", "The last nights", [("There is none.",)])
    old_first = list(reversed(reports))
    bad = [report for report in reports if not report.is_good]
    says: list[tuple[Cell, ...]] = [
        (
            f"{len(reports)} nights, {len(bad)} of them bad. Everything they said is in ",
            Code("reports/"),
            " of the store.",
        )
    ]
    return Chapter(
        "nights", "The last nights", says,
        [_nights(reports), _pages(old_first), _problems(old_first), _durations(old_first), _manners(old_first)],
    )  # fmt: skip


def _label(report: Report) -> str:
    return report.started_at[:10]


def _minute(report: Report) -> str:
    return report.started_at[:16].replace("T", " ")


def _nights(reports: Sequence[Report]) -> Block:
    rows: list[tuple[Cell, ...]] = [
        (
            Number(_minute(report), f"python -m json.tool reports/{report.run}.json"), "good" if report.is_good else "BAD", f"{report.ended}, {report.exit_code}", count(report.pages.expected),
            count(report.pages.got), count(report.pages.changed), *_moved(report), report.sentence,
        )
        for report in reports
    ]  # fmt: skip
    head = ("began", "how", "ended, exit code", "expected", "got", "changed", "new", "gone", "in a sentence")
    return Block("Night by night", table=Rows(head, rows))


def _moved(report: Report) -> tuple[Cell, Cell]:
    data = report.dataset
    return (count(data.new.count), count(data.gone.count)) if data else ("", "")


def _over(
    reports: Sequence[Report], heading: str, unit: str, parts: Sequence[str], measured: Callable[[Report], Mapping[str, float]],
    written: Callable[[float], str] = lambda number: f"{number:,.0f}", axis: str = "~s",
) -> Block:  # fmt: skip
    """Return a measure of each night in parts, drawn and as a table."""
    values = [(_label(report), measured(report)) for report in reports]
    rows: list[tuple[Cell, ...]] = [
        (night, *(written(each.get(part, 0)) for part in parts)) for night, each in reversed(values)
    ]
    if not parts:
        return Block(heading, [("None.",)])
    chart = charts.over_nights(values, parts, heading, unit, axis)
    return Block(heading, (), chart, charts.legend_of(parts), Rows(("night", *parts), rows), folded=True)


def _pages(reports: Sequence[Report]) -> Block:
    return _over(
        reports, "Pages asked for", "pages", ("got, changed or new", "got, as before", "not got"),
        lambda report: {
            "got, changed or new": report.pages.by_state.get("fetched", 0),
            "got, as before": report.pages.got - report.pages.by_state.get("fetched", 0),
            "not got": report.pages.expected - report.pages.got,
        },
    )  # fmt: skip


def _problems(reports: Sequence[Report]) -> Block:
    """Return the problems of new versions by code; the rarer codes are put together."""
    total: Counter[str] = Counter()
    for report in reports:
        total.update(report.problems)
    codes = [code for code, _ in sorted_counts(total)]
    names = {code: said("problem", code) if code in codes[:_MOST_CODES] else "others" for code in codes}

    def measured(report: Report) -> Mapping[str, float]:
        counted: Counter[str] = Counter()
        for code, number in report.problems.items():
            counted[names[code]] += number
        return counted

    return _over(reports, "Problems of new versions, by code", "marks", tuple(dict.fromkeys(names.values())), measured)


def _durations(reports: Sequence[Report]) -> Block:
    return _over(
        reports, "How long the nights took", "minutes", _PARTS,
        lambda report: {part: getattr(report.seconds, part) / 60 for part in _PARTS}, lambda minutes: shown(minutes * 60), axis=",~g",
    )  # fmt: skip


def _manners(reports: Sequence[Report]) -> Block:
    """Return how the site was asked: answers by status, the shortest gap beside the one promised, pauses."""
    classes = sorted({_class(status) for report in reports for status in report.manners.answers_by_status})

    def answers(report: Report) -> Mapping[str, float]:
        counted: Counter[str] = Counter()
        for status, number in report.manners.answers_by_status.items():
            counted[_class(status)] += number
        counted[_SILENT] += report.manners.requests_unanswered
        return counted

    parts = (*classes, _SILENT)
    values = [(_label(report), answers(report)) for report in reports]
    rows: list[tuple[Cell, ...]] = []
    for report in reversed(reports):
        manners, counted = report.manners, answers(report)
        gap = "" if manners.shortest_gap_seconds is None else f"{manners.shortest_gap_seconds:g} s"
        rows.append((
            _label(report), count(manners.requests), *(f"{counted.get(part, 0):,.0f}" for part in parts), f"{manners.delay_seconds:g} s",
            gap, shown(manners.paused_seconds), size(manners.body_bytes),
        ))  # fmt: skip
    late = [report for report in reports if _was_hasty(report)]
    says = [(f"In {len(late)} nights a gap between two requests was shorter than promised.",)] if late else [
        ("No gap between an answer and the next request was shorter than promised.",)
    ]  # fmt: skip
    head = (
        "night",
        "requests",
        *(f"{part} answers" for part in classes),
        _SILENT,
        "promised gap",
        "shortest gap",
        "paused",
        "received",
    )
    chart = charts.over_nights(values, parts, "Answers by class of their status", "answers")
    return Block("Politeness", says, chart, charts.legend_of(parts), Rows(head, rows), folded=True)


def _class(status: str) -> str:
    return f"{status[:1]}xx"


def _was_hasty(report: Report) -> bool:
    gap = report.manners.shortest_gap_seconds
    return gap is not None and gap < report.manners.delay_seconds
