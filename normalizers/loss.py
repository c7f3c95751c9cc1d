"""Text that was damaged on its way to the page: marked, never repaired.

The mirror's text went through Windows-1252 by best fit: `≥` and `≤` became `=`, what has no fit became `?`; and a
superscript that lost its position made `109/L` of 10⁹/L. Which sign stood there cannot be known from the page. Genuine
uses (`>=`, `n=20`, `0 = no pain`, a question) are left alone where they can be told.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from registry.limits import MAX_PATTERN

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
_LATE = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\x81\x8d\x8f\x90\x9d"  # bytes 80 to 9F as Windows-1252 shows them
_TAIL = f"[\xa0-\xbf{_LATE}]"  # what UTF-8 continues a character with
_STRAY = re.compile(
    f"(?P<utf8>[ÂÃÎÏ]{_TAIL}|Â(?= [µ°±×²³®©·])|â[€‚ƒ„…†‡ˆ‰Š‹ŒŽ\x81\x8d\x8f]{_TAIL}|ï[¼½»¿]{_TAIL}|ðŸ{_TAIL}{{2}})"
    "|(?P<replaced>\ufffd+)|(?P<control>[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+)|(?P<c1>[\x80-\x9f]+)"
    "|(?P<surrogate>[\ud800-\udfff]+)|(?P<bidi>[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+)"
)
_KINDS = {
    "utf8": "another character: UTF-8 that was read as Windows-1252",
    "replaced": "any character: the page's bytes are no text here",
    "control": "any character: a control stands here",
    "c1": "a character of Windows-1252",
    "surrogate": "any character: half of a pair stands here",
    "bidi": "in another order: a mark that turns the direction stands here",
}
_EXPONENT = re.compile(
    r"(?<![0-9.,])10(?:[3-9]|1[0-2])\s?/\s?(?:mL|dL|[µμu]L|L|mm\s?[3³]|kg)(?![A-Za-z0-9])"
    r"|(?<=[×xX*] )10(?:[3-9]|1[0-2])(?![0-9.,/])|(?<=[×xX*])10(?:[3-9]|1[0-2])(?![0-9.,/])",
    re.IGNORECASE,
)
_SIGNS = re.compile("[=?]|10")
"""Without one of these, and without a sign that cannot be seen, a plain text has no mark."""


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
    if text.isascii() and text.isprintable() and not _SIGNS.search(text):
        return []
    readers = {"=": _equals, "?": _glyphs, "10": _exponents, "": _strays}
    marks = (
        Mark(mark.start + offset, mark.end + offset, mark.kind)
        for offset, piece in _pieces(text)
        for sign, read in readers.items()
        if sign in piece
        for mark in read(piece)
    )
    return sorted(marks, key=lambda mark: mark.start)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield a text with its offset, in pieces that end between words where it is too long for patterns."""
    start = 0
    while len(text) - start > MAX_PATTERN:
        end = text.rfind(" ", start + 1, start + MAX_PATTERN)
        end = end if end > 0 else start + MAX_PATTERN
        yield start, text[start:end]
        start = end
    yield start, text[start:]


def _equals(text: str) -> Iterator[Mark]:
    for match in _EQUALS.finditer(text):
        before = text[max(0, match.start() - 24) : match.start()]
        if not _COMPARISON_BEFORE.search(before) and not _DEFINITION_BEFORE.search(before):
            yield Mark(match.start(), match.end(), "≥ or ≤")


def _glyphs(text: str) -> Iterator[Mark]:
    for match in _QUESTION.finditer(text):
        start = match.start() + match[0].index("?")
        yield Mark(start, start + 1, "a character that Windows-1252 lacks")


def _strays(text: str) -> Iterator[Mark]:
    for match in _STRAY.finditer(text):
        yield Mark(match.start(), match.end(), _KINDS[str(match.lastgroup)])


def _exponents(text: str) -> Iterator[Mark]:
    for match in _EXPONENT.finditer(text):
        yield Mark(match.start(), match.end(), "a power of ten")
