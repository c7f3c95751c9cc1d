"""Headings in other words: set in markdown, misspelt, in another language, or as `Excluded:` and `Not eligible:`.

They are found as the usual ones are, in a text that says them so. Marks and misspellings count always; other words only
where the text has no usual heading of that side, so that none that has both is read otherwise.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from normalizers.criteria.spelling import meant

INCLUSION, EXCLUSION, UNPLACED = "inclusion", "exclusion", "unplaced"

_SET = re.compile(r"\*{2,3}|_{2,3}|(?<=\s)#{1,6}[ ](?=\w)")
_SIDES = (INCLUSION, EXCLUSION)
_CRITERIA = ("criteria", "criterion")
_TWO_WORDS = re.compile(r"(?<![^\W_])(?P<side>[A-Za-z]{7,10})(?P<gap>[ _-])(?P<criteria>[Cc][A-Za-z]{6,9})(?![A-Za-z])")
_GAPS = (" ", "_", "-")
_WORD_BEFORE = re.compile(r"(?<![A-Za-z])[ienxIENX][A-Za-z]{6,9}[ _-]\Z")  # another letter is one more edit
_CRITERIA_LIKE = re.compile("crit[a-z]{3,5}a", re.IGNORECASE)
_LONGEST = 11  # characters of such a word, and of what stands behind it

_ENDS = r"(?=[*_]{0,3}[ ]?(?:[:：]|\n|\Z))"
_UNMARKED = r"(?<!\w)(?<![-*•·–] )(?<![0-9][.)] )(?<!\s[a-z][.)] )"  # `- Not eligible: smokers` is a criterion
_OF_WHOM = r"(?:[ ](?i:patients|subjects|participants|if|are))?"
_INCLUDED = re.compile(
    rf"{_UNMARKED}(?<![Nn]ot )(?<!NOT )(?<!Non )(?:Included|INCLUDED|Eligible|ELIGIBLE){_OF_WHOM}{_ENDS}"
)
_EXCLUDED = re.compile(
    rf"{_UNMARKED}(?:Not[ -][Ee]ligible|NOT[ -]ELIGIBLE|Non[ -]?[Ee]ligible|Ineligib(?:le|ility)|INELIGIB(?:LE|ILITY)"
    rf"|Exclude[ds]?|EXCLUDE[DS]?|Excluding|EXCLUDING){_OF_WHOM}{_ENDS}"
)
_EXCLUSION_CRITERIA = re.compile(
    r"(?<!\w)(?:(?:ineligibility|excluding|exclusionary)[ ]criteria|exclusions?[ ](?:factors|requirements|conditions"
    r"|criterium|criteria(?:[ ]?,?[ ](?:any|all|one)\b[^:.\n]{0,50}|[ ]?/[ ]?\w{1,30}))"
    rf"|(?:reasons|grounds|conditions)[ ]for[ ]exclusion){_ENDS}",
    re.IGNORECASE,
)
_SENTENCE = re.compile(  # before a list: `Patients are excluded if they have any of these:`
    r"(?<=\n)(?:The following|Any|All|Patients?|Subjects?|Participants?|Individuals|Persons|People|Women|Volunteers)\b"
    r"[^\n:]{0,120}\b(?:excluded|ineligible|not eligible)\b[^\n:]{0,80}(?=:[ ]?\n)",
    re.IGNORECASE,
)
_ROMANCE = re.compile(  # `Criterios de exclusión`, `Critères de non-inclusion`
    r"(?<!\w)crit[eéè]r\w{1,4}[ ](?:d[ei][ ]|d['’][ ]?)(?P<non>non?[ -])?(?P<side>in|ex|es)clu\w{2,6}", re.IGNORECASE
)
_GERMANIC = re.compile(  # `Ausschlusskriterien`, `Exclusiecriteria`
    r"(?<!\w)(?P<side>ein|in|aus|eks|ex)(?:(?:schlu(?:ss|ß)|clusie|klusions|klusjons)[- ]?[ck]riteri\w{1,3}"
    r"|clusioncriteria)",
    re.IGNORECASE,
)


class Change(NamedTuple):
    """What is said for a piece of the text, by its offsets."""

    start: int
    end: int
    text: str


class Wording:
    """A text with some of its pieces said otherwise, and the places that they have in it."""

    def __init__(self, text: str, changes: Iterable[Change]) -> None:
        said: list[str] = []
        self._begins: list[int] = []  # where each change begins and ends here
        self._ends: list[int] = []
        self._changes: list[Change] = []
        here = end = 0
        for change in sorted(changes, key=_longest_first):
            if change.start >= end:
                said += (text[end : change.start], change.text)
                self._begins.append(here + change.start - end)
                here = self._begins[-1] + len(change.text)
                self._ends.append(here)
                self._changes.append(change)
                end = change.end
        self.text = "".join([*said, text[end:]])

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the places of a piece in the original, with the marks around it."""
        before = self._span(start - 1)[1] if start else 0
        return before, max(before, self._span(end)[0])

    def _span(self, place: int) -> tuple[int, int]:
        """Return where a character stands in the original, or what it is said for."""
        number = bisect_right(self._begins, place) - 1
        if number < 0:
            return place, place + 1
        change, end = self._changes[number], self._ends[number]
        if place < end:
            return change.start, change.end
        return change.end + place - end, change.end + place - end + 1


