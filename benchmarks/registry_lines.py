r"""The lines that the registry itself breaks eligibility texts into, and the texts that pages make of them.

A line of a raw text that is not blank and no heading of a side is a criterion, on the side of the last heading.
Escapes (`\>`) are taken off, and each line goes the way of `trials.practice.mirror`, so that the text is the one that
the mirror shows.

- flattened: what the mirror prints of newer records: line breaks become spaces, numbers and ` - ` are kept.
- line breaks: what it prints of older ones: numbers and `- ` are kept, indents are not.
- indents: the same with the raw indents, which a page may keep in `<pre>`.
- no bullets: flattened, and the bullets are gone too: only numbers show.

Nothing here is taken from what is measured by it: what is a heading or a list is said again, of a whole line.
"""

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.pages import RECORDS
from trials.practice.mirror import printed, squeezed

FORMS = ("flattened", "line breaks", "indents", "no bullets")
_NOTHING = frozenset(("", "*", "-", "<!-- -->"))  # lines of the raw texts that say nothing
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_BULLET = re.compile(r"[-*•·–—]\s+|[•·](?=\S)")
_NUMBER = re.compile(
    r"\(?(?:[0-9]{1,3}|[a-zA-Z]|[ivx]{1,5})[.)、）]+(?![0-9])(?=\s?\S)|[①-⑳]|[0-9]{1,2}(?:\.[0-9]{1,2})+\.?\s"
)
_SIDE = r"(?P<non>non-)?(?P<side>inclusion|exclusion)"
_HEADING = re.compile(
    rf"(?P<head>[0-9]{{0,2}}(?:[\w/-]+ ){{0,4}}?{_SIDE}(?: criteria)?)\s*"
    r"(?:include|(?:for|of|related to|at) [^:：]{1,90}|\([^)]{1,60}\))?[:：]?",
    re.IGNORECASE,
)
_LEAVING = re.compile(r"(?:drop-?out|withdrawal|elimination|discontinuation) criteria ?:?", re.IGNORECASE)
_HEADING_OF_LINE = re.compile(rf"(?:(?:key|main) )?{_SIDE} criteria ?[:：]\s*(?=\S)", re.IGNORECASE)
_HEADING_BEHIND = re.compile(rf"(?<=\s){_SIDE} criteria ?[:：]\Z", re.IGNORECASE)
_INSIDE = re.compile(  # a number inside a line: style around it, and the number
    r"(?<=[\s;:,.。；：])(?:(?P<dots>(?:[0-9]{1,2}\.)+)(?P<last>[0-9]{1,2})\.?(?=\s[A-Z])"
    r"|(?P<open>\(?)(?P<number>[0-9]{1,2}|[ivx]{1,5}|[a-zA-H])(?P<close>[.)])(?![0-9]))"
)
_ROMAN = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv".split()
_RUN = 3  # numbers that make a list of a line


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the registry; `shows` by its `bullet` or `number`, or as the `first` behind a heading."""

    text: str
    side: str
    shows: str
    indent: int = 0
    goes_on: bool = False  # stands in the line of its heading


class Text(NamedTuple):
    """A text as it is read; offsets are in characters that are no white space.

    `lines` are its lines by their offset, `runs` the numbers inside lines that are lists by themselves.
    """

    text: str
    lines: dict[int, Line]
    runs: set[int]


def raw_texts() -> list[str]:
    """Return the raw texts of the real records, in their order; none where the records are not at hand."""
    if not RECORDS.exists():
        return []
    with gzip.open(RECORDS, "rt", encoding="utf-8") as records:
        return [json.loads(record)["protocolSection"]["eligibilityModule"]["eligibilityCriteria"] for record in records]


def lines_of(raw: str) -> Iterator[Line]:
    """Yield the lines of a raw text, headings among them."""
    side, first = "unplaced", "first"
    for line in _ESCAPE.sub(r"\1", raw).split("\n"):
        body, mark = _unmarked(line.strip())
        if line.strip() in _NOTHING:
            continue
        indent = len(line) - len(line.lstrip())
        if heading := _heading(body, mark):
            side, first = _turn(heading), "first"
            yield Line(line, side, "heading", indent)
        elif _LEAVING.fullmatch(body):
            side, first = "unplaced", "first"
            yield Line(line, side, "heading", indent)
        elif heading := _HEADING_OF_LINE.match(body):
            side, first = _turn(heading), ""
            cut = line.index(body) + heading.end()
            yield Line(line[:cut], side, "heading", indent)
            yield Line(line[cut:], side, "first", indent, goes_on=True)
        else:
            behind = _HEADING_BEHIND.search(line)
            yield Line(line[: behind.start()] if behind else line, side, mark or first, indent)
            first = ""
            if behind:
                side, first = _turn(behind), "first"
                yield Line(behind[0], side, "heading", indent, goes_on=True)


def _unmarked(line: str) -> tuple[str, str]:
    """Return a line without bullet and number, and which of them it has."""
    bullet = _BULLET.match(line)
    rest = line[bullet.end() :] if bullet else line
    number = _NUMBER.match(rest)
    return rest[number.end() :].strip() if number else rest, "number" if number else "bullet" if bullet else ""


def _heading(body: str, mark: str) -> re.Match[str] | None:
    """Return the heading that a whole line is; one behind a mark ends in a colon, or says `Inclusion Criteria` only."""
    match = _HEADING.fullmatch(body)
    if match is None:
        return None
    bare = body.rstrip(" :：").lower() in ("inclusion", "exclusion", "inclusion criteria", "exclusion criteria")
    long = "criteria" in match["head"].lower() and (body[-1] in ":：" or not mark)
    return match if bare or long else None


def _turn(heading: re.Match[str]) -> str:
    return "exclusion" if heading["non"] else heading["side"].lower()


def in_form(lines: Sequence[Line], form: str) -> Text:
    """Return the text that a page in this form has."""
    known, at = Text("", {}, set()), 0
    for line in lines:
        shown = printed(line.text, newer=True)
        shown = shown.removeprefix("- ") if form == "no bullets" else shown
        shown = squeezed(line.text).rstrip() if form == "indents" else shown
        between = " " if line.goes_on or form in ("flattened", "no bullets") else "\n"
        known = known._replace(text=f"{known.text}{between if known.text else ''}{shown}")
        known.lines[at] = line
        known.runs.update(at + size(shown[:place]) for place in _run(shown))
        at += size(shown)
    return known


def size(text: str) -> int:
    """Return how many characters are no white space."""
    return sum(map(len, text.split()))


def _run(line: str) -> Iterator[int]:
    """Yield the places of the numbers of a list inside a line, but for one that begins it."""
    begin = line.removeprefix("- ").lstrip()
    own = re.match("[0-9]+", begin)
    runs: dict[str, list[tuple[int, int]]] = defaultdict(list)  # number and place, by style
    for match in _INSIDE.finditer(f" {begin}"):
        place = match.start() - 1
        if match["dots"]:
            if place and own and match["dots"].split(".")[0] == own[0]:
                yield len(line) - len(begin) + place
            continue
        for style, number in _numerals(match["number"]):
            run = runs[f"{match['open']}{style}{match['close']}"]
            if number == run[-1][0] + 1 if run else number == 1 or place == 0:
                run.append((number, place))
    for run in runs.values():
        if len(run) >= _RUN or (len(run) == _RUN - 1 and run[0][1] == 0):
            yield from (len(line) - len(begin) + place for _, place in run if place)


def _numerals(printed_so: str) -> Iterator[tuple[str, int]]:
    """Yield what a number, a letter, or a letter that may be a numeral can mean: style, number."""
    if printed_so.isdigit():
        yield "1", int(printed_so)
    elif len(printed_so) == 1:
        yield ("a" if printed_so.islower() else "A"), ord(printed_so.lower()) - ord("a") + 1
    if printed_so in _ROMAN:
        yield "i", _ROMAN.index(printed_so) + 1
