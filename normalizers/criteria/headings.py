"""Headings that turn the side: `Inclusion Criteria:`, `Key exclusion criteria`, in a line of their own or inside one.

Inside a line a heading begins with a capital, and a colon or a list follows it: `the exclusion criteria are known` is
none. `Non-inclusion` turns to exclusion; `Inclusion and exclusion criteria` to neither, as headings of those who leave
later do (`Withdrawal criteria:`). `- Inclusion criteria for men: old` is a criterion: a mark stands before the words,
and more text behind them; so is `Does not meet inclusion criteria`.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from normalizers.criteria.wordings import EXCLUSION, INCLUSION, UNPLACED, Change, Wording, other_changes, plain_changes

_STEM = "clusion"
_CRITERIA = "riteri"
_LIST = r"(?=\s{1,9}(?:[-*•·–]|\((?:1|a|i)\)|[0-9]{1,2}[.)]|[0-9]{1,2}(?:\.[0-9]{1,2})+[ .]))"
_DASHED = r"(?:[ ]?[-‐‑–][ ]?|[ ])?"
_NON = rf"non{_DASHED}"
_NO = r"not?[ ](?=inclusions?[ ]criteri\w{1,2}[ ]?[:：])"  # as translated from `Criterios de no inclusión`
_SAYS = (
    r"[ ](?:are|were|is|will[ ]be|includ(?:es?|ed|ing)|consist(?:s|ed)?[ ]of|comprised?)"
    r"(?:[ ](?:as|but|are|not|limited|to|the|any|all|one|or|more|of|these|follow(?:s|ing)?|below|conditions|criteria)"
    r"){0,8}"
)
_OF = r"[ ](?:for|of|at|in|before|prior[ ]to|related[ ]to)\b[^:：.;\n]{1,90}?\.?|[ ]?\([^()\n]{1,60}\)"
_CORE = (
    rf"(?P<non>{_NON}|{_NO})?(?P<side>in|ex)clusions?(?P<criteria>[ ]criteri(?:as?|on(?=[ ]?[:：\n])))?"
    rf"(?:(?:(?P<says>{_SAYS})|(?P<of>{_OF}))?[ ]?"
    r"(?:(?P<colon>[:：])|(?P<line>(?P<stop>[-–—;,.]{1,2})?(?=\n|\Z))"
    rf"|(?P<list>(?P<weak>[;.])?{_LIST}))|(?-i:(?P<sentence>(?=[ ]?[A-Z]))))"
)
_MARK = r"(?:[-*•·–][ ]*)?(?:\(?(?:[0-9]{1,2}|[a-d]|i{1,3}|iv)[.)][ ]*|[0-9]{1,2}[ ]*)?"
_FIRST = rf"(?:{_NON})?(?:in|ex)clusions?(?:[ ]criteri(?:as?|on))?[ ]?(?:[/,&-]|and|or)[ ]?"
_WORD = r"(?!non\b|not?[ ]inclusion|(?:in|ex)clusion)[\w/&',-]{1,30}[ ]"
_OWN_LINE = re.compile(rf"[ ]*(?P<mark>{_MARK})(?P<words>(?:{_WORD}){{0,6}})(?P<first>{_FIRST})?{_CORE}", re.IGNORECASE)
_INSIDE = re.compile(_CORE, re.IGNORECASE)
_FIRST_BEFORE = re.compile(rf"{_FIRST}\Z", re.IGNORECASE)
_KINDS = "Key|Main|Major|General|Medical|Specific|Additional|Further|Other|Principal|Patient|Subject"
_BEFORE = re.compile(  # what belongs to a heading inside a line before its word
    r"(?:(?<=[ ])(?:[-*•·–]|\(?(?P<number>[0-9]{1,2}|[A-D]|I{1,3}|IV)[.)])[ ])?(?:List of )?"
    rf"(?:(?:{_KINDS}|{_KINDS.upper()}|[A-Z]\w{{1,20}}-[Ss]pecific)[ ]){{0,2}}"
    rf"(?P<non>(?:[Nn]on|NON){_DASHED})?\Z"
)
_NUMBERED = re.compile(r"\s*\(?([0-9]{1,2}|[A-Da-d]|[Ii]{1,3}|[Ii][Vv])[.)]")
_SERIES = ("I II III IV V".split(), "A B C D E".split(), [str(number) for number in range(1, 101)])
_MARKED = re.compile(r"(?:[-*•·–]|[0-9][.)])\s?\Z")
_SAID = re.compile(r"[ ]?(?![-*•·–]|[0-9]{1,2}[.)])\w")  # a criterion that goes on behind a colon
_LISTED = re.compile(_LIST)
_CRITERIA_OF = re.compile(r"criteri(?:as?|on)[ ](?:for|of)[ ]\Z", re.IGNORECASE)  # `Criteria for exclusion:`
_VERBS = re.compile(  # of a criterion about the criteria: `Does not meet inclusion criteria`
    r"(?i:\b(?:not?|without|meet\w*|met|fulfil\w*|satisf\w*|fail\w*|lack\w*|violat\w*|do(?:es)?|ha(?:s|ve|ving)|see)\b)"
)
_CITING = re.compile(  # before criteria of inclusion that an exclusion cites: `Not meeting Inclusion Criteria - Ill`
    r"\b(?:meet|meets|meeting|met|fulfil\w*|satisf\w*|the|all|any|of|to|with|following|these|those|above|see|per|by|in|and|or"
    r"|under|from|for|as|not|no)\s\Z"
)
_NEGATIVE = re.compile(r"(?i:\b(?:not?|without|fail\w*|lack\w*|violat\w*)\b)")
_USUAL = 3  # words that may stand before a heading without a colon
_REACH = 100  # characters before the word that may belong to its heading
_SENTENCE_ENDS = tuple(".;:。；：")

_LATER = (  # criteria by which somebody who was included leaves
    r"(?:(?:Study|Patients?|Subjects?|Participants?|Early)[ ])?(?:Elimination|Withdrawal|Discontinuation|Drop[- ]?outs?"
    r"|Termination|Removal|Exit|Rejection|Stopping|Suspension|Shedding|Culling)[ ]"
)
_LATER_LINE = re.compile(
    rf"[ ]*(?P<mark>{_MARK}){_LATER}c(?P<criteria>riteri)(?:a|on)(?P<of>[ ](?:for|of|from)\b[^:：.;\n]{{1,60}}?)?[ ]?"
    r"(?:(?P<colon>[:：])|(?=\n|\Z))",
    re.IGNORECASE,
)
_LATER_BEFORE = re.compile(rf"(?:(?<=[ ])[-*•·–][ ]|(?<=[.;:][ ])|(?<=[。；：])){_LATER}[Cc]\Z")
_LATER_INSIDE = re.compile(r"riteri(?:a|on)[ ]?[:：]")


class SideHeading(NamedTuple):
    """A heading by its offsets, and the side that it turns to."""

    start: int
    end: int
    side: str


def side_headings(text: str) -> list[SideHeading]:
    """Return the headings in order; a line break stands before the text."""
    changes = plain_changes(text)
    found = _reworded(text, changes)
    lacking = {INCLUSION, EXCLUSION}.difference([heading.side for heading in found])
    others = list(other_changes(text, lacking)) if lacking else []
    return _reworded(text, [*changes, *others]) if others else found


def _reworded(text: str, changes: Sequence[Change]) -> list[SideHeading]:
    """Return the headings of a text in which some words are changed, by their places before that."""
    if not changes:
        return list(_usual_headings(text))
    wording = Wording(text, changes)
    found = _usual_headings(wording.text)
    return [SideHeading(*wording.original(start, end), side) for start, end, side in found]


def _usual_headings(text: str) -> Iterator[SideHeading]:
    end, last = 1, ""
    for word, is_later in _words(text):
        if word < end:
            continue
        heading = (
            _later(text, word, end) if is_later else _in_own_line(text, word, end) or _inside(text, word, end, last)
        )
        if heading:
            yield heading
            end, last = heading.end, text[heading.start : heading.end]


def _words(text: str) -> list[tuple[int, bool]]:
    """Return the offset of every `inclusion` and `exclusion`, and of every `riteri`, in small or capital letters."""
    sides = [(at - 2, False) for at in _found(text, _STEM) if text[at - 2 : at].lower() in ("in", "ex")]
    return sorted([*sides, *((at, True) for at in _found(text, _CRITERIA))])


def _found(text: str, stem: str) -> Iterator[int]:
    for each in (stem, stem.upper()):
        at = text.find(each)
        while at >= 0:
            yield at
            at = text.find(each, at + len(each))


def _line_of(text: str, word: int) -> int:
    return text.rfind("\n", max(0, word - _REACH), word) + 1


def _in_own_line(text: str, word: int, after: int) -> SideHeading | None:
    """Return the heading that begins the line of the word."""
    start = _line_of(text, word)
    match = _OWN_LINE.match(text, start) if start >= after else None
    if match is None or match.start("side") != word or not _is_line(match):
        return None
    return SideHeading(start, match.end(), _side(match, match["first"]))


def _side(match: re.Match[str], first: str | None) -> str:
    side = INCLUSION if match["side"].lower() == "in" and not match["non"] else EXCLUSION
    if first and side != (INCLUSION if first[:2].lower() == "in" else EXCLUSION):
        return UNPLACED
    return side


def _is_line(match: re.Match[str]) -> bool:
    """Whether the words that begin a line are a heading, and not a criterion (`- Not meeting inclusion criteria`)."""
    words, marked, names = match["words"], bool(match["mark"]), bool(match["criteria"])
    bare = not words
    names = names or _CRITERIA_OF.search(words) is not None
    if match["colon"]:
        if len(words.split()) > _USUAL and (marked or not names):
            return False
        goes_on = marked and match["of"] and _SAID.match(match.string, match.end())
        return not goes_on and (bare or (names and not _NEGATIVE.search(words)))
    if len(words.split()) > _USUAL or _VERBS.search(words):
        return False
    if match["line"] is not None:
        if match["says"] and not match["says"].lower().endswith(("follow", "follows", "following", "below")):
            return False
        plain = bare and names and not match["of"]
        return plain or not (marked or match["stop"])
    if match["list"] is not None:
        return (names or not match["weak"]) and ((not marked and (bare or names)) or (bare and not match["of"]))
    return bare and match["criteria"] == " Criteria"


def _inside(text: str, word: int, after: int, last: str) -> SideHeading | None:
    """Return the heading around the word inside a line; `last` is the heading before it."""
    window = max(after, word - _REACH)
    first = _FIRST_BEFORE.search(text, window, word)
    begin = first.start() if first else word
    before = _BEFORE.search(text, window, begin)
    start = before.start() if before else begin
    if before and before["number"] and not _is_number_of_heading(text, start, before["number"], last):
        start = before.end("number") + 2
    core = before.start("non") if before and before["non"] and not first else word
    match = _INSIDE.match(text, core)
    if match is None or not _begins(text, start, word):
        return None
    side = _side(match, first[0] if first else None)
    if side == INCLUSION and _CITING.search(text, max(0, start - _REACH), start):
        return None
    marked = not text[start].isalpha() or _MARKED.search(text, max(0, start - 4), start) is not None
    ends = start == after or text[max(0, start - 3) : start].rstrip().endswith(_SENTENCE_ENDS)
    if not _is_inside(match, marked=marked, ends=ends, bare_before=bool(last) and _CRITERIA not in last.lower()):
        return None
    return SideHeading(start, match.end(), side)


def _is_number_of_heading(text: str, start: int, number: str, last: str) -> bool:
    """Whether a number before a heading is its own, and not the end of a sentence (`BMI < 30. Exclusion Criteria`)."""
    numbered = _NUMBERED.match(last)
    if numbered:
        return any((numbered[1].upper(), number) in pairwise(series) for series in _SERIES)
    return text[max(0, start - 3) : start].rstrip().endswith(_SENTENCE_ENDS)


def _begins(text: str, start: int, word: int) -> bool:
    """Whether a heading may begin here: with a capital, behind a space or the end of a sentence."""
    first = next((character for character in text[start:word] if character.isalpha()), text[word])
    return first.isupper() and text[start - 1] in " \n\t.;:)。；："


def _is_inside(match: re.Match[str], *, marked: bool, ends: bool, bare_before: bool) -> bool:
    """Whether the words are a heading; a mark may stand before them, and a sentence or a heading end there.

    `bare_before` says that the heading before is a word alone (`Inclusion: old. Exclusion: ill`).
    """
    names = match["criteria"] is not None
    if match["colon"]:
        if not names:
            listed = _LISTED.match(match.string, match.end()) is not None
            return (ends or bare_before or _side(match, None) == EXCLUSION) if listed else ends and bare_before
        said = _SAID.match(match.string, match.end()) if match["of"] else None
        return said is None or not (marked or said[0][-1].islower())
    if match["list"] is not None:
        plain = not match["of"] or match["of"].lstrip().startswith("(")
        return (names or (ends and not match["weak"])) and (plain or (ends and not marked))
    return match["line"] is None and ends and match["criteria"] == " Criteria"


# --- criteria of those who leave --------------------------------------------------------------------------------


def _later(text: str, word: int, after: int) -> SideHeading | None:
    """Return the heading of criteria by which somebody leaves, around its `riteri`; it turns to neither side."""
    start = _line_of(text, word)
    match = _LATER_LINE.match(text, start) if start >= after else None
    if match and match.start("criteria") == word:
        goes_on = match["mark"] and (not match["colon"] or _SAID.match(text, match.end()))
        return None if goes_on else SideHeading(start, match.end(), UNPLACED)
    before = _LATER_BEFORE.search(text, max(after, word - _REACH), word)
    inside = _LATER_INSIDE.match(text, word) if before else None
    return SideHeading(before.start(), inside.end(), UNPLACED) if before and inside else None
