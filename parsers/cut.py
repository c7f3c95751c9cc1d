"""A page that was cut: what stood at the cut is taken out, so that no half row and no half value is read.

That is the last entry of the last section: a row, a pair, a name, an intervention with all its lines. It is taken out
also where it may have been whole. Prose keeps its lines before the last one. A section of which nothing is left is
taken out with its heading: it is absent, and not blank.
"""

import re

from parsers.draft import texts_of
from parsers.outline import Block, Boilerplate, Cut, Outline, Pair, Paragraph, Part, Table
from registry.labels import REFERENCES, Layout
from registry.vocabularies import code
from registry.wording import label_key

_HALF_TAG = re.compile(r"<[^<>]*\Z")
_BLOCKS_OF_A_CITATION = 2  # its ids may stand in one of their own


def without_half_tag(text: str) -> str:
    """Return the text of a page without the tag in which it was cut."""
    return _HALF_TAG.sub("", text)


def take_out_cut(page: Outline) -> None:
    """Take what stood at the cut out of an outline; its texts stay there as those of the cut."""
    page.complete = False
    texts: list[str] = []
    menus: list[Block] = []  # they stand in the last part, wherever on the page they were
    is_done = False
    while len(page.parts) > 1 and not is_done:
        part = page.here
        menus += [block for block in part.blocks if isinstance(block, Boilerplate)]
        part.blocks[:] = [block for block in part.blocks if not isinstance(block, Boilerplate)]
        is_done = bool(part.blocks)  # else the heading itself may be half of something, such as a value
        texts[:0] = _take_last_entry(part)
        if not part.blocks:
            texts.insert(0, part.heading)
            page.parts.pop()
    page.here.blocks.extend([*menus, *(Cut(text) for text in texts if text)])


def _take_last_entry(part: Part) -> list[str]:
    """Take the last entry out of a part and return its texts: blocks, or the last row of a table."""
    blocks, taken = part.blocks, list[Block]()
    while blocks and not _is_taken(taken, part):
        last = blocks[-1]
        if isinstance(last, Table) and _has_all_columns(last, part) and len(last.rows) > (0 if taken else 1):
            cells = () if taken else last.rows.pop().cells  # what stands behind a table is its next row, not yet whole
            return [*cells, *_texts(taken)]
        taken.insert(0, blocks.pop())
    return _texts(taken)


def _has_all_columns(table: Table, part: Part) -> bool:
    """Whether a table has each column of its section: columns printed one below the other may be cut before others."""
    known = {part.fields[key].key for key in map(label_key, table.header) if key in part.fields}
    return known == {field.key for field in part.fields.values()}


def _texts(blocks: list[Block]) -> list[str]:
    return [text for block in blocks for text in texts_of(block)]


def _is_taken(taken: list[Block], part: Part) -> bool:
    """Whether blocks taken from the end of a part are a whole entry."""
    if not taken:
        return False
    first, before = taken[0], part.blocks
    if part.name == REFERENCES:  # a citation that is left alone would be read line by line
        return len(taken) >= _BLOCKS_OF_A_CITATION and len(before) != 1
    match part.layout:
        case Layout.PAIRS:  # a row of labels whose values would have stood below was read as pairs of them
            values = [label_key(block.value) for block in before if isinstance(block, Pair)]
            return isinstance(first, Pair) and not any(value in part.fields for value in values)
        case Layout.TABLE:  # pairs stand for cells: a row begins with the label that the first begins with
            return isinstance(first, Pair) and label_key(first.label) == _first_label([*before, *taken])
        case Layout.GROUPS:
            forms = [form for form in map(_form_of_type, [*before, *taken]) if form]
            return _form_of_type(first) in forms[:1]
        case _:
            return True


def _first_label(blocks: list[Block]) -> str:
    return next((label_key(block.label) for block in blocks if isinstance(block, Pair)), "")


def _form_of_type(block: Block) -> str | None:
    """Return how a type of intervention stands at the beginning of a block: `alone` on its line, or `named`."""
    if not isinstance(block, Paragraph):
        return None
    kind, _, name = block.text.partition("\n")[0].partition(":")
    if code("intervention_type", kind.strip()) is None:
        return None
    return "named" if name.strip() else "alone"
