"""How each kind of section is read from the outline into the draft: title block, pairs, prose, names, groups."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest

from parsers.draft import HEADING, Draft, lines_of, texts_of
from parsers.interventions import with_types_apart
from parsers.names import read_names
from parsers.outline import Block, Pair, Paragraph, Part, Table
from parsers.tables import read_tables
from registry.labels import (
    INTERVENTION,
    STUDY_DESIGN,
    TITLE_BLOCK,
    Field,
    FieldKey,
    Kind,
    Layout,
)
from registry.nct_id import NCT_ID
from registry.record import PageRow
from registry.vocabularies import code
from registry.wording import INVISIBLE, fold, label_key, seen

_TYPE_KEY, _NAME_KEY, _DESCRIPTION_KEY = (FieldKey(INTERVENTION, label) for label in ("Type", "Name", "Description"))
_TYPE = re.compile(r"([^:]{1,40}):\s*(.*)", re.DOTALL)
_DESIGN_LABEL = re.compile(r"(?:^|[,;]\s*)([A-Z][A-Za-z /-]{2,40}?)\s*:\s*")
_OWN_NAME = re.compile(rf"{STUDY_DESIGN}(?:\s*:\s*|\Z)", re.IGNORECASE)
_FEWEST_IN_A_DESIGN = 2  # labels in a line that make it the pairs of a study design
_SUMMARY_HEADING = "Clinical Trial Description"
_SUMMARY_END = " ;"  # boilerplate: a summary page ends its description so
TITLE_LINE = re.compile(r"(?P<condition>.{1,200}?) Clinical Trial(?:\s+[—–-]\s+(?P<acronym>\S.{0,80}))?")
_TITLE = "title line"  # the rule that claims a title block's heading
_ACRONYM_LINE = re.compile(r"[—–-]\s+(?P<acronym>\S.{0,80})")


def read_section(part: Part, draft: Draft) -> None:
    """Claim everything in a part of the outline, or leave it over."""
    if part.name == TITLE_BLOCK:
        _read_title_block(part, draft)
    elif part.name is None and not part.heading:
        _leave_beginning(part, draft)
    elif part.name is None:
        _leave_unknown_section(part, draft)
    else:
        draft.claim_heading(part)
        draft.set_apart(part)
        _READERS[part.layout](part, draft)


def _leave_unknown_section(part: Part, draft: Draft) -> None:
    draft.set_apart(part)
    message = f"No section has the heading {part.heading!r}; add it to SECTIONS in registry/labels.py."
    for texts in ((part.heading,), *map(texts_of, part.blocks)):
        draft.leave("unknown_section", message, FieldKey(part.heading, ""), *texts)


def _leave_beginning(part: Part, draft: Draft) -> None:
    """Leave over the text before the first heading or label of a page whose beginning is missing."""
    message = "The text begins in the middle of a page; this stands before its first heading or label."
    draft.leave("unclaimed_text", message, FieldKey(TITLE_BLOCK, ""), *lines_of(part))


def _read_title_block(part: Part, draft: Draft) -> None:
    """Take the official title and the acronym; what else stands before the first heading is the site's frame."""
    is_titled = False  # the line before is the title block's heading
    for block in part.blocks:
        if isinstance(block, Pair) and (known := part.fields.get(label_key(block.label))):
            draft.take(known, block.value, block.label)
        line = block.text if isinstance(block, Paragraph) else ""
        titled = TITLE_LINE.fullmatch(line if line.isascii() else INVISIBLE.sub("", line))
        if found := titled or (is_titled and _ACRONYM_LINE.fullmatch(line)) or None:
            draft.acronym = found["acronym"] and seen(found["acronym"])
            draft.claim(_TITLE, line)
        if titled:
            draft.condition = titled["condition"]
        is_titled = titled is not None


def _read_pairs(part: Part, draft: Draft) -> None:
    section = str(part.name)
    nearest = ""
    for block in _without_own_name(part.blocks, draft) if section == STUDY_DESIGN else part.blocks:
        pairs = list(_pairs_of(block, section))
        for label, value, *around in pairs:
            if known := part.fields.get(label_key(label)):
                _take(known, value, around, draft)
                nearest = known.labels[0]
            else:
                draft.leave_label(section, label, *around, value)
        if not pairs:
            _leave_line(section, nearest, block, draft)


def _without_own_name(blocks: Sequence[Block], draft: Draft) -> Iterator[Block]:
    """Yield the blocks of a study design; its name, which stands as a label before all of them, is claimed."""
    for block in blocks:
        if isinstance(block, Pair) and label_key(block.label) == fold(STUDY_DESIGN):
            draft.claim(HEADING, block.label)
            yield from map(_line_of_design, block.lines)
        elif isinstance(block, Paragraph) and (name := _OWN_NAME.match(block.text)):
            draft.claim(HEADING, name[0])
            yield from map(_line_of_design, filter(None, [block.text[name.end() :]]))
        else:
            yield block


def _line_of_design(line: str) -> Block:
    """Return a line as its pair, or as it is where it holds several."""
    label, colon, value = line.partition(":")
    is_pair = colon and len(_DESIGN_LABEL.findall(line)) == 1
    return Pair(label + colon, [value.strip()]) if is_pair else Paragraph(line)


def _leave_line(section: str, nearest: str, block: Block, draft: Draft) -> None:
    texts = tuple(texts_of(block))
    if label := draft.misplaced_label(section, "".join(texts)):
        draft.leave_label(section, label, *texts)
    else:
        draft.leave_block(section, nearest, block)


