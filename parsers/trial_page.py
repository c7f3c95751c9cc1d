"""`Outline` → `Record`, by the labels of the registry.

Every block of the outline is claimed by a field, a row or a named boilerplate rule, or it is left over and named in a
problem; nothing is dropped. Nothing is interpreted: texts stay as printed.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from parsers.decode import Decoded
from parsers.outline import (
    SEPARATORS,
    Block,
    Frame,
    Outline,
    Pair,
    Paragraph,
    Part,
    Table,
    TableRow,
    characters,
    heading_count,
)
from parsers.rows import cut, cut_sponsors
from registry.errors import PageError, Reason
from registry.labels import (
    CONDITIONS,
    COUNTRIES,
    FIELDS,
    INTERVENTION,
    LABEL_BLOCK,
    LOCATIONS,
    MESH_SUBHEADING,
    OUTCOME,
    PAGE_HEADING,
    REFERENCES,
    SECTIONS,
    SPONSORS,
    STUDY_DESIGN,
    STUDY_INFORMATION,
    TITLE_BLOCK,
    Field,
    FieldKey,
    Kind,
    Layout,
    PageKind,
    fields_of,
)
from registry.record import PageRow, Problem, Record
from registry.vocabularies import code
from registry.wording import fold, label_key

_NCT_ID = re.compile(r"NCT[0-9]{8}")
_PLACEHOLDER_ID = "NCT00000000"
_COUNTRY_END = re.compile(r",\s*\u00a0\s*|[;|]|,\s*\Z")  # comma and no-break space: names may hold comma and space
_COMMAS_IN_NAME = 3  # "Congo, The Democratic Republic of the" has one; none has more than two
_TYPE = re.compile(r"([^:]{1,40}):\s*(.*)", re.DOTALL)
_TITLE_LINE = re.compile(r".{1,200}? Clinical Trial(?:\s+[—–-]\s+(?P<acronym>\S.{0,80}))?")
_ACRONYM_LINE = re.compile(r"[—–-]\s+(?P<acronym>\S.{0,80})")
_TITLE_ELEMENT = re.compile(r"(NCT[0-9]{8})\s*[-–—:]\s+(?P<title>\S.*?)(?:\s+[|–—]\s+[^|]{1,60})?")
_HIDDEN = "…"  # stands for a label that may be a person's name
_WITH_CONTACTS = frozenset({STUDY_INFORMATION, LABEL_BLOCK})  # text left over here may be a person's: not repeated


def read_trial_page(page: Outline, decoded: Decoded) -> Record:
    """Return what the page says; PageError if it is no trial page, or names two trials."""
    draft = _Draft()
    content = sum(map(part_characters, page.parts[1:]))
    for part in page.parts:
        _leave_frame(part, draft)
        _READERS[_layout(part)](part, draft)
    for heading in page.rejected_headings:
        message = f"{heading!r} reads like a heading but breaks the order of the page; it was read as text."
        draft.problem("unknown_section", message, FieldKey(heading, ""), heading)
    nct_id = _nct_id(page)
    kind = _kind(page)
    return Record(
        nct_id=nct_id,
        kind=kind,
        url=page.canonical,
        complete=page.complete,
        charset=decoded.charset,
        charset_source=decoded.source,
        title=_title(page.title, nct_id),
        acronym=draft.acronym,
        texts=draft.texts,
        columns=frozenset(draft.columns),
        rows={section: tuple(rows) for section, rows in draft.rows.items()},
        problems=tuple(draft.problems),
        content_characters=content + draft.title_characters,
        claimed_characters=draft.claimed,
    )


def part_characters(part: Part) -> int:
    """Return the number of characters of a part, white space left out."""
    return characters(part.heading) + sum(characters(text) for block in part.blocks for text in _texts(block))


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Pair():
            yield from (block.label, *block.lines)
        case Paragraph() | Frame():
            yield block.text
        case Table():
            yield from block.header
            for row in block.rows:
                yield from row.cells


@dataclass(slots=True)
class _Draft:
    """The record while it is read."""

    texts: dict[FieldKey, str] = field(default_factory=dict)
    columns: set[FieldKey] = field(default_factory=set)
    rows: dict[str, list[PageRow]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    acronym: str | None = None
    claimed: int = 0
    left: int = 0
    title_characters: int = 0

    def claim(self, *texts: str) -> None:
        self.claimed += sum(map(characters, texts))

    def leave(self, code_: str, message: str, key: FieldKey, *texts: str) -> None:
        """Leave texts over, and say so."""
        self.left += sum(map(characters, texts))
        self.problem(code_, message, key, "\n".join(text for text in texts if text))

    def problem(self, code_: str, message: str, key: FieldKey, text: str | None) -> None:
        known = fields_of(key.section).get(fold(key.label)) if key.section else None
        self.problems.append(
            Problem(
                code_,
                message,
                label=str(key),
                text=None if key.section in _WITH_CONTACTS else text,
                table=known.table if known else None,
            )
        )

    def take(self, known: Field, text: str) -> None:
        """Take the text of a single-valued field; the first one stays where it stands twice."""
        if known.key in self.texts:
            message = f"{known.key} stands twice; the first value was taken."
            self.leave("repeated_label", message, known.key, text)
        else:
            self.texts[known.key] = text
            self.claim(text)


def _leave_frame(part: Part, draft: _Draft) -> None:
    """Leave over what the site's frame says inside the content; before the first heading it is not content."""
    frame = [block.text for block in part.blocks if isinstance(block, Frame)]
    part.blocks[:] = [block for block in part.blocks if not isinstance(block, Frame)]
    if frame and part.name != TITLE_BLOCK:
        message = f"A form, footer or the like stands inside {part.heading!r}."
        draft.leave("unclaimed_text", message, FieldKey(part.name or part.heading, ""), *frame)


