"""Texts of a page: white space folded, the label that a line begins with, the section that it is the heading of."""

import re
from functools import cache, lru_cache

from registry.labels import ID_KEY, LABEL_BLOCK, PAGE_HEADING, fields_of, section_of_heading
from registry.wording import INVISIBLE, fold, label_key

_SPACES = "\n\t\r\f\v"  # a no-break space is kept: it tells countries from commas in them
_LONG_LINE = 64  # characters from which on it is faster to look for each kind of space
_ASCII_WHITE = bytes(char for char in range(128) if chr(char).isspace())
_LONGEST_LABEL = 120  # characters, for one that stands before other text
_ID_START = re.compile(rf"\s*{INVISIBLE.pattern}*N", re.IGNORECASE)  # a line that may begin with its label
_COUNT = re.compile(r"\s*\((\d{1,4})\)$")
_NUMBER = re.compile(r"^\d{1,2}(?:\.\d{1,2})?[.)] ")  # of a section, before its heading
_INDENT = "  "  # for each list around a line
_DEEPEST = 20  # lists in lists: nobody nests deeper, and a hostile page may


def one_line(text: str) -> str:
    """Return text with its runs of ASCII white space folded into one space each, none at its ends."""
    if len(text) > _LONG_LINE or not text.isprintable():  # most texts are short and plain
        for space in _SPACES:
            if space in text:
                text = text.replace(space, " ")
    while "  " in text:
        text = text.replace("  ", " ")
    return text.strip(" ")


def indent(lists: int) -> str:
    """Return what a line begins with that so many lists are around inside a value."""
    return _INDENT * min(lists, _DEEPEST)


@lru_cache(maxsize=2**12)  # a line is looked at more than once
def label_and_value(section_name: str, line: str) -> tuple[str, str, str] | None:
    """Return the key of the label that a line begins with, the label as printed and the value, or None."""
    if line[:1].isascii() and line.lstrip()[:1].casefold() not in _initials(section_name):
        return None
    label, colon, value = line.partition(":")
    if colon and (key := label_key(label)) in fields_of(section_name):
        return key, label.strip(), value.strip()
    has_invisible = not line.isascii() and INVISIBLE.search(line) is not None
    match = _label_pattern(section_name, has_invisible=has_invisible).match(line)
    return (label_key(match[1]), match[1], match[2]) if match else None


def opening_label(line: str) -> tuple[str, str, str] | None:
    """Return the same of a line that may open the label block of a summary page, by the label of a trial's id."""
    return label_and_value(LABEL_BLOCK, line) if _ID_START.match(line) else None


@cache
def _initials(section_name: str) -> frozenset[str]:
    """The first characters of the section's labels, and of what may stand before them."""
    return frozenset(wording[0] for wording in fields_of(section_name)) | {""}


@cache
def _label_pattern(section_name: str, *, has_invisible: bool) -> re.Pattern[str]:
    """Return a pattern for a line of the section: label as printed, then the value.

    Where no character of the line is invisible, none is looked for: that pattern is compiled in no time.
    """
    between = f"{INVISIBLE.pattern}*" if has_invisible else ""
    labels = "|".join(_loosely(wording, between) for wording in fields_of(section_name))
    return re.compile(rf"\s*({labels or '(?!)'})(?:\s*(?:[:：]|\.{{3,}})\s*|\s+|$)(.*)", re.IGNORECASE | re.DOTALL)


def _loosely(wording: str, between: str) -> str:
    return between.join(r"\s+" if char == " " else re.escape(char) for char in wording)


@lru_cache(maxsize=2**14)
def heading_section(text: str) -> str | None:
    """Return the section that a line is the heading of, or None.

    >>> heading_section("Sponsors (2)"), heading_section("13. Outcome")
    ('Sponsors', 'Outcome')
    >>> heading_section("Clinical Trial Details — Status: Recruiting")
    'Clinical Trial Details'
    """
    folded = _NUMBER.sub("", _COUNT.sub("", fold(text)))
    if folded.startswith(f"{fold(PAGE_HEADING)} - "):
        return PAGE_HEADING
    return section_of_heading(folded)


def is_id_label(text: str) -> bool:
    """Whether a text begins with the label of a trial's id."""
    return _ID_START.match(text) is not None and fold(text[:_LONGEST_LABEL]).startswith(ID_KEY)


def heading_count(heading: str) -> int | None:
    """Return the number in brackets at the end of a heading, or None.

    >>> heading_count("Sponsors (2)")
    2
    """
    match = _COUNT.search(heading)
    return int(match[1]) if match else None


def characters(text: str) -> int:
    """Return the number of characters that are not white space: what text accounting counts."""
    if text.isascii():
        return len(text.encode().translate(None, _ASCII_WHITE))  # bytes are stripped in one pass
    return sum(map(len, text.split()))
