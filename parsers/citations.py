"""How the references are read: a citation of each block, row of a table or line, with what names its ids."""

import re
from collections.abc import Iterator
from itertools import zip_longest

from parsers.draft import HEADING, Draft, texts_of
from parsers.outline import Block, Part, Table, TableRow
from registry.labels import REFERENCES, FieldKey
from registry.record import PageRow
from registry.wording import label_key

_KEY = FieldKey(REFERENCES, REFERENCES)
_CITATION_COLUMNS = {
    "citation": "", "citations": "", "reference": "", "references": "", "publication": "", "publications": "",
    "pmid": "PMID", "pubmed": "PMID", "pubmed id": "PMID", "doi": "DOI",
}  # fmt: skip
"""Columns of a table of citations, and what names the id in the cells of one that holds nothing else."""
_ID_NAMES = re.compile(r"\[?(?:PMID|PMCID|doi)\b", re.IGNORECASE)
_ID = re.compile(r"[\w./():\[\]-]*[0-9][\w./():\[\]-]*|https?://\S*", re.IGNORECASE)
_BETWEEN_IDS = ":;,.|[]"
_NUMBER = re.compile(r"[\[(]?[0-9]{1,3}[.)\]]?")  # of a citation, in a cell of its own


def read_citations(part: Part, draft: Draft) -> None:
    """Read a citation of each block or row of a table; of each line where all stand in one block.

    The number before one is none, and what holds nothing but ids belongs to the one before.
    """
    citations = [row for block in part.blocks for row in _citations_of(block, draft)]
    if len(citations) == 1 and len(lines := citations[0].cells[REFERENCES].split("\n")) > 1:
        citations = [PageRow({REFERENCES: line}) for line in lines if line.strip()]
    rows = draft.rows[REFERENCES]
    for row in citations:
        if rows and _holds_only_ids(row.cells[REFERENCES]):
            before = rows.pop()
            row = PageRow(
                {REFERENCES: f"{before.cells[REFERENCES]}\n{row.cells[REFERENCES]}"}, link=before.link or row.link
            )
        rows.append(row)


def _holds_only_ids(text: str) -> bool:
    """Whether it is nothing but names of ids, ids and links, and begins with a name or a link."""
    words = [word.strip(_BETWEEN_IDS) for word in text.replace(":", ": ").replace(": //", "://").split()]
    words = [word for word in words if word]
    if not words or not (_ID_NAMES.match(words[0]) or words[0].lower().startswith("http")):
        return False
    return all(_ID_NAMES.fullmatch(word) or _ID.fullmatch(word) for word in words)


def _citations_of(block: Block, draft: Draft) -> Iterator[PageRow]:
    """Claim the texts of a block, and yield its citations; a cell under `PMID` or `DOI` is read with that name."""
    names: tuple[str, ...] = ()
    rows = block.rows if isinstance(block, Table) else [TableRow(tuple(texts_of(block)), getattr(block, "link", None))]
    for row in rows:
        if isinstance(block, Table) and not names and any(label_key(cell) in _CITATION_COLUMNS for cell in row.cells):
            names = row.cells
            draft.claim(HEADING, *names)
            continue
        cells = []
        for name, cell in zip_longest(names[: len(row.cells)], row.cells, fillvalue=""):
            if _NUMBER.fullmatch(cell):
                draft.claim("number of a citation", cell)
            elif cell.strip():
                draft.claim((_KEY,), cell)
                id_name = _CITATION_COLUMNS.get(label_key(name))
                cells.append(f"{id_name}: {cell}" if id_name else cell)
        if cells:
            yield PageRow({REFERENCES: " ".join(cells)}, link=row.link)
