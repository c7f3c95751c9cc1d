"""Text extraction of a page → `Outline`: what web corpora hold, without any markup.

One style is read: label, one space and value on a line, a blank value leaving the label alone; headings alone between
blank lines, if the text has any; the cells of a table joined by one space, so that a row is one cell here. The
`See also` heading follows the last outcome row directly.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from parsers.headings import Candidate, choose
from parsers.outline import Outline, Table, heading_section, one_line
from registry.labels import Layout, fields_of, section
from registry.wording import fold

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line, and whether it stands alone between blank lines."""

    text: str
    is_apart: bool


def read_text(text: str) -> Outline:
    """Return the outline of a text extraction; a text is never known to be complete."""
    page = Outline()
    all_lines = _lines(text)
    headings = _headings(all_lines, page)
    for place, line in enumerate(all_lines):
        if place in headings:
            page.open(headings[place], line.text)
        elif (header := _header(line.text, page)) and not page.here.blocks:
            page.here.blocks.append(Table(header))
        elif page.here.layout is Layout.TABLE:
            page.add_row((line.text,))
        else:
            page.add_line(line.text)
    return page


def _lines(text: str) -> list[_Line]:
    printed = [one_line(line) for line in ["", *_LINE_END.split(text), ""]]
    return [
        _Line(line, not printed[place - 1].strip() and not printed[place + 1].strip())
        for place, line in enumerate(printed)
        if line.strip()
    ]


def _headings(all_lines: Sequence[_Line], page: Outline) -> dict[int, str]:
    """Return the section of each line that is a heading; note on the page those that only read like one."""
    alike = [(place, name) for place, line in enumerate(all_lines) if (name := heading_section(line.text))]
    apart = [
        (place, name) for place, name in alike if all_lines[place].is_apart or _starts_table(all_lines, place, name)
    ]
    places = apart if any(all_lines[place].is_apart for place, _ in alike) else alike
    bare = [after == place + 1 for (place, _), (after, _) in pairwise(places)] + [False]
    candidates = [Candidate(name, "line", False, is_bare) for (_, name), is_bare in zip(places, bare, strict=False)]
    headings = dict(places[chosen] for chosen in choose(candidates))
    page.rejected_headings = [all_lines[place].text for place, name in places if name not in headings.values()]
    return headings


def _starts_table(all_lines: Sequence[_Line], place: int, name: str) -> bool:
    return place + 1 < len(all_lines) and bool(_columns(all_lines[place + 1].text, name))


def _header(line: str, page: Outline) -> tuple[str, ...]:
    return _columns(line, page.here.name) if page.here.name else ()


def _columns(line: str, section_name: str) -> tuple[str, ...]:
    """Return the names of columns that a line consists of, at least two; empty if it is no such line."""
    if section(section_name).layout is not Layout.TABLE:
        return ()
    names = [match[0] for match in _column_pattern(section_name).finditer(fold(line))]
    return tuple(names) if len(names) > 1 and " ".join(names) == fold(line) else ()


@cache
def _column_pattern(section_name: str) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(wording) for wording in fields_of(section_name)))
