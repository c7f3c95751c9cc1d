"""Rows whose cells ran together: only what the page's own facts settle is cut.

A location begins with a country, an outcome with its type and may end in a number and a unit of time, unless the word
before them may belong to the time frame, too (`Up to 10 years`); a sponsors row begins with the organization under
Source; a See also row has another trial's id with the dash behind it, the status before it, and may end in a phase. The
rest of a row stays whole.
"""

import re

from registry.labels import LOCATIONS, OUTCOME, SEE_ALSO
from registry.record import PageRow
from registry.vocabularies import code
from registry.wording import fold

_LONGEST_NAME = 9  # words of the longest country, status or phase
_TIME_FRAME = re.compile(r"(?:(?<=\s)|^)(\d+(?:\.\d+)?\s+(?:minute|hour|day|week|month|year)s?)$", re.IGNORECASE)
_JOINS = (  # words that may belong to the time frame of the number behind them: `3 and 6 months`
    r"to of and or at as about approx\.? approximately? around circa after before between during every each per for "
    r"from first last next initial final over until till through throughout up upto within in on by than least most "
    r"plus average mean median maximum max\.? minimum min\.? total another additional further following post\S* pre\S* "
    r"(?<!\bto.)(?<!\bfrom.)(?<!\bwith.)baseline screening follow-?up period duration time frame time-?frame ends? "
    r"estimated expected \S*(?:minute|hour|day|week|month|year)s? \S*(?:hourly|daily|weekly|monthly|yearly|annually)"
)
_GOES_ON = re.compile(rf"(?:[^\w\s)\]%\"'”’.]|(?:^|[\s,;/(-])(?:{'|'.join(_JOINS.split())}))\s\Z", re.IGNORECASE)
_REACH = 40  # characters before a time that hold the word before it
_IN_BRACKETS = re.compile(r"(.*\S) [(\[]([^()\[\]]{1,80})[)\]]", re.DOTALL)
_RELATED = re.compile(r"\bNCT[0-9]{8}\s+-(?=\s|$)")


def cut(section: str, line: str) -> PageRow | None:
    """Return the row with the cells that are settled, or None if the line does not begin a row of this section.

    The rows of other sections are not told by their beginning.
    """
    line = line.replace("\u00a0", " ")  # extractions keep some of the page's no-break spaces
    readers = {LOCATIONS: cut_location, OUTCOME: cut_outcome, SEE_ALSO: cut_related}
    return readers[section](line) if section in readers else None


def cut_location(line: str) -> PageRow | None:
    """Cut a location row.

    >>> cut_location("China Beijing 302 Hospital Beijing").cells
    {'Country': 'China'}
    """
    country, rest = beginning(line, "countries")
    if not country:
        return None
    if not rest:
        return PageRow({"Country": country, "Name": "", "City": "", "State": ""})
    return PageRow({"Country": country}, whole=line)


def cut_outcome(line: str) -> PageRow | None:
    """Cut an outcome row.

    >>> cut_outcome("Primary CT of the chest at week 2 2 weeks").cells
    {'Type': 'Primary', 'Time frame': '2 weeks'}
    >>> cut_outcome("Primary CT of the chest 3 and 6 months").cells
    {'Type': 'Primary'}
    """
    outcome_type, rest = beginning(line, "outcome_type")
    if not outcome_type:
        return None
    cells = {"Type": outcome_type}
    match = _TIME_FRAME.search(rest)
    if match and not _GOES_ON.search(rest, max(0, match.start() - _REACH), match.start()):
        cells["Time frame"] = match[1]
    return PageRow(cells, whole=line)


def cut_related(line: str) -> PageRow | None:
    """Cut a See also row.

    >>> cut_related("Active, not recruiting NCT01234567 - A trial of x N/A").cells
    {'Status': 'Active, not recruiting', 'Clinical Trial': 'NCT01234567 - A trial of x', 'Phase': 'N/A'}
    """
    match = _RELATED.search(line)
    if match is None:
        return None
    trial, phase = ending(line[match.start() :], "phase")
    status = line[: match.start()]
    if not status and not phase:
        trial, status, phase = _status_and_phase(trial)
    return PageRow({"Status": status.rstrip(" |"), "Clinical Trial": trial.rstrip(" |"), "Phase": phase})


def _status_and_phase(trial: str) -> tuple[str, str, str]:
    """Return a trial without the status and phase in brackets behind it, and those; blank where they are not there.

    >>> _status_and_phase("NCT01234567 - A trial of x (Active, not recruiting, Phase 2)")
    ('NCT01234567 - A trial of x', 'Active, not recruiting', 'Phase 2')
    """
    match = _IN_BRACKETS.fullmatch(trial)
    pieces = match[2].split(", ") if match else []
    for count in range(len(pieces), 0, -1):
        status, phase = ", ".join(pieces[:count]), ", ".join(pieces[count:])
        if match and code("overall_status", status) and (not phase or code("phase", phase)):
            return match[1], status, phase
    return trial, "", ""


def beginning(line: str, vocabulary: str) -> tuple[str, str]:
    """Return the longest wording that the line begins with, as printed, and the rest; both empty if there is none."""
    words = line.split(" ")
    for count in range(min(_LONGEST_NAME, len(words)), 0, -1):
        if code(vocabulary, " ".join(words[:count])) is not None:
            return " ".join(words[:count]), " ".join(words[count:])
    return "", ""


def ending(line: str, vocabulary: str) -> tuple[str, str]:
    """Return the line without the longest wording that it ends with, and that wording, empty if there is none."""
    words = line.split(" ")
    for count in range(min(_LONGEST_NAME, len(words) - 1), 0, -1):
        if code(vocabulary, " ".join(words[-count:])) is not None:
            return " ".join(words[:-count]), " ".join(words[-count:])
    return line, ""


def cut_sponsors(lines: list[str], source: str | None, count: int | None) -> list[PageRow] | None:
    """Return the sponsors rows, or None where the page does not settle them.

    The first begins with the organization under Source, which then is the lead sponsor, or is the only one the
    heading counts. Each other line is one collaborator. The number must be the heading's, where it has one.

    >>> [row.cells for row in cut_sponsors(["Acme Ltd City Hospital"], "Acme Ltd", 2)]
    [{'Lead Sponsor': 'Acme Ltd', 'Collaborator': 'City Hospital'}]
    """
    if count == 1 and len(lines) == 1:
        return [PageRow({"Lead Sponsor": lines[0], "Collaborator": ""})]
    rows: list[PageRow] = []
    for line in (line.replace("\u00a0", " ") for line in lines):
        rest = _after(line, source) if source else None
        if rest is None and not rows:
            return None
        lead = line[: len(line) - len(rest)].strip() if rest is not None else ""
        rows.append(PageRow({"Lead Sponsor": lead, "Collaborator": line if rest is None else rest}))
    organizations = {fold(name) for row in rows for name in row.cells.values() if name}
    return rows if count is None or count == len(organizations) else None


def _after(line: str, name: str) -> str | None:
    """Return what follows `name` at the beginning of the line, or None if the line begins otherwise."""
    words, length = line.split(" "), len(name.split(" "))
    return " ".join(words[length:]) if fold(" ".join(words[:length])) == fold(name) else None
