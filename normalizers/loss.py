"""Text that was damaged on its way to the page: marked, never repaired.

The mirror's text went through Windows-1252 by best fit: `≥` and `≤` became `=`, what has no fit became `?`; and a
superscript that lost its position made `109/L` of 10⁹/L. Which sign stood there cannot be known from the page. Genuine
uses (`>=`, `n=20`, `0 = no pain`, a question) are left alone where they can be told: `equals.py` and `glyphs.py` have
the rules. `benchmarks/loss.py` measures them.
"""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from normalizers.equals import lost_comparisons
from normalizers.glyphs import follows_power, lost_glyphs
from registry.limits import MAX_PATTERN


class Loss(StrEnum):
    """What was lost."""

    COMPARISON = "comparison"
    GLYPH = "glyph"
    EXPONENT = "exponent"
    ENCODING = "encoding"  # UTF-8 that was read as Windows-1252
    CONTROL = "control"
    BYTES = "bytes"  # no text in the page's encoding
    DIRECTION = "direction"


_GLYPH_LOST = Loss.GLYPH, "a character that Windows-1252 lacks"
_EXPONENT_LOST = Loss.EXPONENT, "an exponent: a superscript that Windows-1252 lacks"
_LATE = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\x81\x8d\x8f\x90\x9d"  # bytes 80 to 9F as Windows-1252 shows them
_TAIL = f"[\xa0-\xbf{_LATE}]"  # what UTF-8 continues a character with
_CONTROLS, _HALVES = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f", "\ud800-\udfff"
_TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_STRAY = re.compile(
    f"(?P<utf8>[ÂÃÎÏ]{_TAIL}|Â(?= [µ°±×²³®©·])|â[€‚ƒ„…†‡ˆ‰Š‹ŒŽ\x81\x8d\x8f]{_TAIL}|ï[¼½»¿]{_TAIL}|ðŸ{_TAIL}{{2}})"
    f"|(?P<replaced>\ufffd+)|(?P<control>[{_CONTROLS}]+)|(?P<c1>[\x80-\x9f]+)"
    f"|(?P<surrogate>[{_HALVES}]+)|(?P<bidi>[{_TURNING}]+)"
)
_MAY_BE_STRAY = re.compile(f"[ÂÃÎÏâïð\ufffd{_CONTROLS}\x80-\x9f{_HALVES}{_TURNING}]")
"""How each of them begins: one class of characters is looked for in a third of the time of the whole pattern."""
_STRAYS = {
    "utf8": (Loss.ENCODING, "another character: UTF-8 that was read as Windows-1252"),
    "replaced": (Loss.BYTES, "any character: the page's bytes are no text here"),
    "control": (Loss.CONTROL, "any character: a control stands here"),
    "c1": (Loss.CONTROL, "a character of Windows-1252"),
    "surrogate": (Loss.BYTES, "any character: half of a pair stands here"),
    "bidi": (Loss.DIRECTION, "in another order: a mark that turns the direction stands here"),
}
_POWER = re.compile(
    r"10(?<![0-9.,]10)(?:"
    r" ?(?:[3-9]|1[0-2])\s?/\s?(?:mL|dL|[µμu]L|L|lit|cc|mm\s?[3³]|kg)(?![A-Za-z0-9])"
    r"|(?:[3-9]|1[0-2])(?![0-9]|[.,][0-9])(?:"
    r"(?<=[×xX*]10[3-9])|(?<=[×xX*] 10[3-9])|(?<=[×xX*]101[0-2])|(?<=[×xX*] 101[0-2])"
    r"|(?=\s?(?:cells|CFU|PFU|vg|vp|TCID|copies|viral|organisms|bacteria)\b)))",
    re.IGNORECASE,
)


class Mark(NamedTuple):
    """One damaged place: offsets in characters, what was lost, and what may have stood there."""

    start: int
    end: int
    kind: Loss
    was: str


def lossy_marks(text: str) -> list[Mark]:
    """Return the damaged places of a text, in order.

    >>> [(mark.start, mark.was) for mark in lossy_marks("Age =18 years, WBC <4×109/L, n=20")]
    [(4, '≥ or ≤'), (22, 'a power of ten')]
    """
    if "=" not in text and "?" not in text and "10" not in text and _is_plain(text):
        return []
    signs = [sign for sign in _READERS if sign in text]
    marks = [
        mark._replace(start=mark.start + offset, end=mark.end + offset)
        for offset, piece in _pieces(text)
        for mark in _marks(piece, signs)
    ]
    return sorted(marks)


def _is_plain(text: str) -> bool:
    """Whether a text is of ASCII without controls."""
    return text.isascii() and (text.isprintable() or text.replace("\n", " ").isprintable())


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield a text with its offset, in pieces that end between words where it is too long for patterns."""
    start = 0
    while len(text) - start > MAX_PATTERN:
        end = text.rfind(" ", start + 1, start + MAX_PATTERN)
        end = end if end > 0 else start + MAX_PATTERN
        yield start, text[start:end]
        start = end
    yield start, text[start:]


def _marks(text: str, signs: Iterable[str]) -> Iterator[Mark]:
    for sign in signs:
        yield from _READERS[sign](text)
    if not _is_plain(text):
        yield from _strays(text)


def _comparisons(text: str) -> Iterator[Mark]:
    return (Mark(at, at + 1, Loss.COMPARISON, "≥ or ≤") for at in lost_comparisons(text))


def _glyphs(text: str) -> Iterator[Mark]:
    for start, end in lost_glyphs(text):
        is_exponent = follows_power(text, start)
        kind, was = _EXPONENT_LOST if is_exponent else _GLYPH_LOST
        yield Mark(start, end, kind, was)


def _powers(text: str) -> Iterator[Mark]:
    return (Mark(*match.span(), Loss.EXPONENT, "a power of ten") for match in _POWER.finditer(text))


_READERS = {"=": _comparisons, "?": _glyphs, "10": _powers}
"""Keyed by what a text must hold."""


def _strays(text: str) -> Iterator[Mark]:
    found = _MAY_BE_STRAY.search(text)
    while found:
        match = _STRAY.match(text, found.start())
        if match:
            kind, was = _STRAYS[str(match.lastgroup)]
            yield Mark(match.start(), match.end(), kind, was)
        found = _MAY_BE_STRAY.search(text, match.end() if match else found.end())
