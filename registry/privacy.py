"""Contacts are personal data: what may be one is not repeated outside the table of contacts."""

import re
from functools import cache

from registry.labels import FIELDS, LABEL_BLOCK, STUDY_INFORMATION
from registry.wording import label_key

CONTACTS = "central_contacts"
"""The table of contacts."""

WITH_CONTACTS = frozenset({STUDY_INFORMATION, LABEL_BLOCK})
"""Sections that print a contact: text that no rule claims there may be a person's."""

CONTACT_LABELS = frozenset(label_key(label) for row in FIELDS if row.table == CONTACTS for label in row.labels)
"""Labels, folded, that a contact stands behind, wherever they are printed."""

SHORTEST_NAME = 4
"""Characters from which on a contact's text is looked for in others: shorter ones are in words."""

_PERSONAL = re.compile(
    r"\S(?:@|\[@\])\S|[+(]?[0-9][0-9 ()./-]{6,}[0-9]"
    r"|\b(?:contact|investigator|coordinator|overall official|study (?:chair|director|official)|responsible party)",
    re.IGNORECASE,
)

_WORD = r"[^\s@<>()\[\],;:\"]"
EMAIL = rf"{_WORD}+(?:[@＠]| ?[\[(] ?(?:@|(?i:at)) ?[\])] ?)(?:[^\s@<>()\[\],;:\".]+\.)+[A-Za-z]{{2,}}"
"""An email address in free text, also with `[@]`, `(at)`; for Python's `re` and RE2 (DuckDB, Arrow) alike."""

_APART = "[ \u00a0()./\u2010-\u2015-]"
_DIGITS = rf"[0-9](?:{_APART}{{0,3}}[0-9])"
_BEFORE = r"(^|[^0-9A-Za-z./_@-])"  # in a DOI, an id or a file's name numbers stand behind others
_SAID = (
    r"\b(?:(?i:tel|telephone|phone|fax|mobile|mob|call|hotline|whatsapp|contact)\b|(?i:cell):)"
    r"(?i:[ .:#]|number|no|nr|us|at){0,8}"
)
_BY_FORM = "|".join(
    (
        r"(?:1[-. ])?[(]?\b[2-9][0-9]{2}[)]?[-–. /]{1,2}[2-9][0-9]{2}[-–. ][0-9]{4}\b",  # 301-496-2563, as in America
        r"1[-. ]8(?:00|33|44|55|66|77|88)[-. ][A-Z0-9][A-Z0-9-]{5,9}\b",  # 1-800-BLOSSOM
        rf"00[1-9][0-9]{{0,2}}{_APART}{{1,3}}{_DIGITS}{{6,11}}",  # 0049 30 …
        r"0[1-9][0-9]{1,4}[ /.-]{1,3}(?:[0-9]{5,}|[0-9]{2,4}(?:[ /.-][0-9]{2,4}){1,4})\b",  # 0221 478 0000
        r"0[1-9][ -][0-9]{3,4}[ -][0-9]{3,4}\b",  # 03-1234-5678
        r"[(]0[0-9]{1,3}[)] ?[0-9]{2,5}(?:[ -]?[0-9]{2,5}){1,3}\b",  # (021) 234 5678
    )
)
PHONE = rf"{_BEFORE}(?:{_BY_FORM})|\+ ?[(]?{_DIGITS}{{6,14}}|{_SAID}[+(]?{_DIGITS}{{6,14}}"
"""A telephone number in free text, by its form, a `+`, or a word before it, which is taken along; also for both.

Its one group is what stands before the number, and stays.
"""

EMAIL_MASK, PHONE_MASK = "[email]", "[phone]"
"""What stands in the place of an email address and of a telephone number."""


_EMAIL, _PHONE = re.compile(rf"(?<!{_WORD}){EMAIL}"), re.compile(PHONE)
"""The same for Python, which would look for an email again from each character of a long word."""


def masked(text: str) -> str:
    """Return free text with a mask in the place of each email address and telephone number.

    >>> masked("Call +49 30 450 50 or write to a.b@example.org")
    '[phone] or write to [email]'
    """
    return _PHONE.sub(rf"\1{PHONE_MASK}", _EMAIL.sub(EMAIL_MASK, text))


def looks_personal(text: str) -> bool:
    """Whether a text holds an email address, a telephone number or the like, or speaks of a contact."""
    return _PERSONAL.search(text) is not None


def may_be_a_name(label: str) -> bool:
    """Whether a label that is not known shares no word with the known ones, or has several others beside.

    >>> may_be_a_name("Backup contact"), may_be_a_name("Maria de la Cruz"), may_be_a_name("Contact Maria de la Cruz")
    (False, True, True)
    """
    words = set(label_key(label).split())
    strange = words - _words_of_labels()
    return strange == words or (looks_personal(label) and len(strange) > 1)


@cache
def _words_of_labels() -> frozenset[str]:
    words = {word for field in FIELDS for label in field.labels for word in label_key(label).split()}
    return frozenset(word for word in words if len(word) > 3)
