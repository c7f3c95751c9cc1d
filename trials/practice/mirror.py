"""What the mirror does to the registry's texts, and cannot be undone.

Characters go through Windows-1252 by Microsoft's best fit (`bestfit1252`): `≥` and `≤` become `=`, some Greek letters
become Latin ones, what has no fit becomes `?`. Of newer records line breaks and bullets become ` - ` in one paragraph.
"""

import re
import unicodedata

_BEST_FIT = {
    **dict.fromkeys("≥≤≡", "="),
    **dict(zip("αβγδεπστφΓΘΣΦΩ∞", "aß?depstfGTSFO8", strict=True)),
    **dict(zip("μ−′łŁđıƒ", "µ-'lLdif", strict=True)),
    **dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)),
}
_BULLET = re.compile(r"^\s*[*-]\s+")


def squeezed(text: str) -> str:
    r"""Return text as it comes out of Windows-1252.

    >>> squeezed("Age ≥ 18, ANC ≤ 1.5×10⁹/L, NYHA Ⅲ, α, Plzeň")
    'Age = 18, ANC = 1.5×10?/L, NYHA ?, a, Plzen'
    """
    return text if text.isascii() else "".join(map(_fit, text))


def _fit(character: str) -> str:
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        known = _BEST_FIT.get(character)
        return known or _base(character)
    return character


def _base(character: str) -> str:
    """Return the letter under an accent, the ASCII form of a full-width character, else `?`."""
    decomposed = unicodedata.normalize("NFD", character)[0]
    if "\uff01" <= character <= "\uff5e":
        return chr(ord(character) - 0xFEE0)
    return decomposed if decomposed.isascii() else "?"


def flattened(lines: list[str]) -> str:
    """Return the lines of a newer record as its one paragraph.

    >>> flattened(["Inclusion Criteria:", "* Age = 18", "* Consent", "Exclusion Criteria:", "1. Gout"])
    'Inclusion Criteria: - Age = 18 - Consent Exclusion Criteria: 1. Gout'
    """
    return " ".join(_BULLET.sub("- ", line).strip() for line in lines if line.strip())


def printed(text: str, *, newer: bool) -> str:
    """Return a prose text as the mirror prints it: a newer record's in one paragraph, an older one's in its lines."""
    lines = squeezed(text).split("\n")
    return flattened(lines) if newer else "\n".join(_BULLET.sub("- ", line).strip() for line in lines if line.strip())
