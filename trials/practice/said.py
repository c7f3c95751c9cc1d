"""What a label says: each form of a value as the site prints it, beside the columns that it settles.

A label is absent (`text` is None), blank (`text` is empty), or says something. The columns are those of
`registry/tables.py`; the readings are made here from what was drawn, never from the printed text.
"""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

Columns: TypeAlias = Mapping[str, object]

_MONTHS = ("January February March April May June July August September October November December").split()
_DAYS = {"Minutes": 1 / 1440, "Hours": 1 / 24, "Day": 1, "Days": 1, "Week": 7, "Weeks": 7}
_DAYS |= {"Month": 365.25 / 12, "Months": 365.25 / 12, "Year": 365.25, "Years": 365.25}
_NO_IDS = frozenset({"not applicable", "none", "not provided"})


@dataclass(frozen=True, slots=True)
class Said:
    """One label's value as printed, and the columns that it settles."""

    text: str | None
    columns: Columns = field(default_factory=dict)
    rows: tuple[Columns, ...] = ()  # of a table of its own, where a value gives rows


def text(column: str, value: str) -> Said:
    """Return a text that is taken as it stands."""
    return Said(value, {column: value or None})


def coded(column: str, wording: str, code: str | None) -> Said:
    """Return a wording with its code, blank where it is empty; the text as printed stands beside the code."""
    return Said(wording, {column: code, f"{column}_text": wording} if wording else {})


def dated(stem: str, day: date, *, month_only: bool) -> Said:
    """Return a date of month or day precision."""
    columns: tuple[object, ...]
    if not month_only:
        columns = (day.isoformat(), day, day, day)
        printed = f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"
    else:
        last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        columns = (f"{day:%Y-%m}", None, day.replace(day=1), last)
        printed = f"{_MONTHS[day.month - 1]} {day.year}"
    names = (f"{stem}_month_year", f"{stem}_date", f"{stem}_earliest", f"{stem}_latest")
    return Said(printed, dict(zip(names, columns, strict=True)))


def one_day(column: str, day: date | None) -> Said:
    """Return a date that always names its day, or is blank."""
    return Said(dated("", day, month_only=False).text, {column: day}) if day else Said("")


def aged(low: str, high: str) -> Said:
    """Return an age group; `up to` has no lower limit and says so in its own form."""
    if low == "up to":
        printed, low = f"up to {high}", "N/A"
    else:
        printed = f"{low} and older" if high == "N/A" else f"{low} to {high}"
    columns = {
        "age_group_text": printed,
        "minimum_age": low,
        "maximum_age": high,
        "minimum_age_years": years(low),
        "maximum_age_years": years(high),
    }
    return Said(printed, columns)


def years(limit: str) -> float | None:
    """Return an age limit in years, None where there is no limit."""
    if limit == "N/A":
        return None
    number, unit = limit.split()
    return round(int(number) * _DAYS[unit] / 365.25, 6)


def answered(column: str, wording: str, *, yes: bool) -> Said:
    """Return a yes or no in one of its wordings."""
    return Said(wording, {column: yes, f"{column}_text": wording})


def counted(column: str, number: int) -> Said:
    """Return a whole number."""
    return Said(str(number), {column: number})


def own_id(value: str) -> Said:
    """Return the organization's own id of a trial."""
    return Said(value, rows=({"id_source": "org_study_id", "id_value": value},))


def other_ids(values: Sequence[str]) -> Said:
    """Return secondary ids, comma between them; junk gives no row."""
    rows = tuple({"id_source": "secondary_id", "id_value": value} for value in values if value not in _NO_IDS)
    return Said(", ".join(values), rows=rows)
