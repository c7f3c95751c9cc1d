"""Words that are misspelt by one letter: left out, put in, another one, or two that changed places."""

from collections.abc import Iterable


def meant(word: str, words: Iterable[str]) -> str | None:
    """Return the only one of the words that the word is or may be a misspelling of, its capitals kept; else None.

    >>> meant("Exlusion", ("inclusion", "exclusion")), meant("Enclusion", ("inclusion", "exclusion"))
    ('Exclusion', None)
    """
    folded = word.lower()
    found = [other for other in words if folded == other] or [other for other in words if _is_near(folded, other)]
    if len(found) != 1:
        return None
    return found[0].upper() if word.isupper() else f"{word[0]}{found[0][1:]}" if word[0].isupper() else found[0]


def _is_near(word: str, other: str) -> bool:
    same = next((n for n, (one, two) in enumerate(zip(word, other, strict=False)) if one != two), len(word))
    rest, wanted = word[same:], other[same:]
    swapped = wanted[1:2] + wanted[:1] + wanted[2:]
    return rest == swapped or rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:]
