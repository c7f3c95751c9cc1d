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