# --- one reader for each layout ---------------------------------------------------------------------------------


def _layout(part: Part) -> str:
    if part.name == TITLE_BLOCK:
        return TITLE_BLOCK
    return part.layout.value if part.name else "unknown"


def _read_title_block(part: Part, draft: _Draft) -> None:
    """Take the official title and the acronym; what else stands before the first heading is the site's frame."""
    is_titled = False  # the line before is the title block's heading
    for block in part.blocks:
        if isinstance(block, Pair) and (known := part.fields.get(label_key(block.label))):
            draft.title_characters += characters(block.label) + characters(block.value)
            draft.claim(block.label)
            draft.take(known, block.value)
        line = block.text if isinstance(block, Paragraph) else ""
        titled = _TITLE_LINE.fullmatch(line)
        if found := titled or (is_titled and _ACRONYM_LINE.fullmatch(line)) or None:
            draft.acronym = found["acronym"]
        is_titled = titled is not None


def _read_unknown(part: Part, draft: _Draft) -> None:
    texts = [part.heading, *(text for block in part.blocks for text in _texts(block))]
    message = f"No section has the heading {part.heading!r}; add it to SECTIONS in registry/labels.py."
    draft.leave("unknown_section", message, FieldKey(part.heading, ""), *texts)


def _read_pairs(part: Part, draft: _Draft) -> None:
    _claim_heading(part, draft)
    section = str(part.name)
    nearest = ""
    for block in part.blocks:
        if not isinstance(block, Pair):
            if section == STUDY_DESIGN and isinstance(block, Paragraph):
                _read_design_line(block.text, draft)
            else:
                _leave_block(section, nearest, block, draft)
        elif known := part.fields.get(label_key(block.label)):
            draft.claim(block.label)
            draft.take(known, _own_id(block.value, known, draft) if known.kind is Kind.NCT_ID else block.value)
            nearest = known.labels[0]
        else:
            shown = _HIDDEN if section in _WITH_CONTACTS and _may_be_personal(block.label) else block.label
            message = f"The label {shown!r} is not known in {section!r}; add it to FIELDS in registry/labels.py."
            draft.leave("unknown_label", message, FieldKey(section, shown), block.label, *block.lines)
            nearest = block.label


