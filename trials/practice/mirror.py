"""What the mirror does to the registry's texts, and cannot be undone.

Characters go through Windows-1252 by Microsoft's best fit (`bestfit1252`): `≥` and `≤` become `=`, some Greek letters
become Latin ones, what has no fit becomes `?`. Of newer records line breaks and bullets become ` - ` in one paragraph.
"""

import re
import unicodedata

_BEST_FIT = str.maketrans(
    {
        **dict.fromkeys("≥≤≡‗", "="),
        **dict(zip("αβδεπστφΓΘΣΦΩ∞", "aßdepstfGTSFO8", strict=True)),
        **dict(zip("μ∅∓∘∙⋅\u2024・≪≫≈\u037e", "µØ±°····«»˜;", strict=True)),
        **dict(zip("−‐‑′∕∗∶∼√∩ℓ", "---'/*:~vnl", strict=True)),
        **dict(zip("đĐħĦıłŁŧŦƀ", "dÐhHilLtTb", strict=True)),
        **dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)),
        **dict(zip("\u0300\u0301\u0302\u0303\u0304\u0308\u030a\u0327", "`´^~¯¨°¸", strict=True)),
        **dict.fromkeys("\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u3000", " "),
    }
)
"""Those of the table that stand in trials' texts, but for superscripts, of which the mirror is said to keep none."""
_LETTERS = range(0x100, 0x1F1)  # with accents that the table takes off; Vietnamese ones stand higher and are lost
_FULL_WIDTH = range(0xFF01, 0xFF5F)
_TO_ASCII = 0xFEE0  # from a full-width character to the same in ASCII
_BULLET = re.compile(r"^\s*[*-]\s+")


def squeezed(text: str) -> str:
    r"""Return text as it comes out of Windows-1252.

    >>> squeezed("Age ≥ 18, ANC ≤ 1.5×10⁹/L, NYHA Ⅲ, α, Plzeň, AST ≠ ALT、Nguyễn，x ≈ ½")
    'Age = 18, ANC = 1.5×10?/L, NYHA ?, a, Plzen, AST ? ALT?Nguy?n,x ˜ ½'
    """
    return text if text.isascii() else "".join(map(_fit, text.translate(_BEST_FIT)))


def _fit(character: str) -> str:
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return _base(character)
    return character


def _base(character: str) -> str:
    """Return the letter under an accent, the ASCII form of a full-width character, else `?`."""
    if ord(character) in _FULL_WIDTH:
        return chr(ord(character) - _TO_ASCII)
    letter = unicodedata.normalize("NFD", character)[0]
    return letter if ord(character) in _LETTERS and letter.isascii() else "?"


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
