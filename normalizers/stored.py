"""Texts of a page as they are stored: runs of white space inside a line are one space, a dash alone is a blank.

Nearly every page prints them so. That is seen of all texts of a section together, in half the time of one by one.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from registry.record import PageRow, Record
from registry.wording import DASHES, INVISIBLE

_SPACES = re.compile(r" [^\S\n]+|[^\S\n ][^\S\n]*")  # what is not one plain space already
_SEEN = re.compile(f"(?!{INVISIBLE.pattern})\\S")


def with_printed_texts(record: Record) -> Record:
    """Return a record with its texts as they are stored."""
    rows = {section: _printed_rows(rows) for section, rows in record.rows.items()}
    return replace(record, texts={key: _said(text) for key, text in record.texts.items()}, rows=rows)


def _printed_rows(rows: tuple[PageRow, ...]) -> tuple[PageRow, ...]:
    texts = [text for row in rows for text in row.cells.values()]
    if are_printed(texts) and DASHES.isdisjoint(texts) and not any(row.whole for row in rows):
        return rows
    return tuple(
        PageRow(
            {label: _said(text) for label, text in row.cells.items()},
            None if row.whole is None else printed(row.whole),
            row.link,
        )
        for row in rows
    )


def _said(text: str) -> str:
    """Return the text as it is stored; a dash alone stands where there is nothing, in a table as beside a label."""
    text = printed(text)
    return "" if text in DASHES else text


def are_printed(texts: Iterable[str]) -> bool:
    """Whether `printed` returns each of the texts as it is."""
    text = " ".join(filter(None, texts))
    return _has_plain_spaces(text) and text == text.strip()


def printed(text: str) -> str:
    r"""Return text as it is stored.

    >>> printed("China,\u00a0 Japan\n  Peru ")
    'China, Japan\nPeru'
    """
    if _has_plain_spaces(text):
        return text.strip()
    if _SEEN.search(text) is None:
        return ""
    return "\n".join(map(str.strip, _SPACES.sub(" ", text).split("\n"))).strip("\n")


def with_indents(text: str) -> str:
    r"""Return text as it is stored, but for the white space that its lines begin with.

    >>> with_indents("One of:\n  a  or\n  b ")
    'One of:\n  a or\n  b'
    """
    lines, shown = text.split("\n"), printed(text).split("\n")
    if len(lines) != len(shown):  # blank ones
        return "\n".join(shown)
    return "\n".join(f"{line[: len(line) - len(line.lstrip())]}{said}" for line, said in zip(lines, shown, strict=True))


def _has_plain_spaces(text: str) -> bool:
    """Whether all white space of a text is single spaces and line breaks, and all else can be seen."""
    on_one_line = text.replace("\n", " ")
    return "  " not in on_one_line and on_one_line.isprintable()  # of all white space only plain spaces are printable
