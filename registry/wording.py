"""How wordings are compared: folded for matching only, never for storing."""

import re
import unicodedata
from functools import lru_cache

_UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
INVISIBLE = re.compile(f"[{_UNSEEN}]")
"""Soft hyphen, zero-width marks, word joiner, byte order mark: not seen, so not compared."""

STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
"""What steers a terminal, reorders what it shows, or cannot be seen: escaped where text is shown, never in a table."""

DASHES = frozenset("- -- --- – —".split())
"""A cell or value that is one of these alone holds nothing."""

UNIT_OF_PEOPLE = "(?:participants?|patients?|subjects?|people|persons?)"
"""A pattern for what is counted where a number is of people: it may stand behind the number, or in its label."""

NOTES = " ?*†‡ⓘℹ▲▼↑↓⇅¶§:"
"""Signs of notes and of sorting, as they stand behind labels."""

_UNIT = re.compile(rf" \((?:no\. of |number of )?{UNIT_OF_PEOPLE}\)$")
_AT_ENDS = f"{_UNSEEN} "
_ALIKE = str.maketrans({**dict.fromkeys("‐‑‒–—−", "-"), **dict.fromkeys("‘’ʼ", "'")})


@lru_cache(maxsize=2**14)  # pages repeat their labels and wordings: three calls in four are answered from here
def fold(text: str) -> str:
    r"""Return `text` as labels, headings and vocabulary wordings are compared.

    NFC, case, soft hyphens, zero-width marks, kinds of dash and apostrophe, runs of white space and a colon at the end
    make no difference.

    >>> fold(" Est.\u00a0completion  DATE :")
    'est. completion date'
    """
    if not text.isascii():
        text = INVISIBLE.sub("", unicodedata.normalize("NFC", text)).translate(_ALIKE)
    return " ".join(text.casefold().split()).rstrip(":： ")


@lru_cache(maxsize=2**14)
def label_key(text: str) -> str:
    """Return `text` as labels and names of columns are looked up: folded, without a unit or the sign of a note.

    >>> label_key("Phase ⓘ:"), label_key("Enrollment (participants)")
    ('phase', 'enrollment')
    """
    key = fold(text).rstrip(NOTES)
    return _UNIT.sub("", key) if key.endswith(")") else key


def seen(text: str) -> str:
    r"""Return `text` without what cannot be seen at its ends: such marks steer its line, and are none of its words.

    >>> seen("\u200eCompleted\u200b")
    'Completed'
    """
    return text if text.isascii() else text.strip(_AT_ENDS)
