"""Text extraction of a page → `Outline`: what web corpora hold, without any markup.

Two styles are read; the first line that begins with `NCT number` decides. A bar right behind that label makes it the
style of `parsers/bars.py`. Else the text is of the first style, whatever bars it holds: label, one space and value on
a line, a blank value leaving the label alone; headings alone between blank lines, if the text has any; the cells of a
table joined by one space, so that a row is one cell here. The `See also` heading follows the last outcome row directly.

A text may begin in the middle of a page. What stands before its first heading or label is then nobody's.
"""

import re
from collections.abc import Sequence
from functools import cache

from parsers.bars import has_bars, read_bars
from parsers.outline import Outline, Table
from parsers.printed import Line, begins_inside, headings_among, leave_beginning, printed_lines
from registry.labels import ADMINISTRATIVE, Layout, fields_of, section
from registry.wording import fold


def read_text(text: str) -> Outline:
    """Return the outline of a text extraction; a text is never known to be complete."""
    page = Outline()
    all_lines = printed_lines(text)
    read = read_bars if has_bars(all_lines) else _read_lines
    read(all_lines, page)
    leave_beginning(page)
    return page


def _read_lines(all_lines: Sequence[Line], page: Outline) -> None:
    headings = headings_among(all_lines, page, lambda line, name: bool(_columns(line, name)))
    inside = begins_inside(all_lines, headings)
    for place, line in enumerate(all_lines):
        if place == inside:
            page.open(ADMINISTRATIVE, "")
        if place in headings:
            page.open(headings[place], line.text)
        elif (header := _header(line.text, page)) and not page.here.blocks:
            page.here.blocks.append(Table(header))
        elif page.here.layout is Layout.TABLE:
            page.add_row((line.text,))
        else:
            page.add_line(line.text)


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
