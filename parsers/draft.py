"""The record while it is read, and the ledger of its texts: who claimed each, or why it is left over."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, filterfalse, groupby
from typing import NamedTuple, TypeAlias

from parsers.outline import Block, Boilerplate, Cut, Frame, Pair, Paragraph, Part, Table
from parsers.texts import characters
from registry.labels import FIELDS, PAGE_HEADING, SECTIONS, Field, FieldKey, Layout, PageKind, fields_of, section
from registry.privacy import CONTACT_LABELS, WITH_CONTACTS, looks_personal, may_be_a_name
from registry.record import PageRow, Problem
from registry.wording import fold, label_key, seen

HEADING = "heading"
"""The rule that claims the headings of sections."""

_HIDDEN = "…"  # stands for a label that may be a person's name
_DASHES = "-‐‑‒–—−"
_UP_TO_A_DASH = re.compile(rf"[^{_DASHES}]*")


def texts_of(block: Block) -> list[str]:
    """Return the texts of a block, in its order."""
    if isinstance(block, Pair):
        return [block.label, *block.lines]
    if isinstance(block, Table):
        return [*block.header, *(cell for row in block.rows for cell in row.cells)]
    return [block.text]


def lines_of(part: Part) -> list[str]:
    """Return all lines of a part's blocks."""
    return [line for block in part.blocks for text in texts_of(block) for line in text.split("\n") if line.strip()]


def texts_of_parts(parts: Iterable[Part]) -> list[str]:
    """Return all texts of parts in the order of the page, headings among them."""
    texts: list[str] = []
    for part in parts:
        texts.append(part.heading)
        for block in part.blocks:
            texts += texts_of(block)
    return texts


def count(texts: Sequence[str]) -> int:
    """Return the number of characters of all texts, white space left out."""
    plain, other = filter(str.isascii, texts), filterfalse(str.isascii, texts)  # plain ones are counted faster
    return characters("".join(plain)) + characters("".join(other))


class Claim(NamedTuple):
    """Texts that stand together on the page, and the fields they went to, or the name of the rule that claims them."""

    by: tuple[FieldKey, ...] | str
    texts: tuple[str, ...]


class Leftover(NamedTuple):
    """Texts that nobody claimed, with the code and the sentence of the problem that says so."""

    code: str
    message: str
    key: FieldKey
    texts: tuple[str, ...]

    @property
    def is_personal(self) -> bool:
        """Whether the texts may be of a contact, and so are not repeated."""
        return (
            self.key.section in WITH_CONTACTS
            or label_key(self.key.label) in CONTACT_LABELS
            or looks_personal(self.key.section)
            or looks_personal("\n".join(self.texts))
        )


Entry: TypeAlias = Claim | Leftover | Problem