def _may_be_personal(label: str) -> bool:
    """Whether a label that is not known may be a name or a number, misread: digits, a comma, or capitals throughout."""
    words = label.rstrip(":").split()
    return bool(re.search(r"[\d@,]", label)) or (len(words) > 1 and all(word[:1].isupper() for word in words))


def _own_id(text: str, known: Field, draft: _Draft) -> str:
    """Return the one id in the text, and leave the rest over; the whole text if there is none, or are several."""
    ids = _ids_in(text)
    if len(ids) != 1 or ids[0] == text:
        return text
    draft.leave("unclaimed_text", "Beside the id stands other text.", known.key, text.replace(ids[0], "", 1))
    return ids[0]


def _claim_heading(part: Part, draft: _Draft) -> None:
    """Claim a heading; behind the dash of the page's own heading stands a label with its value."""
    if part.name != PAGE_HEADING:
        draft.claim(part.heading)
        return
    lines = [part.heading[len(PAGE_HEADING) :], *(b.text for b in part.blocks if isinstance(b, Paragraph))]
    part.blocks[:] = [block for block in part.blocks if not isinstance(block, Paragraph)]
    draft.claim(part.heading[: len(PAGE_HEADING)])
    for line in filter(str.strip, lines):
        label, colon, value = line.lstrip(" -–—\u00a0").partition(":")
        if colon and (known := part.fields.get(label_key(label))):
            draft.claim(line[: len(line) - len(value)])
            draft.take(known, value.strip())
        else:
            _leave_block(PAGE_HEADING, "", Paragraph(line), draft)


def _read_design_line(line: str, draft: _Draft) -> None:
    """Take the parts of a study design printed as one text: `Allocation: Randomized, Masking: Double`."""
    labels = "|".join(re.escape(label) for label in fields_of(STUDY_DESIGN))
    pieces = re.split(rf"(?:^|[,;]\s*)({labels})\s*:", line, flags=re.IGNORECASE)
    if pieces[0].strip() or len(pieces) == 1:
        _leave_block(STUDY_DESIGN, "", Paragraph(line), draft)
        return
    values = 0
    for label, value in zip(pieces[1::2], pieces[2::2], strict=True):
        draft.take(fields_of(STUDY_DESIGN)[fold(label)], value.strip())
        values += characters(value)
    draft.claimed += characters(line) - values


def _leave_block(section: str, nearest: str, block: Block, draft: _Draft) -> None:
    where = f"after {nearest!r} in {section!r}" if nearest else f"in {section!r}"
    message = f"Text {where} belongs to no label that is known."
    draft.leave("unclaimed_text", message, FieldKey(section, nearest), *_texts(block))


def _read_prose(part: Part, draft: _Draft) -> None:
    _claim_heading(part, draft)
    (known,) = part.fields.values()
    draft.take(known, "\n".join(text for block in part.blocks for text in _texts(block) if text))


def _read_names(part: Part, draft: _Draft) -> None:
    _claim_heading(part, draft)
    section = str(part.name)
    rows = draft.rows.setdefault(section, [])
    label = section
    draft.columns.add(FieldKey(section, section))
    for line in (line for block in part.blocks for text in _texts(block) for line in text.split("\n") if line.strip()):
        draft.claim(line)
        if section == CONDITIONS and fold(line) == fold(MESH_SUBHEADING):
            label = MESH_SUBHEADING
            draft.columns.add(FieldKey(section, label))
        else:
            names = (
                country_names(line)
                if section == COUNTRIES
                else [line if section == REFERENCES else line.strip(SEPARATORS)]
            )
            rows.extend(PageRow({label: name}) for name in names if name)


def country_names(line: str) -> list[str]:
    r"""Return the countries of a line, each followed by a comma and a no-break space.

    Where the no-break spaces are lost, a comma ends a name only if known countries stand on both sides.

    >>> country_names("China,\u00a0Korea, Republic of,\u00a0")
    ['China', 'Korea, Republic of']
    >>> country_names("China, Korea, Republic of, ")
    ['China', 'Korea, Republic of']
    """
    names = [name.strip(SEPARATORS) for name in _COUNTRY_END.split(line)]
    names = [name for name in names if name]
    if len(names) == 1 and "," in names[0]:
        return _known_countries(names[0].split(",")) or names
    return names


