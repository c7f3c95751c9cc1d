"""Values as texts: the same in csv, tsv, xlsx and sqlite, and made inert for spreadsheets.

Dates are ISO 8601, times `2026-11-29T03:00:00Z`, lists JSON. A text that a spreadsheet would run or that begins with
the guard itself gets a guard (OWASP, CSV Injection): `trials.read_csv` takes one off.
"""

import json
from datetime import UTC, date, datetime

GUARD = "'"
"""What stands before a text that a spreadsheet would take for a formula."""
RUNNING = "=+-@\t\r\n"
"""First characters that make a spreadsheet run or split a cell."""
_GUARDED = (*RUNNING, GUARD)


def guarded(text: str) -> str:
    """Return a text as a spreadsheet leaves it alone.

    >>> guarded("=18 years old"), guarded("'n Vogue"), guarded("18 years")
    ("'=18 years old", "''n Vogue", '18 years')
    """
    return GUARD + text if text.startswith(_GUARDED) else text


def unguarded(text: str) -> str:
    """Return the text that was guarded.

    >>> unguarded("'=18 years old"), unguarded("'tis"), unguarded("18")
    ('=18 years old', 'tis', '18')
    """
    return text.removeprefix(GUARD)


def as_text(value: object) -> str:
    """Return a value that is not null as a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return (value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=as_text)
    return str(value)


def sql_text(sql: str) -> str:
    """Return the SQL of a time as `as_text` prints it."""
    return f"strftime({sql}, '%Y-%m-%dT%H:%M:%SZ')"


def sql_guarded(sql: str) -> str:
    """Return the SQL of a text as `guarded` returns it."""
    starts = ", ".join(f"chr({ord(each)})" for each in _GUARDED)
    return f"CASE WHEN left({sql}, 1) IN ({starts}) THEN chr({ord(GUARD)}) || {sql} ELSE {sql} END"
