"""How sure it is that a criterion is one line of the registry, whole and on its side.

The values are the shares that were right among the real records whose place is even, rounded; `benchmarks.criteria`
prints the shares of both halves.
"""

import re

from normalizers.criteria.marks import Mark

LINE = 1.0  # a line of its own
_PLAIN_MARK = 0.98  # set apart by a bullet or by numbers, and nothing in it looks like two criteria
_DOUBTS = (_PLAIN_MARK, 0.9, 0.7)  # the same with no, one and more signs that it holds, or ends in, something else
_RARE_MARK = 0.8  # letters, brackets, `3.1`: texts cite more than they list by these
_NO_MARK = 0.8  # words before a list
_ALONE = ((80, 0.9), (200, 0.6))  # a whole side without any mark that reads as one sentence, up to so many characters
_ALONE_AND_LONG = 0.3
_SEVERAL = 0.05  # … that reads as several
_LONG = 400  # characters of a criterion that may hold a line more
_JOINT = re.compile(r"[^\s.:;,(-] [A-Z][a-z]+ [a-z]|[.;:] ?[A-Z]")  # sentences that meet: `Adults Pregnant women who`
_COMMON = frozenset(("1.", "-", "*", "•"))


def confidence_inside(mark: Mark, text: str, *, alone: bool, last: bool) -> float:
    """Return the confidence of a criterion of a text without line breaks; `alone` and `last` are those of its side."""
    if not mark.family:
        return _without_mark(text) if alone or len(text) > _ALONE[-1][0] else _NO_MARK
    if mark.family not in _COMMON and not mark.bullet:
        return _RARE_MARK
    signs = (": " in text) + text.endswith(":") + (len(text) > _LONG) + (last and mark.family == "1.")
    return _DOUBTS[min(signs, len(_DOUBTS) - 1)]


def _without_mark(text: str) -> float:
    if _JOINT.search(text):
        return _SEVERAL
    return next((confidence for most, confidence in _ALONE if len(text) <= most), _ALONE_AND_LONG)
