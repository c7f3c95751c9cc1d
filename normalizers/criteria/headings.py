"""Headings that turn the side: `Inclusion Criteria:`, `Key exclusion criteria`, in a line of their own or inside one.

Inside a line a heading begins with a capital, and a colon or a list follows it: `the exclusion criteria are known` is
none. `Non-inclusion` turns to exclusion, `Inclusion/Exclusion criteria` to neither. `- Inclusion criteria for men: old`
is a criterion: a mark stands before the words, and more text behind them.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_STEM = "clusion"
_LIST = r"(?=\s{1,9}(?:[-*•·–]|\((?:1|a|i)\)|[0-9]{1,2}[.)]|[0-9]{1,2}(?:\.[0-9]{1,2})+[ .]))"
_CORE = (
    r"(?P<non>non-)?(?P<side>in|ex)clusions?(?P<criteria>[ ]criteria)?"
    r"(?:(?P<of>[ ](?:for|of|at|related[ ]to)\b[^:：.;\n]{1,90}?\.?|[ ]?\([^()\n]{1,60}\))?[ ]?"
    rf"(?:(?P<colon>[:：])|(?P<line>(?=\n|\Z))|(?P<list>{_LIST}))|(?-i:(?P<sentence>(?=[ ]?[A-Z]))))"
)
_MARK = r"(?:[-*•·–][ ]*)?(?:[0-9]{1,2}[.)]?[ ]*)?"
_OWN_LINE = re.compile(rf"[ ]*(?P<mark>{_MARK})(?P<words>(?:[\w/-]{{1,30}}[ ]){{0,3}}){_CORE}", re.IGNORECASE)
_INSIDE = re.compile(_CORE, re.IGNORECASE)
_BEFORE = re.compile(  # what belongs to a heading inside a line before its word
    r"(?:(?<=[ ])(?:[-*•·–]|[0-9]{1,2}[.)])[ ])?(?:List of )?(?:(?:Key|Main|Major|General|Medical|Specific|Additional"
    r"|Further|Other|Principal|Patient|Subject|[A-Z]\w{1,20}-[Ss]pecific)[ ]){0,2}(?P<non>[Nn]on-)?\Z"
)
_MARKED = re.compile(r"(?:[-*•·–]|[0-9][.)])\s?\Z")
_SAID = re.compile(r"[ ]?(?![-*•·–]|[0-9]{1,2}[.)])\w")  # a criterion that goes on behind a colon
_LISTED = re.compile(_LIST)
_REACH = 100  # characters before the word that may belong to its heading


class SideHeading(NamedTuple):
    """A heading by its offsets, and the side that it turns to."""

    start: int
    end: int
    side: str


def side_headings(text: str) -> Iterator[SideHeading]:
    """Yield the headings in order; a line break stands before the text."""
    end = 1
    for word in _words(text):
        heading = _in_own_line(text, word, end) or _inside(text, word, end) if word >= end else None
        if heading:
            yield heading
            end = heading.end


def _words(text: str) -> list[int]:
    """Return the offset of every `inclusion` and `exclusion`, in small or capital letters."""
    found = []
    for stem in (_STEM, _STEM.upper()):
        at = text.find(stem)
        while at >= 0:
            if text[at - 2 : at].lower() in ("in", "ex"):
                found.append(at - 2)
            at = text.find(stem, at + len(stem))
    return sorted(found)


def _in_own_line(text: str, word: int, after: int) -> SideHeading | None:
    """Return the heading that begins the line of the word."""
    start = text.rfind("\n", max(0, word - _REACH), word) + 1
    match = _OWN_LINE.match(text, start) if start >= after else None
    if match is None or match.start("side") != word or not _is_line(match):
        return None
    return SideHeading(start, match.end(), _side(match))


def _side(match: re.Match[str]) -> str:
    return "inclusion" if match["side"].lower() == "in" and not match["non"] else "exclusion"


def _is_line(match: re.Match[str]) -> bool:
    """Whether the words that begin a line are a heading, and not a criterion (`- Not meeting inclusion criteria`)."""
    bare, marked, names = not match["words"], bool(match["mark"]), bool(match["criteria"])
    if match["colon"]:
        goes_on = marked and match["of"] and _SAID.match(match.string, match.end())
        return not goes_on and (bare or names)
    if match["line"] is not None:
        return not marked or (bare and names and not match["of"])
    if match["list"] is not None:
        return (not marked and (bare or names)) or (bare and not match["of"])
    return bare and match["criteria"] == " Criteria"


def _inside(text: str, word: int, after: int) -> SideHeading | None:
    """Return the heading around the word inside a line."""
    window = max(after, word - _REACH)
    before = _BEFORE.search(text, window, word)
    start = before.start() if before else word
    core = before.start("non") if before and before["non"] else word
    match = _INSIDE.match(text, core)
    if match is None or not _begins(text, start, word):
        return None
    marked = not text[start].isalpha() or _MARKED.search(text, max(0, start - 4), start) is not None
    ends = start == after or text[max(0, start - 3) : start].rstrip()[-1:] in tuple(".;:。；：")
    return SideHeading(start, match.end(), _side(match)) if _is_inside(match, marked=marked, ends=ends) else None


def _begins(text: str, start: int, word: int) -> bool:
    """Whether a heading may begin here: with a capital, behind a space or the end of a sentence."""
    first = next((character for character in text[start:word] if character.isalpha()), text[word])
    return first.isupper() and text[start - 1] in " \n\t.;:)。；："


def _is_inside(match: re.Match[str], *, marked: bool, ends: bool) -> bool:
    """Whether the words are a heading; a mark may stand before them, and a sentence or a heading end there."""
    names = match["criteria"] is not None
    if match["colon"]:
        if not names:
            return ends and _LISTED.match(match.string, match.end()) is not None
        said = _SAID.match(match.string, match.end()) if match["of"] else None
        return said is None or not (marked or said[0][-1].islower())
    if match["list"] is not None:
        return (names or ends) and (not match["of"] or (ends and not marked))
    return match["line"] is None and ends and match["criteria"] == " Criteria"
