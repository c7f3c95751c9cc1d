"""Text that was damaged on its way to the page: marked, never repaired.

The mirror's text went through Windows-1252 by best fit: `≥` and `≤` became `=`, what has no fit became `?`; and a
superscript that lost its position made `109/L` of 10⁹/L. Which sign stood there cannot be known from the page. Genuine
uses (`>=`, `n=20`, `0 = no pain`, a question) are left alone where they can be told.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NUMBER = r"[ \u00a0]?[+\-]?(?:[0-9]|\.[0-9])"
_EQUALS = re.compile(rf"=(?={_NUMBER}|[ \u00a0]?(?:grade|ULN|LLN|Child|NYHA|ECOG|one|two|three)\b)", re.IGNORECASE)
_COMPARISON_BEFORE = re.compile(r"(?:[<>=!~≈≠±+]\s?/?\s?|[<>]\s?(?:or|and|to)(?: equal to)?\s?)\Z", re.IGNORECASE)
_DEFINITION_BEFORE = re.compile(
    r"(?:(?<![A-Za-z])(?:n|N|k|p|P|r|R|AUC|alpha|beta|kappa|power|d|OR|HR|RR|CI|SD|ICC)\s?|[0-9]\s?[×x*/+\-]\s?[0-9.]+\s?)\Z"
)  # statistics and arithmetic
_QUESTION = re.compile(
    r"\?(?=[A-Za-z0-9+\-/])"  # a question is followed by white space: a lost bullet, bracket or sign
    r"|(?<=[0-9])\s?\?\s?(?=[0-9])"
    r"|(?<=[×xX*]10)\?|(?<=[×xX*] 10)\?"  # the exponent of a power of ten
    r"|(?<=[A-Z]{2})\?(?=\s?[;,)])"  # ends an abbreviation inside a sentence: a lost numeral
    r"|(?<=\s)\?(?=\s?[a-z(])|(?<=\?)\?"
)
_REPLACED = re.compile("\ufffd+")
_EXPONENT = re.compile(
    r"(?<![0-9.,])10(?:[3-9]|1[0-2])\s?/\s?(?:mL|dL|[µμu]L|L|mm\s?[3³]|kg)(?![A-Za-z0-9])"
    r"|(?<=[×xX*] )10(?:[3-9]|1[0-2])(?![0-9.,/])|(?<=[×xX*])10(?:[3-9]|1[0-2])(?![0-9.,/])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mark:
    """One damaged place: offsets in characters, and what may have stood there."""

    start: int
    end: int
    kind: str


def lossy_marks(text: str) -> list[Mark]:
    """Return the damaged places of a text, in order.

    >>> [(mark.start, mark.kind) for mark in lossy_marks("Age =18 years, WBC <4×109/L, n=20")]
    [(4, '≥ or ≤'), (22, 'a power of ten')]
    """
    readers = {"=": _equals, "?": _glyphs, "10": _exponents, "\ufffd": _replaced}
    marks = (mark for sign, read in readers.items() if sign in text for mark in read(text))
    return sorted(marks, key=lambda mark: mark.start)


def _equals(text: str) -> Iterator[Mark]:
    for match in _EQUALS.finditer(text):
        before = text[max(0, match.start() - 24) : match.start()]
        if not _COMPARISON_BEFORE.search(before) and not _DEFINITION_BEFORE.search(before):
            yield Mark(match.start(), match.end(), "≥ or ≤")


def _glyphs(text: str) -> Iterator[Mark]:
    for match in _QUESTION.finditer(text):
        start = match.start() + match[0].index("?")
        yield Mark(start, start + 1, "a character that Windows-1252 lacks")


def _replaced(text: str) -> Iterator[Mark]:
    for match in _REPLACED.finditer(text):
        yield Mark(match.start(), match.end(), "any character: the page's bytes are no text here")


def _exponents(text: str) -> Iterator[Mark]:
    for match in _EXPONENT.finditer(text):
        yield Mark(match.start(), match.end(), "a power of ten")