def _longest_first(change: Change) -> tuple[int, int]:
    return change.start, -change.end


def plain_changes(text: str) -> list[Change]:
    """Return the changes that take markdown and misspellings off headings."""
    found = [*_misspelt(text)]
    if "**" in text or "__" in text or "# " in text:
        found += (Change(*match.span(), "") for match in _SET.finditer(text))
    return found


def _misspelt(text: str) -> Iterator[Change]:
    for start in sorted({*_starts(text)}):
        match = _TWO_WORDS.match(text, start)
        if match is None:
            continue
        side, criteria = meant(match["side"].removesuffix("s"), _SIDES), _criteria(match["criteria"])
        if side and criteria and (said := f"{side} {criteria}") != match[0] and f"{side}s {criteria}" != match[0]:
            yield Change(*match.span(), said)


def _criteria(word: str) -> str | None:
    """Return `criteria` or `criterion` where the word is one of them, or may be (`Critiera`)."""
    return meant(word, _CRITERIA) or (f"{word[:4]}eria" if _CRITERIA_LIKE.fullmatch(word) else None)


def _starts(text: str) -> Iterator[int]:
    """Yield where a word for a side may begin: before `crit`, or with `clusion` in it; not where both are right."""
    for at in _places(text, ("crit", "Crit", "CRIT")):
        is_usual = (
            text[at - 8 : at - 1].lower() == "clusion"
            and text[at - 1] == " "
            and text[at : at + 7].lower() == "criteri"
        )
        if not is_usual and (before := _WORD_BEFORE.search(text, max(0, at - _LONGEST), at)):
            yield before.start()
    for at in _places(text, ("clusion", "CLUSION")):
        if text[at + 7 : at + 8] in _GAPS and text[at + 8 : at + 15].lower() != "criteri":
            yield at - 2


def _places(text: str, words: Iterable[str]) -> Iterator[int]:
    for word in words:
        at = text.find(word)
        while at >= 0:
            yield at
            at = text.find(word, at + len(word))


def other_changes(text: str, lacking: Iterable[str]) -> Iterator[Change]:
    """Yield the changes that make headings of these sides in other words usual ones."""
    sides = frozenset(lacking)
    for pattern in (_ROMANCE, _GERMANIC):
        found = ((match, _side(match)) for match in pattern.finditer(text))
        yield from (_change(match, f"{side} criteria") for match, side in found if side in sides)
    for side, pattern, said in _OTHER_WORDS:
        if side in sides:
            yield from (_change(match, said) for match in pattern.finditer(text))


def _side(match: re.Match[str]) -> str:
    is_inclusion = match["side"].lower() in ("in", "ein") and not match.groupdict().get("non")
    return INCLUSION if is_inclusion else EXCLUSION


def _change(match: re.Match[str], said: str) -> Change:
    return Change(*match.span(), said.capitalize())


_OTHER_WORDS = (
    (INCLUSION, _INCLUDED, "inclusion"),
    (EXCLUSION, _EXCLUDED, "exclusion"),
    (EXCLUSION, _EXCLUSION_CRITERIA, "exclusion criteria"),
    (EXCLUSION, _SENTENCE, "exclusion criteria"),
)