def _take(known: Field, value: str, around: Sequence[str], draft: Draft) -> None:
    """Take a value; of one that holds one id and more, the id, and leave the rest over."""
    ids = NCT_ID.findall(value) if known.kind is Kind.NCT_ID else []
    if len(ids) != 1 or ids[0] == seen(value):
        draft.take(known, value, *around)
        return
    draft.take(known, ids[0], *around)
    draft.leave("unclaimed_text", "Beside the id stands other text.", known.key, value.replace(ids[0], "", 1))


def _pairs_of(block: Block, section: str) -> Iterable[tuple[str, ...]]:
    """Return label, value, and the texts around the value that are claimed with it: the label as printed, separators.

    A study design printed as one text (`Allocation: Randomized, Masking: Double`) is its pairs.
    """
    if section == STUDY_DESIGN:
        return _pairs_of_design(block)
    return [(block.label, block.value, block.label)] if isinstance(block, Pair) else []


def _pairs_of_design(block: Block) -> Iterator[tuple[str, ...]]:
    text = block.value if isinstance(block, Pair) else "".join(texts_of(block))
    labels = list(_DESIGN_LABEL.finditer(text))
    end = labels[0].start() if labels else len(text)
    if isinstance(block, Pair):
        yield (
            (block.label, *_without_separators(text[:end], block.label)) if labels else (block.label, text, block.label)
        )
    elif len(labels) < _FEWEST_IN_A_DESIGN or text[:end].strip():
        return
    for label, after in zip_longest(labels, labels[1:]):
        value = text[label.end() : after.start() if after else len(text)]
        yield (label[1], *_without_separators(value, label[0]))


def _without_separators(text: str, label: str) -> tuple[str, ...]:
    """Return a value without the separators around it, then its label and those separators."""
    value = text.strip(" ,;")
    return (value, label, *text.split(value, 1)) if value else ("", label, text)


def _read_prose(part: Part, draft: Draft) -> None:
    (known,) = part.fields.values()
    text = "\n".join(text for block in part.blocks for text in texts_of(block) if text)
    if fold(part.heading) == fold(_SUMMARY_HEADING) and text.endswith(_SUMMARY_END):
        text = text.removesuffix(_SUMMARY_END)
        draft.take(known, text)
        draft.claim("end of a description", _SUMMARY_END)
    else:
        draft.take(known, text)


# --- groups -----------------------------------------------------------------------------------------------------


def _read_groups(part: Part, draft: Draft) -> None:
    """Read groups of a type with a colon, a name, and a description of any number of lines.

    The name stands on the type's line or on the next, always the same way: a description may begin like a type. Of
    lines that the markup holds together, as one entry of a list, only the first may be or begin with a type.
    """
    blocks = [block.text.split("\n") for block in part.blocks if isinstance(block, Paragraph)]
    all_lines = [(line, place == 0) for lines in blocks for place, line in enumerate(lines)]
    with_colon = any(
        match and _is_type(match[1]) for match in (_TYPE.fullmatch(line) for line, is_first in all_lines if is_first)
    )
    others = [block for block in part.blocks if not isinstance(block, Paragraph)]
    if others and not with_colon and not any(_is_type(line) for line, _ in all_lines):
        _read_table_of_groups(part, draft)
        return
    for block in others:
        draft.leave_block(INTERVENTION, "", block)
    draft.columns.update(known.key for known in part.fields.values())
    groups: list[list[str]] = []
    on_one_line: bool | None = None
    for line, is_first in all_lines:
        kind, name = _type_and_name(line, with_colon=with_colon) if is_first else (None, "")
        if kind and ((_is_type(kind) and on_one_line in (None, bool(name))) or (not groups and not name)):
            on_one_line = bool(name)
            draft.claim((_TYPE_KEY, _NAME_KEY) if name else (_TYPE_KEY,), line)
            groups.append([kind, *filter(None, [name])])
        elif groups:
            draft.claim((_DESCRIPTION_KEY,) if len(groups[-1]) > 1 else (_NAME_KEY,), line)
            groups[-1].append(line)
        else:
            draft.leave_block(INTERVENTION, "", Paragraph(line))
    draft.rows[INTERVENTION] = [
        PageRow({"Type": kind, "Name": seen("".join(text[:1])), "Description": seen("\n".join(text[1:]))})
        for kind, *text in groups
    ]


def _read_table_of_groups(part: Part, draft: Draft) -> None:
    for place, block in enumerate(part.blocks):
        if isinstance(block, Table):
            part.blocks[place], gone = with_types_apart(block)
            if gone:
                draft.claim((_TYPE_KEY, _NAME_KEY), *gone)
    read_tables(part, draft)


def _is_type(text: str) -> bool:
    return code("intervention_type", text) is not None


def _type_and_name(line: str, *, with_colon: bool) -> tuple[str | None, str]:
    """Return the type that a line begins with and what follows its colon; where no line has one, a type alone."""
    if not with_colon and _is_type(line):
        return line, ""
    match = _TYPE.fullmatch(line)
    return (match[1], match[2]) if match else (None, "")


def _claim_all(part: Part, draft: Draft) -> None:
    for block in part.blocks:
        draft.claim(str(part.name).lower(), *texts_of(block))


_READERS: dict[Layout, Callable[[Part, Draft], None]] = {
    Layout.PAIRS: _read_pairs,
    Layout.PROSE: _read_prose,
    Layout.NAMES: read_names,
    Layout.GROUPS: _read_groups,
    Layout.TABLE: read_tables,
    Layout.BOILERPLATE: _claim_all,
}
