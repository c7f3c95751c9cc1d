"""What a site prints again and again is no text of a trial: hints, feet of sheets, signs before values or for none.

It is told by being everywhere, whatever it says, and claimed as boilerplate.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from parsers.outline import Block, Boilerplate, Outline, Pair, Paragraph, Part, Table, TableRow
from registry.labels import Field, Kind, Layout
from registry.tables import columns_of
from registry.vocabularies import code
from registry.wording import fold, label_key

_NUMBER = re.compile(r"[0-9]+")
_MOST_ENDS = 2  # lines at the end of parts: a foot, and the head of the next sheet
_LONGEST = 300  # characters of a foot, which may say the title
_FEWEST = 3  # sections with the same hint, or values with the same sign
_LONGEST_BLANK = 20  # characters
_NEVER_WORDS = frozenset({Kind.DATE, Kind.DAY, Kind.COUNT})
_SIGNS = "=→»>|·–-"


def set_habits_apart(page: Outline) -> None:
    """Set apart, in an outline that is read, what its parts have in common."""
    parts = page.parts[1:]
    hints = Counter(_NUMBER.sub("0", hint) for part in parts if len(part.blocks) > 1 and (hint := _first_line(part)))
    for part in parts:
        hint = _first_line(part)
        if hint and hints[_NUMBER.sub("0", hint)] >= _FEWEST:
            part.blocks[:1] = [Boilerplate("hint", hint), *_rest(part.blocks[0])]
    for _ in range(_MOST_ENDS):
        if not _set_ends_apart(parts):
            break
    with_labels = [part for part in page.parts if part.layout is Layout.PAIRS]
    _set_names_apart(with_labels)
    _set_blanks_apart(with_labels)
    if sign := _sign([block for part in with_labels for block in part.blocks if isinstance(block, Pair)]):
        for part in with_labels:
            part.blocks[:] = [each for block in part.blocks for each in _without_sign(block, sign)]


def _set_names_apart(parts: Sequence[Part]) -> None:
    """Set apart the names of columns that stand above the pairs of many parts as a pair: `Field`, `Value`."""
    firsts = [(part, first) for part in parts for first in part.blocks[:1] if isinstance(first, Pair)]
    counts = Counter((first.label, first.value) for _, first in firsts)
    for part, first in firsts:
        if counts[first.label, first.value] >= _FEWEST and label_key(first.label) not in part.fields:
            part.blocks[:1] = [Boilerplate("hint", text) for text in (first.label, *first.lines)]


def _set_blanks_apart(parts: Sequence[Part]) -> None:
    """Make values blank that say so in the site's words: what stands for a date or number, and for others as well."""
    pairs = [(part, known, block) for part in parts for known, block in _without_value(part)]
    if len(pairs) < _FEWEST:  # as on most pages
        return
    counts = Counter(fold(block.value) for _, _, block in pairs)
    certain = {fold(block.value) for _, known, block in pairs if known.kind in _NEVER_WORDS}
    for part, _, block in pairs:
        if fold(block.value) in certain and counts[fold(block.value)] >= _FEWEST:
            part.blocks.append(Boilerplate("blank", block.value))
            block.lines.clear()


def _without_value(part: Part) -> Iterator[tuple[Field, Pair]]:
    """Yield the pairs whose value says that there is none, and is no wording of its field (Phase `N/A` is one)."""
    for block in part.blocks:
        if not isinstance(block, Pair) or len(block.lines) != 1 or len(block.lines[0]) > _LONGEST_BLANK:
            continue
        if code("no_value", block.lines[0]) is None:
            continue
        known = part.fields.get(label_key(block.label))
        if known is not None and not _is_wording(known, block.lines[0]):
            yield known, block


def _is_wording(known: Field, text: str) -> bool:
    vocabulary = "yes_no" if known.kind is Kind.YES_NO else columns_of(known.table)[known.column].vocabulary
    return bool(vocabulary) and code(vocabulary, text) is not None


def _set_ends_apart(parts: Sequence[Part]) -> bool:
    """Set apart the last line of parts that many end in, whatever its number: the foot of a sheet of paper, say.

    False if there is none.
    """
    ends = [(part, end) for part in parts if (end := _end_of(part)) is not None]
    if len(ends) < _FEWEST:  # as on most pages
        return False
    counts = Counter(end.key for _, end in ends if not end.is_alone)
    common = [(part, end) for part, end in ends if counts[end.key] >= _FEWEST]
    for part, (place, line, _) in common:
        last = part.blocks[place]
        rest: list[Block] = []
        if isinstance(last, Table) and (last.header or len(last.rows) > 1):
            rest.append(Table(last.header, last.rows[:-1]))
        part.blocks[place : place + 1] = [*rest, Boilerplate("foot", line)]
    return bool(common)


class _End(NamedTuple):
    """The line that stands alone at the end of a part: the place of its block, its text, and whether it is all."""

    place: int
    line: str
    is_alone: bool

    @property
    def key(self) -> str:
        """The line, whatever its number."""
        return _NUMBER.sub("0", self.line)


def _end_of(part: Part) -> _End | None:
    place = len(part.blocks) - 1
    while place >= 0 and isinstance(part.blocks[place], Boilerplate):
        place -= 1
    match part.blocks[place] if place >= 0 else None:
        case Paragraph(text=line) if len(line) <= _LONGEST:
            return _End(place, line, place == 0)
        case Table(rows=[*others, TableRow(cells=(line,))]) if len(line) <= _LONGEST:
            return _End(place, line, place == 0 and not others)
    return None


def _first_line(part: Part) -> str:
    """Return the line that stands alone at the beginning of a part, "" where none does."""
    match part.blocks[:1]:
        case [Paragraph(text=text)]:
            return text
        case [Table(header=(), rows=[first, *_])] if len(first.cells) == 1:
            return first.cells[0]
    return ""


def _rest(block: Block) -> list[Block]:
    """Return what a block holds behind its first line."""
    return [Table((), block.rows[1:])] if isinstance(block, Table) and len(block.rows) > 1 else []


def _sign(pairs: Sequence[Pair]) -> str:
    """Return the sign that all values begin with, "" if they do not."""
    values = [pair.value for pair in pairs]
    begun = {value[:1] if value[1:2] in ("", " ", "\n") else "" for value in values}
    sign = begun.pop() if len(begun) == 1 and len(pairs) >= _FEWEST else ""
    return sign if sign in _SIGNS else ""


def _without_sign(block: Block, sign: str) -> list[Block]:
    if not isinstance(block, Pair):
        return [block]
    first, *others = block.lines
    block.lines[:] = [*filter(None, [first[1:].lstrip()]), *others]
    return [block, Boilerplate("sign", sign)]
