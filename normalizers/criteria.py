"""Eligibility text → criteria: inclusion, exclusion or unplaced, with nesting by numbers and bullets.

A line begins a criterion. Inside a line, a list is split only where its numbering is consecutive from 1 (or a),
or where bullets ` - ` go on that the line began with. Text is cut, never changed: markers and texts in their order
give back the eligibility text, headings left out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

_BEFORE_LIST = r"(?=\s+(?:[-*•(]|1[.)]))"
_HEADING = re.compile(
    r"(?:(?<=\n)|\A)[ ]*(?:[A-Za-z]+ ){0,3}?(?P<line>inclusion|exclusion) criteria\b"
    rf"(?:[^:：\n]{{0,60}}[:：]|[ ]*(?=\n|\Z)|{_BEFORE_LIST})"
    r"|(?<=[\s.;:)])(?:(?:Key|Main|Major|General|Specific|Additional|Principal|Patient|Subject) )?"
    rf"(?P<inline>Inclusion|Exclusion) [Cc]riteria(?:[ ]?[:：]|{_BEFORE_LIST})",
    re.IGNORECASE,
)
_MARKER = re.compile(
    r"(?P<line>(?:\A|(?<=\n))[ ]*)?(?:(?<=\s)|(?<=[;:.,。；：])|\A)"
    r"(?:(?P<bullet>[-*•·–])(?=\s)"
    r"|(?P<open>\()?(?P<place>[0-9]{1,2}|[a-z])(?P<close>\.\)|[.)、]|\uff09)"
    r"(?<![0-9][.,][0-9]\))(?<![0-9][.,][0-9]{2}\))"  # `v5.0)` is a version
    r"(?![0-9)])(?=(?P<space>\s)?\S))"
)
_AT_LINE_START = 1.0  # confidence of a criterion that a line break or the text's beginning sets apart
_BY_NUMBER = 0.9  # … that its consecutive number sets apart inside a line
_BY_BULLET = 0.8  # … that a dash sets apart inside a line: prose has dashes too
_UNSPLIT = 0.5  # … a long text without any marker: probably several criteria
_LONG = 400  # characters of a text that, alone under its heading, may well hold several criteria
_VERY_LONG = 800  # … of one that may do so in any list


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion; `parent` is the place of the one it is part of, counted from 1, None at the top level."""

    parent: int | None
    criterion_type: str
    marker: str | None
    text: str
    confidence: float


class _Start(NamedTuple):
    """Where a criterion may begin: offset of the marker and of the text, the list's family, the number in it."""

    at: int
    text_at: int
    family: str
    number: int
    at_line_start: bool


class _Level(NamedTuple):
    """One list that is open: its family, the number reached, the place of the criterion."""

    family: str
    number: int
    place: int


