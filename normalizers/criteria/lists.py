"""Which marks begin a criterion, and of which criterion it is a part.

A line always begins one. Inside a line a bullet does, unless it is a dash of prose; a number does where it goes on a
list that is open, or begins one that goes on; `a. Adult` begins one always. A number that may be cited (`grade 2.`)
counts if the next one follows. Where a number is missing, or the first ones stand in another form, those behind decide.
Lists inside a sentence, which the registry keeps in one line (`if a) ill; or b) old`), are not split.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from normalizers.criteria.around import Ahead, Dashes
from normalizers.criteria.marks import BULLETS, Mark, as_roman

_CITES = re.compile(  # what stands before a number that is no number of a list
    r"(?:\b(?i:grades?|visit|parts?|groups?|cohorts?|phases?|stages?|class|types?|vitamins?|hepatitis"
    r"|influenza|ha?emophilia|(?<!per )(?<!a )(?<!each )(?:day|week|month|year)"
    r"|levels?|sections?|criteri(?:on|a)|appendix|tables?|steps?|scores?|numbers?|arms?|items?|questions?|cycles?"
    r"|than|to|of|is|was|below|above|over|from|by|in|least|most|x)"
    r"|[0-9IV]\)?,? (?:or|and)|[=<>&/≥≤~×+\-–])\Z"
)
_SENTENCE_GOES_ON = re.compile(r"(?:[;,.]|\b(?:or|and|OR|AND))\Z")
_SAME_SENTENCE = re.compile(r"(?:,|\b(?:or|and|OR|AND))\Z")
_REACH = 16  # characters before a mark that say what it is
_COLONS = (":", "：")
_ENDS = tuple(":;.：；。")
_BRACKET = 300  # characters in which a bracket is looked for around a dash
_FEWEST = 3  # numbers of a list inside a sentence
_DEEPEST = 8  # lists in lists: nobody nests deeper, and a hostile text may


class Placed(NamedTuple):
    """A mark that begins a criterion, and the place of its parent from 1, or None."""

    mark: Mark
    parent: int | None


class _Level(NamedTuple):
    """One list that is open: family, number and bullet of its last mark, its indent, the place of the criterion."""

    family: str
    number: int
    bullet: str
    indent: int
    place: int


def placed(marks: Sequence[Mark], text: str) -> list[Placed]:
    """Return the marks of a part that begin a criterion, in order."""
    reading = _Reading(marks, text)
    for place, mark in enumerate(marks):
        reading.read(place, mark)
    return reading.taken


class _Reading:
    """The lists that are open while the marks of a part are read in order."""

    def __init__(self, marks: Sequence[Mark], text: str) -> None:
        self.taken: list[Placed] = []
        self._marks, self._text = marks, text
        self._open: list[_Level] = []
        self._indented = any(mark.indent for mark in marks)

    @cached_property
    def _ahead(self) -> Ahead:
        return Ahead(self._marks)

    @cached_property
    def _dashes(self) -> Dashes:
        return Dashes(self._marks, self._text)

    def read(self, place: int, mark: Mark) -> None:
        """Let the mark begin a criterion, if it does."""
        if mark.is_roman and self._same(mark) is None:
            mark = as_roman(mark)
        depth = self._depth_of_line(mark) if mark.indent is not None else self._depth_inside(place, mark)
        if depth is None:
            return
        del self._open[min(depth, _DEEPEST) :]
        self.taken.append(Placed(mark, self._open[-1].place if self._open else None))
        if mark.family or self._introduces(place, mark):
            self._open.append(_Level(mark.family, mark.number, mark.bullet, mark.indent or 0, len(self.taken)))

    def _introduces(self, place: int, mark: Mark) -> bool:
        """Whether what follows a line without a mark are its parts: they are indented, or it ends in a colon."""
        if place + 1 == len(self._marks):
            return False
        after = self._marks[place + 1]
        indented = self._indented and (after.indent or 0) > (mark.indent or 0)
        return indented or self._text[mark.text_at : after.at].rstrip().endswith(_COLONS)

    def _before(self, mark: Mark) -> str:
        return self._text[max(0, mark.at - _REACH) : mark.at].rstrip()

    def _same(self, mark: Mark) -> int | None:
        """Return the depth of the innermost list that the mark goes on."""
        for depth in range(len(self._open) - 1, -1, -1):
            level = self._open[depth]
            if level.family == mark.family and mark.number in (0, level.number + 1):
                return depth
            if level.bullet and level.bullet == (mark.bullet or mark.family):
                return depth
        return None

    # --- lines ----------------------------------------------------------------------------------------------------

    def _depth_of_line(self, mark: Mark) -> int:
        least, most = self._depths(mark.indent or 0) if self._indented else (0, len(self._open))
        if not mark.family:
            return least
        siblings = [depth for depth in range(least, most) if self._open[depth].family == mark.family]
        for depth in reversed(siblings):
            if mark.number in (0, self._open[depth].number + 1):
                return depth
        if siblings:
            return siblings[0]
        if (going_on := self._going_on(mark, least, most)) is not None:
            return going_on
        return most if not self._indented or self._before(mark).endswith(_COLONS) else least

    def _going_on(self, mark: Mark, least: int, most: int) -> int | None:
        """Return the depth of the innermost list whose next number this is, in another form: `1. … 2) …`."""
        numeral = mark.family.strip("(.)、\uff09")
        for depth in reversed(range(least, most)):
            level = self._open[depth]
            if 1 < mark.number == level.number + 1 and level.family.strip("(.)、\uff09") == numeral:
                return depth
        return None

    def _depths(self, indent: int) -> tuple[int, int]:
        """Return the depths that a line of this indent may have: first and last."""
        least = sum(level.indent < indent for level in self._open)
        return least, sum(level.indent <= indent for level in self._open)

    # --- inside a line --------------------------------------------------------------------------------------------

    def _depth_inside(self, place: int, mark: Mark) -> int | None:
        if mark.bullet or mark.family in BULLETS:
            return self._depth_of_bullet(place, mark)
        return self._depth_of_number(place, mark)

    def _depth_of_bullet(self, place: int, mark: Mark) -> int | None:
        if mark.family == "-" and (
            self._dashes.are_prose(place, mark, self.taken[-1].mark) or self._is_bracketed(mark)
        ):
            return None
        same, before = self._same(mark), self._before(mark)
        if same is not None:
            return None if mark.family == "?" and not before.endswith(_ENDS) else same
        return len(self._open) if mark.bullet or self._opens_bullets(place, mark, before) else None

    def _opens_bullets(self, place: int, mark: Mark, before: str) -> bool:
        if mark.family == "?":  # one alone is a character that was lost, or a question
            return before.endswith(_COLONS) and any(after.family == "?" for after in self._marks[place + 1 : place + 2])
        if mark.family == "*":  # of a product: `1.5 * ULN`
            return before.endswith(_COLONS)
        if mark.family == "–":  # of prose: nobody makes lists by these inside a line
            return False
        return mark.family == "•" or before.endswith(_ENDS) or self._dashes.make_list(mark)

    def _is_bracketed(self, dash: Mark) -> bool:
        """Whether a bracket that opens before the dash closes behind it."""
        begin = max(dash.at - _BRACKET, self.taken[-1].mark.text_at)
        if self._text.rfind("(", begin, dash.at) <= self._text.rfind(")", begin, dash.at):
            return False
        closing = self._text.find(")", dash.at, dash.at + _BRACKET)
        return closing >= 0 and self._text.find("(", dash.at, closing) < 0

    def _depth_of_number(self, place: int, mark: Mark) -> int | None:
        before = self._before(mark)
        doubtful = _CITES.search(before) is not None
        depth = self._same(mark)
        if depth is not None:
            return None if doubtful and not self._ahead.goes_on(place, mark) else depth
        if mark.family[0] == "#":
            return None if doubtful else self._depth_of_dotted(place, mark)
        if mark.number == 1:
            return None if doubtful or not self._opens(place, mark, before) else self._depth_of_new(place, mark)
        if doubtful:
            return None
        depth = self._depth_of_skipped(place, mark, before)
        return len(self._open) if depth is None and self._opens_late(place, mark, before) else depth

    def _depth_of_dotted(self, place: int, mark: Mark) -> int | None:
        """Return the depth of `5.3.1` behind `5.2.4` or before `5.3.2`, or of `3.2` inside `3.`."""
        for depth in range(len(self._open) - 1, -1, -1):
            family, number = self._open[depth].family, self._open[depth].number
            if mark.number == 1 and family[:1] == "#" and family.count(".") == mark.family.count("."):
                return depth
            if family == "1." and mark.family == f"#{number}.":
                return depth + 1
        begins = mark.number == 1 and mark.family.count(".") > 1 and self._ahead.goes_on(place, mark)
        return len(self._open) if begins else None

    def _depth_of_skipped(self, place: int, mark: Mark, before: str) -> int | None:
        """Return the depth of a list whose next number is lost, but not those behind it."""
        wanted = mark.number + (1 if before.endswith((".", ";")) else 2)
        for depth in range(len(self._open) - 1, -1, -1):
            level = self._open[depth]
            if level.family == mark.family in ("1.", "1)") and mark.number == level.number + 2:
                return depth if self._ahead.reaches(place, mark, wanted) else None
        return None

    def _depth_of_new(self, place: int, mark: Mark) -> int:
        """Return the depth of a list that begins: beside one of its family, or inside it if that one goes on later."""
        deepest = len(self._open)
        same = next((depth for depth in reversed(range(deepest)) if self._open[depth].family == mark.family), None)
        if same is None or self._ahead.returns(place, mark, self._open[same].number):
            return deepest
        return same

    def _opens(self, place: int, mark: Mark, before: str) -> bool:
        """Whether number 1 inside a line begins a list."""
        goes_on = self._ahead.goes_on(place, mark)
        if mark.family in ("1.", "①") and goes_on:
            return True
        if mark.family == "a." and self._is_capital(mark):  # nothing else is written so
            return not goes_on or not self._is_of_sentence(place, mark, _SAME_SENTENCE)
        if mark.family in ("i.", "A.") and self._is_series(place, mark):
            return True
        if mark.family == "i.":
            return before.endswith(_ENDS) and self._ahead.reaches(place, mark, _FEWEST)
        if not before.endswith(_COLONS):
            return False
        if mark.family == "1.":
            return self._text[mark.text_at : mark.text_at + 2].lstrip()[:1].isupper()
        if goes_on and not self._is_of_sentence(place, mark):
            return True
        return mark.family == "(1)" and self._is_long(place, mark)

    def _opens_late(self, place: int, mark: Mark, before: str) -> bool:
        """Whether a list goes on whose first numbers stand in another form: each is a sentence."""
        return before.endswith(".") and self._is_series(place, mark, ends=(".",))

    def _is_series(self, place: int, mark: Mark, ends: tuple[str, ...] = ("",)) -> bool:
        """Whether the next two numbers follow this one, each before a capital and behind one of the ends."""
        if mark.family[0] == "(" or not self._is_capital(mark):
            return False
        others = list(islice(self._ahead.after(place, mark), _FEWEST - 1))
        if [other.number for other in others] != [mark.number + 1, mark.number + 2]:
            return False
        ended = [self._before(other) for other in others]
        return all(map(self._is_capital, others)) and all(
            before.endswith(ends) and not _SAME_SENTENCE.search(before) for before in ended
        )

    def _is_capital(self, mark: Mark) -> bool:
        return self._text[mark.text_at : mark.text_at + 2].lstrip()[:1].isupper()

    def _is_of_sentence(self, place: int, mark: Mark, goes_on: re.Pattern[str] = _SENTENCE_GOES_ON) -> bool:
        """Whether number 2 of a list follows in the sentence of number 1."""
        for later in self._ahead.after(place, mark):
            if later.number == 2:
                return goes_on.search(self._before(later)) is not None
        return True

    def _is_long(self, place: int, mark: Mark) -> bool:
        """Whether three numbers at least follow each other, each behind the end of a sentence or of a part of it."""
        wanted = 2
        for later in self._ahead.after(place, mark):
            if later.number == wanted:
                if not self._before(later).endswith(_ENDS):
                    return False
                if wanted == _FEWEST:
                    return True
                wanted += 1
        return False
