"""What passes between the stages: a `Page` as it was sent, and the `Record` that was read from it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from registry.labels import FieldKey, PageKind


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of the site, or one saved file, before anything read it.

    `body` is the entity as sent, content coding removed. Everything else is None or empty for a file: a file
    says nothing of how it was got.
    """

    body: bytes
    url: str | None = None
    requested_id: str | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    fetched_at: datetime | None = None
    warc_file: str | None = None  # where the archive keeps it
    warc_offset: int | None = None
    truncated: str | None = None  # why whoever archived it cut the body, in the words of WARC 1.1 §5.13

    def __post_init__(self) -> None:
        if self.fetched_at is not None and self.fetched_at.tzinfo is None:
            raise ValueError("A page's fetched_at names no time zone.")

    @property
    def sha256(self) -> str:
        """SHA-256 of the body, hexadecimal."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should look at: a code of `vocab/problem.csv`, the place, and one sentence.

    `text` and `message` never hold text of a contact. `row_ordinal` is the ordinal of the row it is about, None where
    it is about no single row of a child table. `start` and `end` are offsets into the text of `table`.`column`, in
    characters.
    """

    code: str
    message: str
    label: str | None = None
    text: str | None = None
    table: str | None = None
    column: str | None = None
    row_ordinal: int | None = None
    start: int | None = None
    end: int | None = None

    @property
    def columns(self) -> dict[str, object]:
        """What it says, as columns of `problems`."""
        return {name: getattr(self, name) for name in self.__slots__}


class PageRow(NamedTuple):  # a page has many: it costs a third of a dataclass
    """One row of a page's table or list, its cells as printed, keyed by label.

    A blank cell is `""`. A cell that is missing was not on the page, or cannot be told from its neighbours; in
    the second case `whole` is the row as printed. `link` is its first link; of a citation all, with spaces between.
    """

    cells: Mapping[str, str]
    whole: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """What one page says, uninterpreted.

    `texts` holds each single-valued field that is on the page, `""` where it is blank; `rows` the rows of each
    table or list, keyed by section, in page order; `columns` the labels of the tables' columns that are there.
    A field in neither is absent. `title` is the page's own title where it plainly is the trial's, `title_source` where
    that stands, as a code of `vocab/title_source.csv`; both are None where no title plainly is.
    """

    nct_id: str
    kind: PageKind
    url: str | None
    complete: bool
    charset: str
    charset_source: str
    title: str | None
    title_source: str | None
    acronym: str | None
    texts: Mapping[FieldKey, str]
    columns: frozenset[FieldKey]
    rows: Mapping[str, tuple[PageRow, ...]]
    problems: tuple[Problem, ...]
    content_characters: int  # white space left out
    claimed_characters: int