def split_criteria(text: str) -> list[Criterion]:
    """Return the criteria in the order of the text.

    >>> [(c.parent, c.marker, c.text) for c in split_criteria("Inclusion Criteria: 1. Adult; 2. Ill: (1) a (2) b")]
    [(None, '1.', 'Adult;'), (None, '2.', 'Ill:'), (2, '(1)', 'a'), (2, '(2)', 'b')]
    """
    criteria: list[Criterion] = []
    for criterion_type, part in _parts(text):
        if part.strip():
            criteria.extend(_split_part(part, criterion_type, len(criteria)))
    return criteria


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield (criterion type, text) of what stands before, between and after the headings."""
    begin, side = 0, "unplaced"
    for match in _HEADING.finditer(text):
        if match["inline"] and not match["inline"][0].isupper():
            continue
        yield side, text[begin : match.start()]
        begin, side = match.end(), (match["line"] or match["inline"]).casefold()
    yield side, text[begin:]


def _split_part(part: str, criterion_type: str, before: int) -> list[Criterion]:
    starts, parents = _accepted(list(_with_text(list(_starts(part)), part)), part)
    ends = [*(start.at for start in starts[1:]), *([len(part)] if starts else [])]
    criteria: list[Criterion] = []
    for start, end, parent in zip(starts, ends, parents, strict=True):
        text = part[start.text_at : end].strip()
        marker = part[start.at : start.text_at].strip()
        place = None if parent is None else parent + before
        confidence = _confidence(start, text, len(starts))
        criteria.append(Criterion(place, criterion_type, marker or None, text, confidence))
    return criteria


def _confidence(start: _Start, text: str, count: int) -> float:
    if len(text) > (_LONG if count == 1 else _VERY_LONG):
        return _UNSPLIT
    if start.at_line_start:
        return _AT_LINE_START
    return _BY_BULLET if start.family == "-" else _BY_NUMBER


def _starts(part: str) -> Iterator[_Start]:
    """Yield every place where a criterion may begin, a line without a marker among them (family "")."""
    marked = {match.start() + len(match["line"] or ""): match for match in _MARKER.finditer(part)}
    line_starts = {match.end() for match in re.finditer(r"(?:\A|\n)\s*(?=\S)", part)}
    for at in sorted(line_starts | marked.keys()):
        match = marked.get(at)
        if match is None:
            yield _Start(at, at, "", 0, True)
        elif match["bullet"] and at not in line_starts and _is_range(part, match):
            continue
        elif match["bullet"]:
            yield _Start(at, match.end(), "-" if match["bullet"] in "-–" else match["bullet"], 0, at in line_starts)
        elif match["place"].isdigit() or match["space"] or match["open"]:
            place = match["place"]
            kind, number = ("1", int(place)) if place.isdigit() else ("a", ord(place) - ord("a") + 1)
            yield _Start(at, match.end(), f"{match['open'] or ''}{kind}{match['close']}", number, at in line_starts)
        elif at in line_starts:
            yield _Start(at, at, "", 0, True)


def _is_range(part: str, dash: re.Match[str]) -> bool:
    """Whether the dash stands between two numbers."""
    before, after = part[max(0, dash.start() - 4) : dash.start()], part[dash.end() : dash.end() + 4]
    return before.rstrip()[-1:].isdigit() and after.lstrip()[:1].isdigit()


def _with_text(starts: Sequence[_Start], part: str) -> Iterator[_Start]:
    """Yield the starts; one with nothing behind its marker joins the next (`- 1. Adult`), or is left out at the end."""
    joined: _Start | None = None
    for place, start in enumerate(starts):
        end = starts[place + 1].at if place + 1 < len(starts) else len(part)
        begin = joined or start
        if part[start.text_at : end].strip():
            yield start._replace(at=begin.at, at_line_start=begin.at_line_start or start.at_line_start)
            joined = None
        else:
            joined = begin


def _accepted(starts: Sequence[_Start], part: str) -> tuple[list[_Start], list[int | None]]:
    """Return the starts that begin a criterion, and for each the place of its parent, from 1."""
    open_lists: list[_Level] = []
    taken: list[_Start] = []
    parents: list[int | None] = []
    for place, start in enumerate(starts):
        level = _level(starts, place, open_lists)
        if level is None:
            if not start.at_line_start:
                continue
            start = _Start(start.at, start.at if not start.family else start.text_at, start.family, 0, True)
            level = 0
        del open_lists[level:]
        parents.append(open_lists[-1].place if open_lists else None)
        taken.append(start)
        if start.family or _introduces(part, starts, place):
            open_lists.append(_Level(start.family, start.number, len(taken)))
    return taken, parents


def _level(starts: Sequence[_Start], place: int, open_lists: Sequence[_Level]) -> int | None:
    """Return the depth at which a start begins a criterion, or None if only a line break could set it apart."""
    start = starts[place]
    if not start.family:
        return 0
    for depth in range(len(open_lists) - 1, -1, -1):
        level = open_lists[depth]
        if level.family == start.family and (start.number == level.number + 1 or start.family in "-*•·"):
            return depth
    if start.family in "-*•·":
        return len(open_lists) if start.at_line_start else None
    if start.number == 1 and (start.at_line_start or _goes_on(starts, place)):
        same = [depth for depth, level in enumerate(open_lists) if level.family == start.family]
        return same[0] if same else len(open_lists)
    return None


def _goes_on(starts: Sequence[_Start], place: int) -> bool:
    """Whether number 2 of the same list comes before another number 1 of it."""
    family, number = starts[place].family, starts[place].number
    after = (starts[later] for later in range(place + 1, len(starts)))
    numbers = (other.number for other in after if other.family == family)
    return next(numbers, 0) == number + 1


def _introduces(part: str, starts: Sequence[_Start], place: int) -> bool:
    """Whether a line without a marker ends in a colon: what follows it are its parts."""
    end = starts[place + 1].at if place + 1 < len(starts) else len(part)
    return part[starts[place].text_at : end].rstrip().endswith(":")
