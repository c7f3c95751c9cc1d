"""Vocabularies: the page's wording → canonical code, one `vocab/<name>.csv` with columns wording, code each.

A wording that is not here has no code: it is a problem, never passed
through as if it were canonical.
"""

import csv
from functools import cache
from importlib.resources import files

from registry.wording import fold

_LONGEST = 200  # characters; the longest wording has 70


@cache
def wordings(name: str) -> tuple[tuple[str, str], ...]:
    """Return (wording, code) of a vocabulary, in the order of its file; FileNotFoundError if there is none."""
    text = (files("registry") / "vocab" / f"{name}.csv").read_text(encoding="utf-8")
    return tuple((row["wording"], row["code"]) for row in csv.DictReader(text.splitlines(), strict=True))


@cache
def codes(name: str) -> frozenset[str]:
    """Return the codes of a vocabulary."""
    return frozenset(code for _, code in wordings(name))


def code(name: str, text: str) -> str | None:
    """Return the code of a wording, compared folded, or None for a wording that is not known.

    A text longer than any wording is none, and is not folded: prose is asked for, too.

    >>> code("phase", "PHASE 1/Phase 2")
    'PHASE1/PHASE2'
    >>> code("phase", "Phase 5")
    """
    return _folded(name).get(fold(text)) if len(text) <= _LONGEST else None


@cache
def _folded(name: str) -> dict[str, str]:
    return {fold(wording): code for wording, code in wordings(name)}
