"""What stands around a mark: the numbers behind it, and the other dashes."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from normalizers.criteria.marks import Mark, as_roman

_AHEAD = 100  # numbers that are looked at to find how a list goes on
_LABEL = 60  # characters at most of a label that stands before several criteria: `- ARM A - Adult - ARM A - Ill`
_OFTEN = 3  # times that make a label, and dashes that make a list
_ENDS = tuple(":;.,：；。")
_MOSTLY = 0.9  # share of dashes before a capital that makes a small letter odd
_WORDS = 16  # characters that are alike before the dashes of prose


class Ahead:
    """The marks of each family in their order."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self._places: dict[str, list[int]] = defaultdict(list)
        self._marks: dict[str, list[Mark]] = defaultdict(list)
        for place, mark in enumerate(marks):
            for each in (mark, as_roman(mark)) if mark.is_roman else (mark,):
                self._places[each.family].append(place)
                self._marks[each.family].append(each)

    def after(self, place: int, mark: Mark) -> Iterator[Mark]:
        """Yield the next marks of the family of a mark."""
        marks = self._marks[mark.family]
        begin = bisect_right(self._places[mark.family], place)
        for later in range(begin, min(len(marks), begin + _AHEAD)):
            yield marks[later]

    def goes_on(self, place: int, mark: Mark) -> bool:
        """Whether the next number comes before the same one again."""
        for other in self.after(place, mark):
            if other.number in (mark.number, mark.number + 1):
                return other.number > mark.number
        return False

    def reaches(self, place: int, mark: Mark, last: int) -> bool:
        """Whether the next numbers up to the last follow, with none of them twice."""
        wanted = range(mark.number, last + 1)
        numbers = [other.number for other in self.after(place, mark) if other.number in wanted]
        return numbers[: len(wanted) - 1] == list(wanted)[1:]

    def returns(self, place: int, mark: Mark, outer: int) -> bool:
        """Whether the list that begins here ends with the next number of the list around it."""
        reached = 1
        for other in self.after(place, mark):
            if other.number in (1, reached + 1):
                reached = other.number
            elif other.number == outer + 1:
                return True
        return False


class Dashes:
    """The dashes of a part: which stand behind a label that several criteria share, and which may make a list."""

    def __init__(self, marks: Sequence[Mark], text: str) -> None:
        dashes = [mark for mark in marks if mark.family == "-"]
        self._text = text
        self._words = Counter(self._before(mark) for mark in dashes) if len(dashes) >= _OFTEN else Counter()
        self._behind_labels = _behind_labels(marks, text) if len(dashes) > _OFTEN else frozenset()
        self._capitals = sum(map(self._is_capital, dashes)) >= _MOSTLY * len(dashes)

    def make_list(self, dash: Mark) -> bool:
        """Whether there are dashes enough, and this one does not follow the same words again and again."""
        return 0 < self._words[self._before(dash)] < _OFTEN and not self._is_small(dash)

    def are_prose(self, place: int, dash: Mark, last: Mark) -> bool:
        """Whether this dash goes on a sentence: behind a label, or before a small letter where others have capitals.

        `last` begins the criterion before; a small letter there makes another one usual.
        """
        if place in self._behind_labels:
            return True
        if not self._capitals or not self._is_small(dash):
            return False
        usual = last.family == "-" and self._is_small(last)
        return not usual and not self._before(dash).rstrip().endswith(_ENDS)

    def _is_small(self, dash: Mark) -> bool:
        """Whether a word in small letters follows (not `pH`, `eGFR`)."""
        return self._text[dash.text_at : dash.text_at + 3].lstrip()[:2].islower()

    def _is_capital(self, dash: Mark) -> bool:
        return self._text[dash.text_at : dash.text_at + 2].lstrip()[:1].isupper()

    def _before(self, dash: Mark) -> str:
        return self._text[max(0, dash.at - _WORDS) : dash.at]


def _behind_labels(marks: Sequence[Mark], text: str) -> frozenset[int]:
    labels = {
        place: text[mark.text_at : after.at].strip()
        for place, (mark, after) in enumerate(pairwise(marks), start=1)
        if mark.family == after.family == "-" and after.indent is None and after.at - mark.text_at < _LABEL
    }
    labels = {place: label for place, label in labels.items() if labels.get(place + 1) != label}
    often = {label for label, count in Counter(labels.values()).items() if count >= _OFTEN}
    return frozenset(place for place, label in labels.items() if label in often)