@dataclass(slots=True)
class Draft:
    """What the readers of the sections fill; `trial_page.py` makes the record of it.

    `ledger` holds every text of the content once, as it is read: claimed or left over; between them stand the problems
    with texts that were claimed. `kind` and `parts` are those of the page; `content` is its number of characters, white
    space left out, counted before anything is read.
    """

    kind: PageKind
    parts: Sequence[Part]
    texts: dict[FieldKey, str] = field(default_factory=dict)
    columns: set[FieldKey] = field(default_factory=set)
    rows: dict[str, list[PageRow]] = field(default_factory=dict)
    acronym: str | None = None
    condition: str | None = None  # in the heading of the title block
    content: int = 0
    ledger: list[Entry] = field(default_factory=list)
    _looked_up: dict[tuple[str, str], bool] = field(default_factory=dict)

    @property
    def claimed(self) -> int:
        """The number of characters claimed, white space left out."""
        return _count_of(entry for entry in self.ledger if isinstance(entry, Claim))

    @property
    def accounted(self) -> int:
        """The number of characters claimed or left over, white space left out."""
        return _count_of(entry for entry in self.ledger if not isinstance(entry, Problem))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems in the order they were found; what was left over in a row for the same reason is one."""
        problems = [entry for entry in self.ledger if not isinstance(entry, Claim)]
        runs = groupby(problems, lambda entry: entry[:3] if isinstance(entry, Leftover) else id(entry))
        return tuple(_of_run(list(run)) for _, run in runs)

    def claim(self, by: tuple[FieldKey, ...] | str, *texts: str) -> None:
        """Claim texts for fields, or by a named rule."""
        self.ledger.append(Claim(by, texts))

    def take(self, known: Field, text: str, *around: str) -> None:
        """Take the text of a single-valued field; the first one stays where it stands twice.

        `around` it stand its label and what else is claimed with it; so are marks at its ends that cannot be seen.
        """
        if known.key not in self.texts:
            self.texts[known.key] = seen(text)
            self.claim((known.key,), *around, text)
            return
        if around:
            self.claim((known.key,), *around)
        self.leave("repeated_label", f"{known.key} stands twice; the first value was taken.", known.key, text)

    def leave(self, code: str, message: str, key: FieldKey, *texts: str) -> None:
        """Leave texts over, and say so."""
        self.ledger.append(Leftover(code, message, key, texts))

    def leave_block(self, section: str, nearest: str, block: Block) -> None:
        """Leave a block of a section over; `nearest` is the label before it."""
        where = f"after {nearest!r} in {section!r}" if nearest else f"in {section!r}"
        message = f"Text {where} belongs to no label that is known."
        self.leave("unclaimed_text", message, FieldKey(section, nearest), *texts_of(block))

    def leave_label(self, section: str, label: str, *texts: str) -> None:
        """Leave a label over that its section does not have, with the texts printed for it, itself among them."""
        shown = _HIDDEN if section in WITH_CONTACTS and may_be_a_name(label) else label
        if lacking := self._sections_lacking(label, section):
            code, where = "misplaced_label", f"stands in {section!r}, not in {' or '.join(map(repr, lacking))} as usual"
            message = f"The label {shown!r} {where}; if it has moved, add it to FIELDS in registry/labels.py."
        else:
            code = "unknown_label"
            message = f"The label {shown!r} is not known in {section!r}; add it to FIELDS in registry/labels.py."
        self.leave(code, message, FieldKey(section, shown), *texts)

    def misplaced_label(self, section: str, line: str) -> str | None:
        """Return the label that a line of a section begins with, if it is one that another section lacks."""
        folded = fold(line)
        begun = (key for key in _wordings() if folded.startswith(key) and not folded[len(key) :][:1].isalnum())
        return next((_wordings()[key] for key in begun if self._sections_lacking(key, section)), None)

    def _sections_lacking(self, label: str, section: str) -> list[str]:
        """Return the other sections of such a page that usually have the label, and have it not on this one."""
        key = label_key(label)
        usual = [row for row in SECTIONS if row.layout is Layout.PAIRS and self.kind in row.pages]
        return [
            row.name
            for row in usual
            if row.name not in (section, PAGE_HEADING) and key in fields_of(row.name) and not self._has(row.name, key)
        ]

    def _has(self, section: str, key: str) -> bool:
        """Whether a section of the page has a label, in a pair or inside a line of text; looked up once for each."""
        if (section, key) not in self._looked_up:
            self._looked_up[section, key] = any(_has_label(part, key) for part in self.parts if part.name == section)
        return self._looked_up[section, key]

    def set_apart(self, part: Part) -> None:
        """Take out of a part what is none of its section.

        Boilerplate is claimed; the site's frame, tables with the columns of another section, and what stood where the
        page was cut, are left over.
        """
        where = part.heading or str(part.name)
        kept: list[Block] = []
        for block in part.blocks:
            if isinstance(block, Boilerplate):
                self.claim(block.rule, block.text)
            elif _is_stranger(block, part):
                key = FieldKey(part.name or part.heading, "")
                self.leave("unclaimed_text", f"{_stranger(block)} {where!r}.", key, *texts_of(block))
            else:
                kept.append(block)
        part.blocks[:] = kept

    def note(self, code: str, message: str, key: FieldKey, text: str | None) -> None:
        """Note a problem with text that was claimed."""
        self.ledger.append(_problem(code, message, key, text))

    def claim_heading(self, part: Part) -> None:
        """Claim a heading; behind the dash of the page's own heading stands a label with its value."""
        if part.name != PAGE_HEADING:
            self.claim(HEADING, part.heading)
            return
        before = _UP_TO_A_DASH.match(part.heading)[0]  # type: ignore[index]  # matches every text
        self.claim(HEADING, before)
        behind = part.heading[len(before) :]
        for line in (behind, *(block.text for block in part.blocks if isinstance(block, Paragraph))):
            label, colon, value = line.lstrip(f"{_DASHES} \u00a0").partition(":")
            if colon and (known := part.fields.get(label_key(label))):
                self.take(known, value.strip(), line[: len(line) - len(value)])
            elif line.strip():
                self.leave_block(PAGE_HEADING, "", Paragraph(line))
        part.blocks[:] = [block for block in part.blocks if not isinstance(block, Paragraph)]


def _count_of(entries: Iterable[Claim | Leftover]) -> int:
    return count(list(chain.from_iterable([entry.texts for entry in entries])))


@cache
def _wordings() -> dict[str, str]:
    """Return the labels of all sections with pairs, keyed by themselves folded, the longest first."""
    wordings = [label for row in FIELDS if section(row.section).layout is Layout.PAIRS for label in row.labels]
    return {fold(label): label for label in sorted(wordings, key=len, reverse=True)}


def _has_label(part: Part, key: str) -> bool:
    return any(
        part.fields.get(label_key(block.label)) is part.fields[key]
        if isinstance(block, Pair)
        else any(key in fold(text) for text in texts_of(block))
        for block in part.blocks
    )


def _is_stranger(block: Block, part: Part) -> bool:
    if not isinstance(block, Table) or part.name is None:
        return isinstance(block, Frame | Cut)
    return bool(block.header) and not any(label_key(name) in part.fields for name in block.header)


def _stranger(block: Block) -> str:
    match block:
        case Cut():
            return "The page is cut here, and what may not be whole was not read: in or behind"
        case Frame():
            return "A form, footer or the like stands inside"
        case _:
            return "A table with columns of another section stands inside"


def _of_run(run: Sequence[Leftover | Problem]) -> Problem:
    """Return the problem of texts left over one after the other; what may be of a contact is not repeated."""
    first = run[0]
    if isinstance(first, Problem):
        return first
    left = first._replace(texts=tuple(text for entry in run if isinstance(entry, Leftover) for text in entry.texts))
    text = "\n".join(filter(None, left.texts))
    return _problem(left.code, left.message, left.key, None if left.is_personal else text or None)


def _problem(code: str, message: str, key: FieldKey, text: str | None) -> Problem:
    known = fields_of(key.section).get(label_key(key.label))
    return Problem(code, message, str(key), text, known.table if known else None, known.column if known else None)
