"""The id of a trial, `NCT` and eight digits, and the spellings in which people hand it over."""

import re
from itertools import pairwise

NCT_ID = re.compile(r"NCT[0-9]{8}")
PLACEHOLDER = "NCT00000000"

_DIGITS = 8
_FEWEST_DIGITS = 5  # that a spreadsheet may have left of an id; fewer are a slip or a rounded number
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SPELLING = re.compile(r"(?<![A-Z0-9])NCT[\s:#._-]*([0-9]{8}(?![0-9])|[0-9](?:[\s._-]?[0-9])*)(?![._-]?[A-Z0-9²³¹])")
_BETWEEN = re.compile(r"\t|(?:,|;(?![a-z]+=))(?!(?!https?:)[^\s,;]*/)")  # no sign inside an address ends it
_PREFIX = re.compile(r"(?<![A-Z0-9])NCT", re.IGNORECASE)


def is_nct_id(text: str) -> bool:
    """Whether a text is the id of a trial, and nothing else."""
    return NCT_ID.fullmatch(text) is not None and text != PLACEHOLDER


def read_nct_id(text: str) -> str | None:
    """Return the one id that a text holds in any spelling, or None if it holds none, or two.

    Case, spaces, dashes and full-width characters do not matter; an address may stand around it. Zeros that a
    spreadsheet dropped come back: that is certain only if what is left stands in one piece and does not begin with one.

    >>> read_nct_id(" nct6416709"), read_nct_id("NCT 0641 6709"), read_nct_id("https://example.org/other/nct06416709/")
    ('NCT06416709', 'NCT06416709', 'NCT06416709')
    >>> read_nct_id("NCT0641670"), read_nct_id("06416709"), read_nct_id("NCT06416709 NCT06416710")
    (None, None, None)
    """
    ids = {_padded(digits) for digits in _SPELLING.findall(text.translate(_FULL_WIDTH).upper())}
    found = ids.pop() if len(ids) == 1 else None
    return found if found and is_nct_id(found) else None


def _padded(digits: str) -> str:
    """Return the id of these digits; of several pieces only if they begin with the zero that ids begin with so far."""
    if digits.startswith("0"):
        return f"NCT{re.sub('[^0-9]', '', digits)}"
    return f"NCT{digits.zfill(_DIGITS)}" if len(digits) >= _FEWEST_DIGITS else ""


def split_ids(line: str) -> list[str]:
    """Return the spellings that a line of a list holds, each as it stands; what is none of an id stays one piece.

    Behind `#` stands a comment, unless an address goes on there.

    >>> split_ids("NCT06416709, nct 0641 6710;NCT06416711  # the third")
    ['NCT06416709', 'nct 0641 6710', 'NCT06416711']
    """
    line = re.sub(r"(^|\s)#(?![0-9]).*", "", line).strip()
    pieces = [piece.strip().strip("\"'") for piece in _BETWEEN.split(line)]
    return [part for piece in pieces if piece for part in _apart(piece)]


def _apart(piece: str) -> list[str]:
    """Cut a piece before each further id that white space parts from the one before."""
    prefixes = [match.start() for match in _PREFIX.finditer(piece)]
    bounds = [0, *(start for start in prefixes[1:] if piece[start - 1].isspace()), len(piece)]
    return [piece[low:high].strip() for low, high in pairwise(bounds)]
