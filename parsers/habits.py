"""What a site prints again and again is no text of a trial: a hint under its headings, a sign before its values.

It is told by being everywhere, whatever it says, and claimed as boilerplate.
"""

from collections import Counter
from collections.abc import Sequence

from parsers.outline import Block, Boilerplate, Outline, Pair, Paragraph, Part, Table
from registry.labels import Layout

_FEWEST = 3  # sections with the same hint, or values with the same sign
_SIGNS = "=→»>|·–-"


def set_habits_apart(page: Outline) -> None:
    """Set apart, in an outline that is read, what its parts have in common."""
    parts = page.parts[1:]
    hints = Counter(hint for part in parts if len(part.blocks) > 1 and (hint := _first_line(part)))
    for part in parts:
        hint = _first_line(part)
        if hint and hints[hint] >= _FEWEST:
            part.blocks[:1] = [Boilerplate("hint", hint), *_rest(part.blocks[0])]
    with_labels = [part for part in page.parts if part.layout is Layout.PAIRS]
    if sign := _sign([block for part in with_labels for block in part.blocks if isinstance(block, Pair)]):
        for part in with_labels:
            part.blocks[:] = [each for block in part.blocks for each in _without_sign(block, sign)]


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
    begun = {pair.value[:1] if pair.value[1:2] in ("", " ", "\n") else "" for pair in pairs}
    sign = begun.pop() if len(begun) == 1 and len(pairs) >= _FEWEST else ""
    return sign if sign in _SIGNS else ""


def _without_sign(block: Block, sign: str) -> list[Block]:
    if not isinstance(block, Pair):
        return [block]
    first, *others = block.lines
    block.lines[:] = [*filter(None, [first[1:].lstrip()]), *others]
    return [block, Boilerplate("sign", sign)]