def _known_countries(pieces: Sequence[str]) -> list[str]:
    """Return the pieces joined again into known countries, longest first; empty if any piece is left."""
    names: list[str] = []
    start = 0
    while start < len(pieces):
        for end in range(min(len(pieces), start + _COMMAS_IN_NAME), start, -1):
            name = ",".join(pieces[start:end]).strip()
            if code("countries", name) is not None:
                names.append(name)
                start = end
                break
        else:
            return []
    return names


def _read_groups(part: Part, draft: _Draft) -> None:
    """Read groups of a type with a colon, a name, and a description of any number of lines.

    The name stands on the type's line or on the next, always the same way: a description may begin like a type.
    """
    if any(not isinstance(block, Paragraph) for block in part.blocks):
        _read_tables(part, draft)
        return
    _claim_heading(part, draft)
    draft.columns.update(known.key for known in part.fields.values())
    all_lines = [line for block in part.blocks for text in _texts(block) for line in text.split("\n") if line.strip()]
    colons = any(match and code("intervention_type", match[1]) is not None for match in map(_TYPE.fullmatch, all_lines))
    groups: list[list[str]] = []
    on_one_line: bool | None = None
    for line in all_lines:
        kind, name = _type_and_name(line, colons=colons)
        is_known = kind is not None and code("intervention_type", kind) is not None
        if kind and ((is_known and on_one_line in (None, bool(name))) or (not groups and not name)):
            draft.claim(line)
            on_one_line = bool(name)
            groups.append([kind, *filter(None, [name])])
        elif groups:
            draft.claim(line)
            groups[-1].append(line)
        else:
            _leave_block(INTERVENTION, "", Paragraph(line), draft)
    draft.rows[INTERVENTION] = [
        PageRow({"Type": kind, "Name": "".join(text[:1]), "Description": "\n".join(text[1:])}) for kind, *text in groups
    ]


def _type_and_name(line: str, *, colons: bool) -> tuple[str | None, str]:
    """Return the type that a line begins with and what follows its colon; where no line has one, a type alone."""
    if not colons and code("intervention_type", line) is not None:
        return line, ""
    match = _TYPE.fullmatch(line)
    return (match[1], match[2]) if match else (None, "")


# --- tables -----------------------------------------------------------------------------------------------------


def _read_tables(part: Part, draft: _Draft) -> None:
    """Read rows: under a header, as pairs of column and cell, or as lines whose cells ran together."""
    _claim_heading(part, draft)
    draft.rows.setdefault(str(part.name), [])
    tables = [block for block in part.blocks if isinstance(block, Table)]
    are_apart = any(table.header and any(len(row.cells) > 1 for row in table.rows) for table in tables)
    for block in _with_pairs_as_tables(part):
        match block:
            case Table(header=(_, *_)):
                _read_table(part, block, draft)
            case Table() if not are_apart:
                rows = [TableRow((" ".join(filter(None, row.cells)),), row.link) for row in block.rows]
                _read_lines(part, rows, draft, are_rows=False)
            case _:
                _leave_block(str(part.name), "", block, draft)
    if part.name == SPONSORS:
        _check_sponsor_count(part, draft)


def _with_pairs_as_tables(part: Part) -> Iterator[Block]:
    """Yield the blocks; pairs become tables of one row each, a new one where a label comes again."""
    row: dict[str, str] = {}
    for block in [*part.blocks, None]:
        if isinstance(block, Pair) and label_key(block.label) not in map(label_key, row):
            row[block.label] = block.value
            continue
        if row:
            yield Table(tuple(row), [TableRow(tuple(row.values()))])
        row = {block.label: block.value} if isinstance(block, Pair) else {}
        if block is not None and not isinstance(block, Pair):
            yield block


