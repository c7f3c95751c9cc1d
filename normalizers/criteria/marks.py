"""Marks that may begin a criterion: line breaks, bullets, numbers, letters.

A mark's family says which list it can belong to (`1.`, `(a)`, `-`), its number the place in it. The family `?` is that
of circled digits that the mirror lost. Where lines are kept they are the criteria, and marks inside a line count only
if the line is a numbered list by itself.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

BULLETS = frozenset("-–*•?")
_CLOSE = r"[.)、\uff09]"
_MARK = re.compile(
    rf"[\s;:.,。；：](?=[^\w\s]|[0-9]|\w{_CLOSE}|[ivx]{{2,5}}{_CLOSE}|[①-⑳])"  # a quick look before a close one
    r"(?<![0-9][.,:])"  # `3.1.` and `1:2.` go on
    r"(?:(?P<bullet>[-*·–—](?=\s|\Z)|[•●▪■])"
    r"|(?P<dots>(?:[0-9]{1,2}\.){1,3})(?P<last>[1-9][0-9]?)\.?(?=\s+[A-Z])"
    rf"|(?P<open>\()?(?P<place>[0-9]{{1,2}}|[a-zA-H]|[ivx]{{2,5}})(?P<close>\.\)|{_CLOSE})(?![0-9)])(?=(?P<space>\s)?\S)"
    r"|(?P<circled>[①-⑳])"
    r"|(?P<lost>\?)(?=[A-Za-z]))"
)
_LINE = re.compile(r"\n([^\S\n]*)(?=\S)")
_SAME = {"—": "–", "·": "•", "●": "•", "▪": "•", "■": "•"}
_UNITS = {"i": 1, "v": 5, "x": 10}
_LIST = 3  # numbers, from 1 on, that make a list of one line among lines


class Mark(NamedTuple):
    """Where a criterion may begin: offsets of its mark and its text; `indent` is None inside a line.

    Family "" is a line without a mark. `number` is 0 for bullets, and the last one of `5.2.3`, whose family is `#5.2.`.
    """

    at: int
    text_at: int
    family: str
    number: int
    indent: int | None
    bullet: str = ""  # of a number that stands behind one: `- 1.`
    is_roman: bool = False  # may be one: `i`, `v`, `x`


def marks_in(text: str, start: int, end: int, *, lines_kept: bool) -> list[Mark]:
    """Return the marks of a part of the text, which is not blank; some character stands before the part."""
    first = start + len(text[start:end]) - len(text[start:end].lstrip())
    lines = {first: _indent_before(text[start - 1 : first])}
    lines.update((match.end(), len(match[1])) for match in _LINE.finditer(text, first, end))
    found: list[Mark] = []
    for (at, until), indent in zip(pairwise((*lines, end)), lines.values(), strict=True):
        inside = _of_line if lines_kept else _inside
        found += inside(text, at, until, indent)
    return list(_with_text(found, text, end)) or [Mark(first, first, "", 0, 0)]


def _indent_before(gap: str) -> int:
    """Return the indent of a line by what stands between it and the part before; none in the line of a heading."""
    return len(gap) - gap.rfind("\n") - 1 if "\n" in gap else 0


def _of_line(text: str, at: int, end: int, indent: int) -> Sequence[Mark]:
    """Return the marks that begin a line, and those inside it if they make it a numbered list."""
    begin = _first(text, at, indent)
    second = _MARK.match(text, begin.text_at, end) if begin.family in BULLETS else None
    begins = [begin, mark] if second and (mark := _mark(second, None)) else [begin]
    if begins[-1].number != 1:
        return begins
    inside = _inside(text, at, end, indent)
    numbers = [mark.number for mark in inside if mark.family == begins[-1].family]
    return inside if numbers[:_LIST] == list(range(1, _LIST + 1)) else begins


def _first(text: str, at: int, indent: int) -> Mark:
    match = _MARK.match(text, at - 1)
    return (_mark(match, indent) if match else None) or Mark(at, at, "", 0, indent)


def _inside(text: str, at: int, end: int, indent: int) -> Sequence[Mark]:
    """Return every mark of a line."""
    found = [_first(text, at, indent)]
    found += filter(None, (_mark(match, None) for match in _MARK.finditer(text, max(at, found[0].text_at), end)))
    return found


def _mark(match: re.Match[str], indent: int | None) -> Mark | None:
    """Return the mark that was matched, unless it is a range, or a letter with a stop inside a word."""
    at, behind = match.start() + 1, match.end()
    if bullet := match["bullet"]:
        ranges = indent is None and _is_range(match.string, at)
        return None if ranges else Mark(at, behind, _SAME.get(bullet, bullet), 0, indent)
    if place := match["place"]:
        if not (place.isdigit() or match["space"] or match["open"]):
            return None
        family, number = _numeral(place)
        family = f"{match['open'] or ''}{family}{match['close']}"
        return Mark(at, behind, family, number, indent, is_roman=place in _UNITS)
    if match["last"]:
        return Mark(at, behind, f"#{match['dots']}", int(match["last"]), indent)
    if circled := match["circled"]:
        return Mark(at, behind, "①", ord(circled) - ord("①") + 1, indent)
    return Mark(at, behind, "?", 0, indent)


def _is_range(text: str, dash: int) -> bool:
    """Whether the dash stands between two digits, or two numerals that were lost."""
    before, after = text[max(0, dash - 3) : dash].rstrip()[-1:], text[dash + 1 : dash + 4].lstrip()[:1]
    return (before.isdigit() and after.isdigit()) or before == after == "?"


def _numeral(place: str) -> tuple[str, int]:
    """Return family and number of `3`, `c`, `C` or `iii`; a single `i`, `v` or `x` is a letter."""
    if place.isdigit():
        return "1", int(place)
    if len(place) == 1:
        first = "a" if place.islower() else "A"
        return first, ord(place) - ord(first) + 1
    units = [_UNITS[unit] for unit in place]
    return "i", sum(-one if one < after else one for one, after in pairwise((*units, 0)))


def as_roman(letter: Mark) -> Mark:
    """Return the mark of a letter that may be a numeral as that of the numeral."""
    unit = chr(ord("a") + letter.number - 1)
    return letter._replace(family=letter.family.replace("a", "i"), number=_UNITS[unit], is_roman=False)


def _with_text(marks: Sequence[Mark], text: str, end: int) -> Iterator[Mark]:
    """Yield the marks that a text follows.

    A mark without one joins the next (`- 1. Adult`), or is cited if it is a number inside a line, unless a first letter
    follows: that is then text (`6. a. Adult`).
    """
    joined: Mark | None = None
    for mark, after in zip(marks, (*(mark.at for mark in marks[1:]), end), strict=True):
        if not text[mark.text_at : after].strip():
            joined = joined or mark
            continue
        if joined is None:
            yield mark
        elif joined.indent is not None or joined.number == 0:
            bullet = joined.family if joined.family in BULLETS else ""
            yield mark._replace(at=joined.at, indent=joined.indent, bullet=bullet)
        else:
            yield joined if mark.family[:1] == "a" and mark.number == 1 else mark
        joined = None
