"""Ages of those who may take part, and the days in a unit of time."""

import re
from dataclasses import dataclass

from registry.vocabularies import code

DAYS = {
    "minute": 1 / 1440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "month": 365.25 / 12,
    "year": 365.25,
}
"""Days in a unit; a month and a year at their mean in the Julian calendar year of 365.25 days."""

_UNIT = rf"(?:{'|'.join(DAYS)})s?"
_NUMBER = r"[0-9]{1,5}(?:\.[0-9]{1,3})?"
_AGE = rf"{_NUMBER} ?{_UNIT}"
_LIMIT = rf"({_AGE}|N/?A|no limit)"
_FORMS = (
    re.compile(rf"{_LIMIT} ?(?:to|-|–|through) ?{_LIMIT}", re.IGNORECASE),
    re.compile(rf"({_NUMBER}) ?(?:to|-|–) ?({_AGE})", re.IGNORECASE),  # one unit for both: `18 to 65 Years`
    re.compile(rf"{_LIMIT} (?:and|or) (?:older|over|up|above)()", re.IGNORECASE),
    re.compile(rf"(){_LIMIT} (?:and|or) (?:younger|under)", re.IGNORECASE),
    re.compile(rf"()(?:up to|until) {_LIMIT}", re.IGNORECASE),
)
_GROUPS = re.compile(
    r" ?\(([A-Za-z, ]{4,40})\)$"
)  # the registry's own remark behind the limits: `(Adult, Older Adult)`
NO_LIMIT = "N/A"  # AACT's own value of eligibilities.minimum_age and maximum_age


@dataclass(frozen=True, slots=True)
class Ages:
    """Lower and upper age limit as printed, `N/A` where the page says there is none; and in years."""

    minimum: str
    maximum: str
    minimum_years: float | None
    maximum_years: float | None


def read_ages(text: str) -> Ages | None:
    """Return both limits, or None if the text is no age group; limits the wrong way round stay so.

    A text that names every age group of the registry and no age (`Child, Adult, Older Adult`) says that there is no
    limit; one that names some of them names no age.

    >>> read_ages("6 Months to 18 Months")
    Ages(minimum='6 Months', maximum='18 Months', minimum_years=0.5, maximum_years=1.5)
    >>> read_ages("up to 17 Years (Child)")
    Ages(minimum='N/A', maximum='17 Years', minimum_years=None, maximum_years=17.0)
    >>> read_ages("18 to 90")
    """
    if _groups(text) == _ALL:
        return Ages(NO_LIMIT, NO_LIMIT, None, None)
    remark = _GROUPS.search(text)
    if remark and _groups(remark[1]) <= _ALL:
        text = text[: remark.start()]
    for form in _FORMS:
        if match := form.fullmatch(text):
            low, high = _limits(match[1], match[2])
            return Ages(low, high, _years(low), _years(high))
    return None


_ALL = frozenset({"child", "adult", "older_adult"})


def _groups(text: str) -> set[str | None]:
    return {code("age_group", name) for name in text.split(",")}


def _limits(low: str, high: str) -> tuple[str, str]:
    """Return both as printed; the unit that stands once belongs to both."""
    if low and low.replace(".", "").isdigit():
        low = f"{low}{re.sub('^[0-9.]+', '', high)}"
    return _limit(low), _limit(high)


def _limit(text: str) -> str:
    return text if text[:1].isdigit() else NO_LIMIT


def _years(limit: str) -> float | None:
    match = re.fullmatch(rf"({_NUMBER}) ?({_UNIT})", limit, re.IGNORECASE)
    return round(float(match[1]) * DAYS[match[2].casefold().rstrip("s")] / DAYS["year"], 6) if match else None
