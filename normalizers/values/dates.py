"""Dates as the page prints them, kept at the page's precision."""

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

_NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
_MONTHS = {
    wording: number
    for number, name in enumerate(map(str.casefold, _NAMES), start=1)
    for wording in (name, name[:3], "sept" if number == 9 else name)
}
"""Full English names, their first three letters, and `Sept`: each names one month only."""
_FORMS = (
    re.compile(r"(?P<month>[A-Za-z]{3,9}) (?:(?P<day>[0-9]{1,2}), ?)?(?P<year>[0-9]{4})"),
    re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?"),
)
_YEARS = range(1900, 2101)  # outside, it is a slip of the pen


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date of month or day precision: ISO 8601 text, and the first and last day it can be."""

    iso: str
    earliest: date
    latest: date

    @property
    def day(self) -> date | None:
        """The day, or None if only the month is known."""
        return self.earliest if self.earliest == self.latest else None


@lru_cache(maxsize=2**12)  # most trials share theirs with others
def read_date(text: str) -> PrintedDate | None:
    """Return the date, or None if the text is not wholly one that exists.

    `May 10, 2023`, `May 2023`, `2023-05-10` or `2023-05`; months by their English names, in full or short; never by the
    locale of the machine. Whatever needs a guess is none: `05/10/2023`, `10 May`, `2023`.

    >>> read_date("May 2024")
    PrintedDate(iso='2024-05', earliest=datetime.date(2024, 5, 1), latest=datetime.date(2024, 5, 31))
    >>> read_date("February 30, 2024")
    """
    for form in _FORMS:
        if match := form.fullmatch(text):
            return _existing(match["year"], match["month"], match["day"])
    return None


def _existing(year_text: str, month_text: str, day_text: str | None) -> PrintedDate | None:
    year = int(year_text)
    month = int(month_text) if month_text.isdigit() else _MONTHS.get(month_text.casefold(), 0)
    if year not in _YEARS or month not in range(1, 13):
        return None
    last = calendar.monthrange(year, month)[1]
    if day_text is None:
        return PrintedDate(f"{year:04}-{month:02}", date(year, month, 1), date(year, month, last))
    if int(day_text) not in range(1, last + 1):
        return None
    day = date(year, month, int(day_text))
    return PrintedDate(day.isoformat(), day, day)
