"""The report of a night for a person: what `report.json` says, in a dozen lines."""

from collections import Counter
from collections.abc import Iterator, Mapping

from rich.console import Group, RenderableType

from trials.report import Report, Unknown
from trials.sheet import Rows, title
from trials.ticking import shown

_MOST_NAMED = 5  # pages that were not got, and texts that are not known
_UNITS = ("B", "kB", "MB", "GB", "TB")


def night_card(report: Report) -> RenderableType:
    """Return what a night did; parts of which there is nothing to say are left out."""
    return Group(title(f"{report.run} · {report.ended}, exit code {report.exit_code}"), Rows(list(_rows(report))))


def _rows(report: Report) -> Iterator[tuple[str, str]]:
    pages, found = report.pages, report.discovered
    if found.new or found.sitemaps or found.listings:
        new = ", ".join(f"{count:,} new by {way.replace('_', ' ')}" for way, count in found.new.items()) or "none new"
        yield "Found", f"{new}; {found.sitemaps:,} sitemaps and {found.listings:,} listings read"
    for number, sentence in enumerate(found.left_out[:_MOST_NAMED]):
        yield "" if number else "Left out", sentence
    yield "Pages", f"{pages.expected:,} expected, {pages.got:,} got: {_counts(pages.by_state) or 'none'}"
    if pages.by_reason:
        yield "Why", _counts(pages.by_reason)
    if pages.sightings:
        yield "Sightings", f"{pages.sightings.get('changed', 0):,} of {sum(pages.sightings.values()):,} were right"
    yield from _not_got(report)
    if (data := report.dataset) is not None:
        kept = data.build if data.published else f"{data.build}, not published"
        changes = f"{data.new.count:,} new, {data.changed.count:,} changed, {data.gone.count:,} gone"
        yield "Trials", f"{changes} against {data.before or 'none before'}; now {kept}"
    for number, unknown in enumerate(report.unknown[:_MOST_NAMED]):
        yield "" if number else "Not known", _unknown(unknown)
    if (more := len(report.unknown) - _MOST_NAMED) > 0:
        yield "", f"and {more:,} more, in report.json"
    if report.problems:
        yield "Problems", _counts(report.problems)
    yield from _measures(report)


def _not_got(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what was not got: by state, and the first of each reason."""
    missing = report.pages.not_got
    if not missing:
        return
    states = _counts(Counter(each.state for each in missing))
    yield "Not got", f"{len(missing):,}, which the store has as: {states}"
    first = {each.reason: each for each in reversed(missing)}
    for each in list(reversed(first.values()))[:_MOST_NAMED]:
        yield "", f"{each.nct_id} {each.kind}: {each.reason}"


def _unknown(unknown: Unknown) -> str:
    what = unknown.code.removeprefix("unknown_")
    text = f" ({' / '.join(unknown.text.splitlines())})" if unknown.text else ""
    return f"{what} {unknown.about}{text} on {unknown.pages:,} pages, first {unknown.nct_id}"


def _measures(report: Report) -> Iterator[tuple[str, str]]:
    manners, sizes, seconds = report.manners, report.sizes, report.seconds
    gap = f", {manners.shortest_gap_seconds:g} s at least between two" if manners.shortest_gap_seconds else ""
    paused = f", {shown(manners.paused_seconds)} of pauses asked for" if manners.paused_seconds else ""
    silent = f", {manners.requests_unanswered:,} unanswered" if manners.requests_unanswered else ""
    answers = ", ".join(f"{count:,} × {status}" for status, count in manners.answers_by_status.items())
    yield "Manners", f"{manners.requests:,} requests{gap}{paused}{silent}; answers: {answers or 'none'}"
    yield (
        "Sizes",
        f"{size(manners.body_bytes)} received; archive {size(sizes.archive)} (+{size(sizes.archive_of_run)}), ledger "
        f"{size(sizes.ledger)}, tables {size(sizes.tables_of_build)}, {size(sizes.free)} free",
    )
    parts = ("discovery", "planning", "fetching", "building", "all")
    yield "Seconds", ", ".join(f"{name} {getattr(seconds, name):,.0f}" for name in parts)


def _counts(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in ordered)


def size(count: float) -> str:
    """Return a number of bytes as people say it.

    >>> size(12), size(12_345), size(2_400_000_000)
    ('12 B', '12 kB', '2.4 GB')
    """
    for unit in _UNITS:
        if count < 1000 or unit == _UNITS[-1]:
            break
        count /= 1000
    return f"{count:.2g} {unit}" if count < 10 and unit != "B" else f"{count:,.0f} {unit}"
