"""Spans of time: ages and time frames."""

import re
from dataclasses import dataclass

DAYS = {
    "minute": 1 / 1440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "month": 365.25 / 12,
    "year": 365.25,
}
"""Days in a unit; a month and a year at their mean in the Julian calendar year of 365.25 days."""

_UNIT = r"(?:minute|hour|day|week|month|year)s?"
_AGE = rf"[0-9]+(?:\.[0-9]+)? {_UNIT}"
_LIMIT = rf"({_AGE}|N/A)"
_FORMS = (
    re.compile(rf"{_LIMIT} (?:to|-|–) {_LIMIT}", re.IGNORECASE),
    re.compile(rf"{_LIMIT} and (?:older|over|up)()", re.IGNORECASE),
    re.compile(rf"()up to {_LIMIT}", re.IGNORECASE),
    re.compile(rf"(){_LIMIT} and (?:younger|under)", re.IGNORECASE),
)
NO_LIMIT = "N/A"  # AACT's own value of eligibilities.minimum_age and maximum_age


@dataclass(frozen=True, slots=True)
class Ages:
    """Lower and upper age limit as printed, `N/A` where the page says there is none; and in years."""

    minimum: str
    maximum: str
    minimum_years: float | None
    maximum_years: float | None


def read_ages(text: str) -> Ages | None:
    """Return both limits, or None if the text is no age group or its limits are the wrong way round.

    >>> read_ages("6 Months to 18 Months")
    Ages(minimum='6 Months', maximum='18 Months', minimum_years=0.5, maximum_years=1.5)
    >>> read_ages("up to 17 Years")
    Ages(minimum='N/A', maximum='17 Years', minimum_years=None, maximum_years=17.0)
    >>> read_ages("90 Years to 18 Years")
    """
    for form in _FORMS:
        if match := form.fullmatch(text):
            low, high = match[1], match[2]
            ages = Ages(_limit(low), _limit(high), _years(low), _years(high))
            return ages if _in_order(ages) else None
    return None


def _limit(text: str) -> str:
    return NO_LIMIT if not text or text.upper() == NO_LIMIT else text


def _years(limit: str) -> float | None:
    if not limit or limit.upper() == NO_LIMIT:
        return None
    days = days_of(limit)
    return None if days is None else round(days / DAYS["year"], 6)


def _in_order(ages: Ages) -> bool:
    return ages.minimum_years is None or ages.maximum_years is None or ages.minimum_years <= ages.maximum_years


def days_of(text: str) -> float | None:
    """Return the days in `<number> <unit of time>`, or None if the text is anything else.

    >>> days_of("48 weeks")
    336.0
    >>> days_of("week 48")
    """
    match = re.fullmatch(rf"([0-9]{{1,6}}(?:\.[0-9]{{1,6}})?)\s+({_UNIT})", text, re.IGNORECASE)
    return round(float(match[1]) * DAYS[match[2].casefold().rstrip("s")], 6) if match else None