def _read_table(part: Part, table: Table, draft: _Draft) -> None:
    section = str(part.name)
    labels: list[str | None] = []
    for name in table.header:
        known = part.fields.get(label_key(name))
        known = known if known and known.labels[0] not in labels else None  # a column that stands twice is a stranger
        labels.append(known.labels[0] if known else None)
        if known:
            draft.columns.add(known.key)
            draft.claim(name)
    run_together = [row for row in table.rows if len(row.cells) == 1 < len(labels)]
    if run_together:
        _read_lines(part, run_together, draft, are_rows=True)
    strangers: dict[str, list[str]] = {name: [] for name, label in zip(table.header, labels, strict=True) if not label}
    for row in table.rows:
        if len(row.cells) > 1 or len(labels) == 1:
            _read_cells(section, row, labels, table.header, strangers, draft)
    for name, cells in strangers.items():
        if name or any(cells):
            message = f"The column {name!r} is not known in {section!r}; add it to FIELDS in registry/labels.py."
            draft.leave("unknown_column", message, FieldKey(section, name), name, *cells)


def _read_cells(
    section: str,
    row: TableRow,
    labels: Sequence[str | None],
    header: Sequence[str],
    strangers: Mapping[str, list[str]],
    draft: _Draft,
) -> None:
    cells: dict[str, str] = {}
    for label, name, text in zip(labels, header, row.cells, strict=False):
        if label is None:
            strangers[name].append(text)
        else:
            draft.claim(text)
            cells[label] = _without_label(text, label)
    if any(cells.values()):
        draft.rows[section].append(PageRow(cells, link=row.link))
    extra = row.cells[len(header) :]
    if any(extra):
        message = f"A row of {section!r} has more cells than the header."
        draft.leave("unclaimed_text", message, FieldKey(section, ""), *extra)


def _without_label(text: str, label: str) -> str:
    """Return a cell without its column's name and a colon, which tables for small screens print in each cell."""
    before, colon, value = text.partition(":")
    return value.strip() if colon and label_key(before) == label_key(label) else text


def _read_lines(part: Part, lines: Sequence[TableRow], draft: _Draft, *, are_rows: bool) -> None:
    """Read rows whose cells ran together; `are_rows` where they stand under a header, so that each is a row."""
    section = str(part.name)
    if section == SPONSORS:
        _read_sponsors(part, [row.cells[0] for row in lines], draft)
        return
    for line in _joined(section, lines):
        text = line.cells[0]
        row = cut(section, text)
        if row is None and not (section == LOCATIONS and are_rows):
            _leave_block(section, "", Paragraph(text), draft)
            continue
        row = replace(row or PageRow({}, whole=text), link=line.link)
        draft.claim(text)
        draft.rows[section].append(row)
        if row.whole is not None:
            _say_not_separable(section, row, draft)


def _joined(section: str, lines: Sequence[TableRow]) -> list[TableRow]:
    """Return each row as one line: an outcome's description may have line breaks."""
    rows: list[TableRow] = []
    for line in lines:
        if section == OUTCOME and rows and cut(section, line.cells[0]) is None:
            rows[-1] = TableRow((f"{rows[-1].cells[0]}\n{line.cells[0]}",), rows[-1].link)
        else:
            rows.append(line)
    return rows


def _read_sponsors(part: Part, lines: Sequence[str], draft: _Draft) -> None:
    source = draft.texts.get(FieldKey(STUDY_INFORMATION, "Source"))
    rows = cut_sponsors(list(lines), source, heading_count(part.heading))
    if rows is not None:
        draft.claim(*lines)
        draft.rows[SPONSORS].extend(rows)
    elif lines:
        message = "The rows of Sponsors cannot be cut by what the page says: none begins with the name under Source."
        draft.leave("cells_not_separable", message, FieldKey(SPONSORS, "Lead Sponsor"), *lines)


