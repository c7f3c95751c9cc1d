"""Values of a trial that cannot all be true: problems that name both, while both are kept.

A date that names only a month is in conflict with another only if no day of the month fits.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, cast

from registry.labels import FieldKey
from registry.record import Problem
from registry.tables import Row, TableRows
from registry.wording import fold


class Said(NamedTuple):
    """What the page says for a column: where, and the text as printed."""

    key: FieldKey
    text: str


_IN_ORDER = (  # no date of the first column is after that of the second
    ("start_date", "primary_completion_date"),
    ("start_date", "completion_date"),
    ("primary_completion_date", "completion_date"),
    ("study_first_submitted_date", "last_update_submitted_date"),
)
_PAST = ("study_first_submitted_date", "last_update_submitted_date", "verification_date")  # on the day of the fetch
_NOT_BEGUN = "WITHDRAWN"  # before the first participant: its enrollment is 0
_WITH_PARTICIPANTS = frozenset(
    "ACTIVE_NOT_RECRUITING COMPLETED ENROLLING_BY_INVITATION NOT_YET_RECRUITING RECRUITING SUSPENDED TERMINATED".split()
)
_SEEN = {"overall_status": "status", "phase": "phase", "brief_title": "title"}  # column of studies → of related_studies
_NEWER = ("overall_status", "phase", "brief_title", "enrollment")  # what pages of each kind may print
_NEWER_DATES = ("start_date", "primary_completion_date", "completion_date")
_TIME_ZONES = timedelta(days=1)  # a date of the site may be one ahead of UTC


def conflicts(tables: TableRows, said: Mapping[str, Said]) -> Iterator[Problem]:
    """Yield the conflicts between the values of a page.

    `said` gives for each column what the page prints; a sentence about a column that it lacks names the column alone.
    """
    for study in tables["studies"]:
        yield from _between_dates(study, said)
        yield from _after_the_fetch(study, said)
        yield from _of_enrollment(study, said)
    for eligibility in tables["eligibilities"]:
        yield from _of_ages(eligibility, said)


def _between_dates(study: Row, said: Mapping[str, Said]) -> Iterator[Problem]:
    for first, second in _IN_ORDER:
        if _is_after(_span(study, first), _span(study, second)):
            yield _conflict("dates_in_conflict", f"is after {_named(said, second)}", first, said)


def _after_the_fetch(study: Row, said: Mapping[str, Said]) -> Iterator[Problem]:
    fetched_at = study.get("fetched_at")
    if not isinstance(fetched_at, datetime):
        return
    today = fetched_at.astimezone(UTC).date()
    columns = (*_PAST, "completion_date") if study.get("overall_status") == "COMPLETED" else _PAST
    for column in columns:
        if _is_after(_span(study, column), (today, today + _TIME_ZONES)):
            ended = f", though {_named(said, 'overall_status')}" if column not in _PAST else ""
            why = f"is after {today.isoformat()}, when the page was fetched{ended}"
            yield _conflict("dates_in_conflict", why, column, said, kept="it was")


def _of_enrollment(study: Row, said: Mapping[str, Said]) -> Iterator[Problem]:
    status, enrollment = study.get("overall_status"), study.get("enrollment")
    expected = "more than 0" if status in _WITH_PARTICIPANTS else "0"
    if (status == _NOT_BEGUN and enrollment) or (status in _WITH_PARTICIPANTS and enrollment == 0):
        why = f"is not {expected}, as {_named(said, 'overall_status')} wants"
        yield _conflict("enrollment_in_conflict", why, "enrollment", said)


def _of_ages(eligibility: Row, said: Mapping[str, Said]) -> Iterator[Problem]:
    low, high = eligibility.get("minimum_age_years"), eligibility.get("maximum_age_years")
    if isinstance(low, float) and isinstance(high, float) and low > high:
        limits = f"{eligibility['minimum_age']!r} is above {eligibility['maximum_age']!r}"
        why = f"has its limits the wrong way round: {limits}"
        yield _conflict("ages_in_conflict", why, "age_group_text", said, "eligibilities")


def _is_after(first: tuple[date, date] | None, second: tuple[date, date] | None) -> bool:
    """Whether every day that the first can be is after every day that the second can be."""
    return first is not None and second is not None and first[0] > second[1]


def _span(study: Mapping[str, object], column: str) -> tuple[date, date] | None:
    """Return the first and the last day that a date can be, None if it is not known."""
    stem = column.removesuffix("_date")
    first, last = study.get(f"{stem}_earliest", study.get(column)), study.get(f"{stem}_latest", study.get(column))
    return (cast(date, first), cast(date, last)) if first and last else None


def _named(said: Mapping[str, Said], column: str) -> str:
    return f"{said[column].key} {said[column].text!r}" if column in said else column


def _conflict(
    code: str, why: str, column: str, said: Mapping[str, Said], table: str = "studies", kept: str = "both were"
) -> Problem:
    key, text = said.get(column, (None, None))
    message = f"{_named(said, column)} {why}; {kept} kept."
    return Problem(code, message, str(key) if key else None, text, table, column)


def may_be_same(first: Row, second: Mapping[str, object], column: str) -> bool:
    """Whether the dates that two rows have in a column may be one day."""
    spans = _span(first, column), _span(second, column)
    return not _is_after(*spans) and not _is_after(*reversed(spans))


def sighting_conflicts(study: Row, sightings: Iterable[Row]) -> list[Problem]:
    """Return the conflicts between a trial's row in `studies` and what other pages' See also tables print of it.

    `sightings` are rows of `related_studies`; those of other trials are left out, and those seen before the trial's
    own page was fetched: it may have changed since. One problem for each column and value, the newest sighting's. A
    null on either side says nothing. `text` is what was seen.
    """
    newest = sorted(_that_count(study, sightings), key=lambda row: (_time(row["seen_at"]), str(row["nct_id"])))
    found: dict[tuple[str, str], Problem] = {}
    for row in reversed(newest):
        for column, seen_in in _SEEN.items():
            ours, seen = study.get(column), row.get(seen_in)
            key = column, fold(str(seen))
            if ours and seen and fold(str(ours)) != key[1] and key not in found:
                found[key] = _seen_otherwise(column, str(ours), str(seen), row)
    return list(found.values())


def _that_count(study: Row, sightings: Iterable[Row]) -> Sequence[Row]:
    own = [row for row in sightings if row["related_nct_id"] == study["nct_id"]]
    fetched_at = study.get("fetched_at")
    return [row for row in own if not (fetched_at and row["seen_at"]) or _time(row["seen_at"]) > _time(fetched_at)]


def _time(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.min.replace(tzinfo=UTC)


def _seen_otherwise(column: str, ours: str, seen: str, row: Row) -> Problem:
    when = f" at {row['seen_at']:%Y-%m-%dT%H:%M:%SZ}" if isinstance(row["seen_at"], datetime) else ""
    message = (
        f"The page says {ours!r}, which was kept; the See also table of {row['nct_id']}, seen{when}, says {seen!r}."
    )
    return Problem("sighting_in_conflict", message, None, seen, "studies", column)


def newer_conflicts(study: Row, newer: Row) -> Iterator[Problem]:
    """Yield what a newer page of a trial says otherwise than the one that its tables are read from.

    Both are rows of `studies`. Tables are read from the details page though a summary, or a page that may be cut, was
    fetched later. A null on either side says nothing. `text` is what the newer page says.
    """
    for column in (*_NEWER, *_NEWER_DATES):
        ours, theirs = _shown(study, column), _shown(newer, column)
        if not (ours and theirs) or fold(ours) == fold(theirs):
            continue
        if column in _NEWER_DATES and may_be_same(study, newer, column):
            continue
        when = f"{newer['fetched_at']:%Y-%m-%dT%H:%M:%SZ}"
        message = f"The page says {ours!r}, which was kept; {newer['url']}, fetched at {when}, says {theirs!r}."
        yield Problem("newer_page_in_conflict", message, None, theirs, "studies", column)


def _shown(study: Row, column: str) -> str | None:
    """Return a value of `studies` as text; of a date the month where the page prints no day."""
    value = study[column] if column not in _NEWER_DATES else study[f"{column.removesuffix('_date')}_month_year"]
    return None if value is None else str(value)
