"""What a page shows, whatever its markup: parts with headings, and in them pairs, tables and paragraphs.

`parsers/markup.py` and `parsers/plaintext.py` build it; `parsers/trial_page.py` reads it. Every character of the
page's content stands in it once, so that what nobody claims can be named.
"""

from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias
from urllib.parse import urljoin, urlsplit

from parsers.head import Head
from parsers.texts import indent, label_and_value, opening_label
from registry.labels import (
    ADMINISTRATIVE,
    ID_KEY,
    LABEL_BLOCK,
    SECTIONS,
    TITLE_BLOCK,
    Field,
    Layout,
    fields_of,
    section,
)
from registry.wording import label_key

SEPARATORS = " ,;|•·\u00a0\t\n\u200b\u200e\u200f\ufeff"
"""What may stand between names, and is no part of one."""

TABLE_COLUMNS = [frozenset(fields_of(row.name)) for row in SECTIONS if row.layout in (Layout.TABLE, Layout.GROUPS)]
"""The names of columns, folded, of each section that is a table."""

_MOST_WORDS = 3  # of the name of a column
_WITH_LABELS = frozenset({Layout.PAIRS, Layout.TABLE, Layout.GROUPS})


@dataclass(slots=True)
class Pair:
    """A label and the lines of its value, all as printed."""

    label: str
    lines: list[str]
    link: str | None = None  # the first in the value, where pairs stand for the cells of a row
    lists: int = 0  # that its label stands in

    @property
    def value(self) -> str:
        """The lines of the value, joined by line breaks; empty where it is blank."""
        return "\n".join(self.lines)


class Paragraph(NamedTuple):
    """One line of text that stands by itself, or a citation of several."""

    text: str
    link: str | None = None  # all links of a citation, with spaces between
    is_entry: bool = False  # of a list inside the section


@dataclass(frozen=True, slots=True)
class Frame:
    """A line of the site's frame (a form, a footer) that stands inside the content."""

    text: str


@dataclass(frozen=True, slots=True)
class Cut:
    """A text that stood where the page was cut, and may not be whole."""

    text: str


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """A text inside the content that a named rule claims: a menu, a button."""

    rule: str
    text: str


class TableRow(NamedTuple):
    """The cells of one row, and the first link in it. A single cell is a row whose cells ran together."""

    cells: tuple[str, ...]
    link: str | None = None


@dataclass(slots=True)
class Table:
    """Rows under their header cells; no header where none was recognized."""

    header: tuple[str, ...]
    rows: list[TableRow] = field(default_factory=list)


Block: TypeAlias = Pair | Paragraph | Table | Frame | Cut | Boilerplate


@dataclass(slots=True)
class Part:
    """One section: its name in the registry (None: not known), its heading as printed, its blocks."""

    name: str | None
    heading: str
    blocks: list[Block] = field(default_factory=list)
    lists: int = 0  # that its heading stands in
    open_pair: bool = False  # the last pair's value may go on in the next line
    labels: set[str] = field(default_factory=set)  # keys of those that stand in it
    is_no_grid: bool = False  # its siblings were tried as the cells of a grid
    entries: int = 0  # those of lists, where they may be rows
    grid: Table | None = None  # the last whose rows are boxes of no table
    layout: Layout = field(init=False)
    """What stands under the heading; pairs where the section is not known."""
    fields: dict[str, Field] = field(init=False)
    """The fields of the section, keyed by folded wording."""
    has_labels: bool = field(init=False)
    """Whether labels stand here: those of pairs, or the columns of a table, which may be printed as pairs."""

    def __post_init__(self) -> None:
        self.layout = section(self.name).layout if self.name else Layout.PAIRS
        self.fields = fields_of(self.name) if self.name else {}
        self.has_labels = self.name is not None and self.layout in _WITH_LABELS


