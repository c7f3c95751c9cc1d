"""What no page of a trial is, refused before a parser sees it: too large, too deep, or slow on purpose.

The HTML Standard's algorithm takes quadratic time where thousands of elements stay open, and a parser compares each
attribute of an element with all the others.
"""

import re
from collections import Counter
from itertools import accumulate

from registry.errors import PageError, Reason
from registry.limits import MAX_DEPTH, MAX_NODES, MAX_TEXT

VOID = frozenset(
    {"area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link",
     "meta", "param", "source", "track", "wbr"}
)  # fmt: skip
_OPEN_AT_ONCE = 2000  # unclosed elements from which on the Standard's algorithm takes quadratic time
_LONG_PAGE = 40_000  # characters; what fits into less takes no second
_LONG_TAG = 4000  # characters of a tag that may have too many attributes
_MOST_ATTRIBUTES = 1000
SCRIPT = re.compile(r"<script\b.*?(?:</script\s*>|\Z)", re.IGNORECASE | re.DOTALL)  # holds `<` that begin no tag
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)([^<>]{0,200})")
_START_NAME = re.compile(r"<([A-Za-z][A-Za-z0-9]*)")
_END_NAME = re.compile(r"</([A-Za-z][A-Za-z0-9]*)")
_ENDS_BY_ITSELF = VOID | {"p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option", "optgroup"}
_CELLS = frozenset({"td", "th", "caption"})
_EQUAL = 3
_FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)


def check_limits(text: str) -> None:
    """Refuse what no page of a trial is, before a parser sees it."""
    tags = text.count("<")
    if tags > 2 * MAX_NODES:
        raise PageError(Reason.TOO_LARGE, f"The page has more than {MAX_NODES:,} elements; it is not half read.")
    if len(text) > MAX_TEXT and max(map(len, text.split("<"))) > MAX_TEXT:
        raise PageError(Reason.TOO_LARGE, f"A text of the page has more than {MAX_TEXT:,} characters; no trial's has.")
    if len(text) > _LONG_PAGE and _has_long_tag(text):
        raise PageError(Reason.TOO_LARGE, f"An element has more than {_MOST_ATTRIBUTES:,} attributes; no page's has.")
    if tags > _OPEN_AT_ONCE and (tags > 5 * _OPEN_AT_ONCE or tags - 2 * text.count("</") > _OPEN_AT_ONCE // 2):
        _check_open(text)


def _has_long_tag(text: str) -> bool:
    """Whether a start tag has more attributes than a page's: a parser compares each with all the others."""
    tags = [piece.partition(">")[0] for piece in text.split("<") if len(piece) > _LONG_TAG and piece[0].isalpha()]
    if not any(len(tag.split(None, _MOST_ATTRIBUTES)) > _MOST_ATTRIBUTES for tag in tags):
        return False
    without_scripts = SCRIPT.sub("", text)
    return without_scripts == text or _has_long_tag(without_scripts)


def _check_open(text: str) -> None:
    """Refuse a page with so many elements open at once that the Standard's algorithm is no more linear."""
    starts, ends = (Counter(name.lower() for name in names.findall(text)) for names in (_START_NAME, _END_NAME))
    nested = [
        name for name, count in starts.items() if count > _OPEN_AT_ONCE and name not in _ENDS_BY_ITSELF | _FORMATTING
    ]
    if any(_deepest(text, name) > _OPEN_AT_ONCE for name in nested):
        raise too_deep()
    if any(starts[name] - ends[name] > MAX_DEPTH for name in _FORMATTING):
        _check_formatting(text)


def _deepest(text: str, name: str) -> int:
    """Return how many elements of a name are open at once, where they nest most."""
    tags = re.findall(rf"<(/?){name}\b", text, re.IGNORECASE)
    steps = (-1 if end else 1 for end in tags)
    return max(accumulate(steps, lambda depth, step: max(0, depth + step), initial=0))


def _check_formatting(text: str) -> None:
    """Refuse a page that leaves too many formatting elements open, each of which is opened again in every block."""
    opened: dict[str, list[str]] = {name: [] for name in _FORMATTING}
    for end, name, attributes in _TAG.findall(text):
        tag = name.lower()
        if tag in _CELLS:  # what is open outside does not reach into it
            opened = {name: [] for name in _FORMATTING}
        elif tag in _FORMATTING:
            _note(opened[tag], end, attributes)
            if len(opened[tag]) > MAX_DEPTH:
                raise too_deep()


def _note(opened: list[str], end: str, attributes: str) -> None:
    """Note the start or end of a formatting element; of equal ones the Standard keeps three (§13.2.4.3)."""
    if not end and opened.count(attributes) < _EQUAL:
        opened.append(attributes)
    elif end and opened:
        opened.pop()


def too_deep() -> PageError:
    """Return the refusal of a page that nests too deep."""
    return PageError(Reason.TOO_DEEP, f"The page nests elements more than {MAX_DEPTH} deep; it is not half read.")
