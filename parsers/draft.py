"""The record while it is read: what is claimed, what is left over, and the problems that say so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from parsers.outline import Block, Frame, Pair, Paragraph, Part, Table, characters
from registry.labels import PAGE_HEADING, Field, FieldKey, fields_of
from registry.privacy import WITH_CONTACTS, looks_personal, may_be_a_name
from registry.record import PageRow, Problem
from registry.wording import label_key

_HIDDEN = "…"  # stands for a label that may be a person's name


def texts_of(block: Block) -> Iterator[str]:
    """Yield the texts of a block, in its order."""
    match block:
        case Pair():
            yield from (block.label, *block.lines)
        case Paragraph() | Frame():
            yield block.text
        case Table():
            yield from block.header
            for row in block.rows:
                yield from row.cells


def lines_of(part: Part) -> list[str]:
    """Return all lines of a part's blocks."""
    return [line for block in part.blocks for text in texts_of(block) for line in text.split("\n") if line.strip()]


def part_characters(part: Part) -> int:
    """Return the number of characters of a part, white space left out."""
    return characters(part.heading) + block_characters(part.blocks)


def block_characters(blocks: Sequence[Block]) -> int:
    """Return the number of characters of blocks, white space left out."""
    return sum(characters(text) for block in blocks for text in texts_of(block))


@dataclass(slots=True)
class _Left:
    """Texts that were left over one after the other for the same reason: one problem."""

    code: str
    message: str
    key: FieldKey
    texts: list[str]


@dataclass(slots=True)
class Draft:
    """What the readers of the sections fill; `trial_page.py` makes the record of it."""

    texts: dict[FieldKey, str] = field(default_factory=dict)
    columns: set[FieldKey] = field(default_factory=set)
    rows: dict[str, list[PageRow]] = field(default_factory=dict)
    acronym: str | None = None
    claimed: int = 0
    title_characters: int = 0  # of what was taken before the first heading
    _problems: list[Problem | _Left] = field(default_factory=list)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems so far, in the order they were found."""
        return tuple(_of_leftover(entry) if isinstance(entry, _Left) else entry for entry in self._problems)

    def claim(self, *texts: str) -> None:
        """Claim texts for a field, a row or a named rule."""
        self.claimed += sum(map(characters, texts))

    def take(self, known: Field, text: str) -> None:
        """Take the text of a single-valued field; the first one stays where it stands twice."""
        if known.key in self.texts:
            self.leave("repeated_label", f"{known.key} stands twice; the first value was taken.", known.key, text)
        else:
            self.texts[known.key] = text
            self.claim(text)

    def leave(self, code: str, message: str, key: FieldKey, *texts: str) -> None:
        """Leave texts over, and say so."""
        last = self._problems[-1] if self._problems else None
        if isinstance(last, _Left) and (last.code, last.message, last.key) == (code, message, key):
            last.texts.extend(texts)
        else:
            self._problems.append(_Left(code, message, key, list(texts)))

    def leave_block(self, section: str, nearest: str, block: Block) -> None:
        """Leave a block of a section over; `nearest` is the label before it."""
        where = f"after {nearest!r} in {section!r}" if nearest else f"in {section!r}"
        message = f"Text {where} belongs to no label that is known."
        self.leave("unclaimed_text", message, FieldKey(section, nearest), *texts_of(block))

    def leave_label(self, section: str, block: Pair) -> None:
        """Leave a label that is not known over, with its value."""
        shown = _HIDDEN if section in WITH_CONTACTS and may_be_a_name(block.label) else block.label
        message = f"The label {shown!r} is not known in {section!r}; add it to FIELDS in registry/labels.py."
        self.leave("unknown_label", message, FieldKey(section, shown), block.label, *block.lines)

    def leave_strangers(self, part: Part) -> None:
        """Leave over what is no part of a section: the site's frame, and tables with the columns of another one.

        Before the first heading nothing is content.
        """
        strangers = [block for block in part.blocks if _is_stranger(block, part)]
        part.blocks[:] = [block for block in part.blocks if not _is_stranger(block, part)]
        for block in strangers if part.heading else ():
            what = (
                "A form, footer or the like" if isinstance(block, Frame) else "A table with columns of another section"
            )
            message = f"{what} stands inside {part.heading!r}."
            self.leave("unclaimed_text", message, FieldKey(part.name or part.heading, ""), *texts_of(block))

    def note(self, code: str, message: str, key: FieldKey, text: str | None) -> None:
        """Note a problem with text that was claimed."""
        self._problems.append(_problem(code, message, key, text))

    def claim_heading(self, part: Part) -> None:
        """Claim a heading; behind the dash of the page's own heading stands a label with its value."""
        if part.name != PAGE_HEADING:
            self.claim(part.heading)
            return
        lines = [part.heading[len(PAGE_HEADING) :], *(b.text for b in part.blocks if isinstance(b, Paragraph))]
        part.blocks[:] = [block for block in part.blocks if not isinstance(block, Paragraph)]
        self.claim(part.heading[: len(PAGE_HEADING)])
        for line in filter(str.strip, lines):
            label, colon, value = line.lstrip(" -–—\u00a0").partition(":")
            if colon and (known := part.fields.get(label_key(label))):
                self.claim(line[: len(line) - len(value)])
                self.take(known, value.strip())
            else:
                self.leave_block(PAGE_HEADING, "", Paragraph(line))


def _is_stranger(block: Block, part: Part) -> bool:
    if not isinstance(block, Table) or part.name is None:
        return isinstance(block, Frame)
    return bool(block.header) and not any(label_key(name) in part.fields for name in block.header)


def _of_leftover(left: _Left) -> Problem:
    """Return the problem of texts left over; what may be of a contact is not repeated."""
    text = "\n".join(filter(None, left.texts))
    is_personal = left.key.section in WITH_CONTACTS or looks_personal(text)
    return _problem(left.code, left.message, left.key, None if is_personal else text or None)


def _problem(code: str, message: str, key: FieldKey, text: str | None) -> Problem:
    known = fields_of(key.section).get(label_key(key.label))
    return Problem(code, message, str(key), text, known.table if known else None, known.column if known else None)