@dataclass(slots=True)
class Outline:
    """The parts of a page in its order, first the one before any heading; and what its head says."""

    parts: list[Part] = field(default_factory=lambda: [Part(TITLE_BLOCK, "")])
    head: Head = field(default_factory=Head)
    canonical: str | None = None
    base: str | None = None
    complete: bool = False
    awaits_heading: bool = False  # what stands before the first heading is the site's frame or a title
    rejected_headings: list[str] = field(default_factory=list)
    lists: int = 0  # that are around what is being read

    @property
    def here(self) -> Part:
        """The part that is being read."""
        return self.parts[-1]

    def open(self, name: str | None, heading: str) -> None:
        """Begin a part."""
        self.parts.append(Part(name, heading, lists=self.lists))

    def is_label(self, text: str | None) -> bool:
        """Whether the text is a label of the part being read, or opens the label block of a summary page."""
        if not text:
            return False
        key = label_key(text)
        here = self.parts[-1]
        return (here.has_labels and key in here.fields) or (key == ID_KEY and self._opens_label_block(key))

    def fields_after(self, label: str) -> dict[str, Field]:
        """Return the fields that may stand beside a label: those of the part that it stands in, or opens."""
        if self._opens_label_block(label_key(label)):
            return fields_of(LABEL_BLOCK)
        return self.here.fields if self.here.has_labels else {}

    def label_at_start(self, text: str | None) -> str | None:
        """Return the key of the label that a text begins with, its value on the same line, or None."""
        here = self.parts[-1]
        if not text or here.name is None or here.layout is not Layout.PAIRS:
            return None
        found = label_and_value(here.name, text)
        return found[0] if found and found[2] else None

    def column_at_start(self, text: str | None) -> str | None:
        """Return the name of a column here that a text begins with, as printed, or is; else None."""
        before, colon, _ = (text or "").partition(":")
        words = before.split(" ") if colon else (text or "").split(" ")[:_MOST_WORDS]
        begun = (" ".join(words[:end]) for end in range(len(words), 0, -1))
        return next((name for name in begun if label_key(name) in self.here.fields), None)

    def add_pair(self, label: str, lines: list[str], link: str | None = None, *, may_go_on: bool = False) -> None:
        """Add a pair; `may_go_on` where the markup does not bound the value."""
        key = label_key(label)
        if key == ID_KEY and self._opens_label_block(key):
            self.open(LABEL_BLOCK, "")
        here = self.parts[-1]
        here.blocks.append(Pair(label, lines, against(self.base, link) if link else None, self.lists))
        known = here.fields.get(key)
        here.labels.update(known.folded if known else (key,))  # `Sex …` after `Gender` is prose
        if may_go_on:
            self.let_go_on()
        else:
            here.open_pair = False

    def let_go_on(self) -> None:
        """Let the value of the last pair go on in what follows, if it may have several lines."""
        last = self.here.blocks[-1]
        known = self.here.fields.get(label_key(last.label)) if isinstance(last, Pair) else None
        self.here.open_pair = known is not None and (known.multiline or known.section == TITLE_BLOCK)

    def leave(self, lines: list[str]) -> None:
        """Keep text of the site's frame that stands inside the content, so that it is not lost without a word."""
        self.here.blocks.extend(map(Frame, lines))

    def add_line(self, line: str) -> None:
        """Add a line: a pair if it begins with a label not yet seen here, else more of the last value, else a text."""
        if (pair := self._split(line)) is not None:
            self.add_pair(pair[0], [pair[1]] if pair[1] else [], may_go_on=True)
        elif self.here.open_pair and isinstance(last := self.here.blocks[-1], Pair):
            last.lines.append(f"{self._indent(last)}{line}")
            self.here.open_pair = self.here.name != TITLE_BLOCK  # a title has one line
        else:
            self.here.blocks.append(Paragraph(line, is_entry=self.lists > self.here.lists))

    def _indent(self, pair: Pair) -> str:
        """Return what a line begins with that goes on a pair, for the lists around it that its label is outside of."""
        return indent(self.lists - pair.lists) if self.here.fields[label_key(pair.label)].indented else ""

    def add_text(self, text: str) -> None:
        """Add a line that begins no pair and belongs to no table."""
        if text:
            self.here.blocks.append(Paragraph(text))

    def add_line_of_table(self, text: str, link: str | None) -> None:
        """Add a line outside any table with a header: a column with its value, or a row whose cells ran together."""
        last = self.here.blocks[-1] if self.here.blocks else None
        name, colon, value = text.partition(":")
        if colon and not (isinstance(last, Table) and last.header) and label_key(name) in self.here.fields:
            self.add_pair(name, list(filter(None, [value.strip()])), link)
            return
        self.add_cells_of_line((text,), link)

    def add_cells_of_line(self, cells: tuple[str, ...], link: str | None) -> None:
        """Add a line outside any table with a header, cut into the cells that it consists of."""
        row = TableRow(cells, against(self.base, link))
        last = self.here.blocks[-1] if self.here.blocks else None
        if isinstance(last, Table) and not last.header:
            last.rows.append(row)
        else:
            self.here.blocks.append(Table((), [row]))

    def add_row(self, cells: tuple[str, ...], link: str | None = None) -> None:
        """Add a row to the table that is open, or to a new one without a header."""
        row = TableRow(cells, against(self.base, link))
        if self.here.blocks and isinstance(last := self.here.blocks[-1], Table):
            last.rows.append(row)
        else:
            self.here.blocks.append(Table((), [row]))

    def _split(self, line: str) -> tuple[str, str] | None:
        opening = opening_label(line)
        if opening and self._opens_label_block(opening[0]):
            return opening[1:]
        here = self.parts[-1]
        if here.name is None or here.layout is not Layout.PAIRS:
            return None
        found = label_and_value(here.name, line)
        return found[1:] if found and found[0] not in here.labels else None

    def _opens_label_block(self, key: str) -> bool:
        if key != ID_KEY or (self.awaits_heading and len(self.parts) == 1):
            return False
        return not any(part.name in (ADMINISTRATIVE, LABEL_BLOCK) for part in self.parts)


def against(base: str | None, link: str | None) -> str | None:
    """Return a link as the base of the page makes it, None where it is none; a base that is no address counts not."""
    try:
        return urljoin(base, link) if base and link else link
    except ValueError:
        return link if link and _is_address(link) else None


def _is_address(link: str) -> bool:
    try:
        return urlsplit(link) is not None
    except ValueError:
        return False