def _check_sponsor_count(part: Part, draft: _Draft) -> None:
    """Compare the organizations with the number in the heading; cells with line breaks may hold several."""
    rows, count = draft.rows[SPONSORS], heading_count(part.heading)
    if not rows or count is None or len(_organizations(rows)) == count:
        return
    apart = [
        PageRow({label: name}) for row in rows for label, text in row.cells.items() for name in text.split("\n") if name
    ]
    if len(_organizations(apart)) == count:
        draft.rows[SPONSORS] = apart
    else:
        message = f"{part.heading!r} counts {count}, but {len(_organizations(rows))} organizations were read."
        draft.problem("conflict", message, FieldKey(SPONSORS, "Lead Sponsor"), part.heading)


def _organizations(rows: Sequence[PageRow]) -> set[str]:
    return {fold(name) for row in rows for name in row.cells.values() if name}


def _say_not_separable(section: str, row: PageRow, draft: _Draft) -> None:
    unsettled = [known.labels[0] for known in FIELDS if known.section == section and known.labels[0] not in row.cells]
    names = ", ".join(unsettled)
    message = f"The cells of this {section!r} row run together; {names} are null and the row stands whole in text."
    draft.problem("cells_not_separable", message, FieldKey(section, unsettled[0]), row.whole)


_READERS: dict[str, Callable[[Part, _Draft], None]] = {
    TITLE_BLOCK: _read_title_block,
    "unknown": _read_unknown,
    Layout.PAIRS.value: _read_pairs,
    Layout.PROSE.value: _read_prose,
    Layout.NAMES.value: _read_names,
    Layout.GROUPS.value: _read_groups,
    Layout.TABLE.value: _read_tables,
}


# --- which trial, which page ------------------------------------------------------------------------------------


def _nct_id(page: Outline) -> str:
    """Return the one id on the page; PageError if there is none, or two."""
    if len(page.parts) == 1:
        raise PageError(
            Reason.NOT_A_TRIAL_PAGE,
            "It has no heading of a trial page and no 'NCT number'. Is it a page of a trial, saved whole?",
        )
    printed = [
        block.value
        for part in page.parts
        for block in part.blocks
        if isinstance(block, Pair) and label_key(block.label) == "nct number"
    ]
    twice = [text for part in page.parts if part.name is None for text in _after_id_label(part)]
    ids = sorted({found for text in (*printed, *twice) for found in _ids_in(text)} or set(printed))
    if len(ids) > 1:
        raise PageError(
            Reason.ID_MISMATCH,
            f"It names {len(ids)} trials, {' and '.join(ids)}. Save each trial's page in a file of its own.",
        )
    if not ids or not ids[0]:
        raise PageError(
            Reason.NOT_A_TRIAL_PAGE,
            "It has no 'NCT number', so it is not known which trial it is of. Save the whole details page.",
        )
    if not _NCT_ID.fullmatch(ids[0]) or ids[0] == _PLACEHOLDER_ID:
        raise PageError(
            Reason.NOT_A_TRIAL_PAGE,
            f"Its 'NCT number' is {ids[0]!r}, not the id of a trial (NCT and eight digits).",
        )
    return ids[0]


def _after_id_label(part: Part) -> Iterator[str]:
    """Yield the texts that a label of an id is followed by, in a part that is not known: a second page, say."""
    lines = [line for block in part.blocks for text in _texts(block) for line in text.split("\n")]
    for line, after in pairwise([*lines, ""]):
        if label_key(line) == "nct number":
            yield after
        elif label_key(line).startswith("nct number"):
            yield line


def _ids_in(text: str) -> list[str]:
    return [match[0] for match in _NCT_ID.finditer(text)]


def _kind(page: Outline) -> PageKind:
    details_only = {section.name for section in SECTIONS if section.pages == frozenset({PageKind.DETAILS})}
    return PageKind.DETAILS if any(part.name in details_only for part in page.parts) else PageKind.SUMMARY


def _title(text: str | None, nct_id: str) -> str | None:
    """Return the trial's title where the page's `<title>` is its id, a dash and the title, as See also prints it."""
    match = _TITLE_ELEMENT.fullmatch(text or "")
    return match["title"] if match and match[1] == nct_id else None
